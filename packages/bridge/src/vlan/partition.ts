import type { Partition } from '@rtnl/live-table'
import { entriesOfInterface } from '../partition.ts'
import { VlanDumpAttribute, VlanDumpFlag } from './constants.ts'
import type { Vlan } from './message.ts'

/**
 * The kernel puts VLANs with the same flags and options into one range. Linux 5.10 does so with the VLAN of frames without a tag
 * (`BRIDGE_VLAN_INFO_PVID`) and those that follow it, and then leaves the end of the range out: it does not show these at all.
 * With statistics, each VLAN is shown by itself.
 */
const attributes = [
  { type: VlanDumpAttribute.FLAGS, payload: new Uint8Array(Uint32Array.of(VlanDumpFlag.STATS).buffer) },
]

/** The VLANs of one interface, or all. */
export function vlansOfInterface(ifindex: number | undefined): Partition<Vlan> {
  return { ...entriesOfInterface<Vlan>(ifindex), attributes }
}
