import type { Cause } from '@rtnl/live-table'
import { type Neighbor, NeighborFlag, NeighborType } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import type { CheckedConfig } from '../config.ts'
import type { Notice, NoticeKind, Unresolved, Vni } from '../entries.ts'
import type { Inputs } from '../inputs/inputs.ts'
import { noticeKey, unresolvedKey, vniKey } from '../keys.ts'
import { Multimap } from '../multimap.ts'
import { isHostMac, type Meaning, meaningOf } from '../rules/row.ts'
import { Topology } from '../topology/topology.ts'
import { Dirty } from './dirty.ts'
import { GroupUses } from './group-uses.ts'
import type { Rows } from './rows.ts'
import { VtepCounts } from './vtep-counts.ts'

/** What all parts of the engine share. */
export class State {
  readonly config: CheckedConfig
  readonly inputs: Inputs
  readonly rows: Rows
  readonly topology: Topology
  readonly dirty: Dirty
  readonly uses: GroupUses
  readonly vteps = new VtepCounts()
  /** Groups by member. */
  readonly groupsOfMember = new Multimap<number, number>()
  /** Keys of bindings by VNI and hardware address. */
  readonly arpsOfMac = new Multimap<string, string>()
  /** Keys of forwarding entries that lead nowhere, by hardware address. */
  readonly lost = new Map<string, Map<string, Neighbor>>()
  /** VNIs by SVI. */
  readonly vnisOfSvi = new Multimap<number, number>()
  /** VNIs by bridge and VLAN. */
  readonly vnisOfVlan = new Multimap<string, number>()
  /** Of addresses that several vxlans know: the one whose entry changed last. */
  readonly latest: Map<string, number>
  cause: Cause = 'dump'

  constructor(config: CheckedConfig, inputs: Inputs, rows: Rows, latest: ReadonlyMap<string, number>) {
    this.config = config
    this.inputs = inputs
    this.rows = rows
    this.topology = new Topology(config, inputs.links)
    this.dirty = new Dirty(rows.fdb)
    this.uses = new GroupUses(rows.fdb)
    this.latest = new Map(latest)
  }

  vni(vni: number): Vni | undefined {
    return this.rows.vnis.get(vniKey({ vni }))
  }

  /** Whether a vxlan is known to carry a VNI: then its entries for hardware addresses are derived with these. */
  carries(ifindex: number, vni: number): boolean {
    return this.vni(vni)?.devices.includes(ifindex) === true
  }

  /** What a forwarding entry of a vxlan means; `undefined` if the vxlan is not followed. */
  meaning(row: Neighbor): Meaning | undefined {
    const device = this.topology.isFollowed(row.ifindex) ? this.topology.devices.get(row.ifindex) : undefined
    return device && meaningOf(row, device, this.config, (vni) => this.vni(vni) !== undefined)
  }

  /** The entry of a vxlan for a hardware address. */
  remoteRow(ifindex: number, lladdr: string, vni: number): Neighbor | undefined {
    const device = this.topology.devices.get(ifindex)
    if (device === undefined) return undefined
    return this.inputs.fdb.get(remoteRowKey(ifindex, lladdr, device.id === undefined ? vni : undefined))
  }

  /** Whether a bridge sends frames to a VNI. One that filters by VLAN sends none to a VNI without a VLAN. */
  isBridged({ bridge, vlan }: Vni): boolean {
    if (bridge === undefined) return false
    return vlan !== undefined || !this.topology.filtersVlans(bridge)
  }

  /** The entry of the bridge of a VNI for a hardware address. */
  bridgeRow(vni: Vni, lladdr: string): Neighbor | undefined {
    const { bridge, vlan } = vni
    if (bridge === undefined || !this.isBridged(vni)) return undefined
    const place = { family: AddressFamily.BRIDGE, master: bridge, lladdr, flags: 0 }
    return this.inputs.fdb.get(vlan === undefined ? place : { ...place, vlan })
  }

  /** The one VNI that an SVI maps to. */
  vniOfSvi(ifindex: number): number | undefined {
    const [vni, second] = this.vnisOfSvi.get(ifindex)
    return second === undefined ? vni : undefined
  }

  setUnresolved(entry: Unresolved | undefined, key: Pick<Unresolved, 'table' | 'row'>): void {
    if (entry === undefined) this.rows.unresolved.delete(unresolvedKey(key), this.cause)
    else this.rows.unresolved.set(unresolvedKey(key), entry, this.cause)
  }

  /** @param text the sentence; `undefined` where there is nothing to notice */
  setNotice(kind: NoticeKind, subject: string, vni: number, text: string | undefined, ifindex?: number): void {
    const key = noticeKey({ kind, subject })
    const place = ifindex === undefined ? {} : { ifindex }
    if (text === undefined) this.rows.notices.delete(key, this.cause)
    else this.rows.notices.set(key, { kind, subject, vni, ...place, text } satisfies Notice, this.cause)
  }
}

/** Notes what depends on an entry of a vxlan. @param vni that it is of, if it is known */
export function noteRemoteRow(state: State, row: Neighbor, vni: number | undefined): void {
  const isMac = vni !== undefined && isHostMac(row.lladdr)
  if (isMac) state.dirty.mac(vni, row.lladdr)
  if (!isMac || !state.carries(row.ifindex, vni)) state.dirty.row(row)
}

/** The key of the entry of a vxlan for a unicast hardware address. @param srcVni of a vxlan that carries many */
export function remoteRowKey(ifindex: number, lladdr: string, srcVni: number | undefined): Neighbor {
  const key = {
    family: AddressFamily.BRIDGE,
    ifindex,
    lladdr,
    state: 0,
    flags: NeighborFlag.SELF,
    type: NeighborType.UNICAST,
  }
  return srcVni === undefined || srcVni === 0 ? key : { ...key, srcVni }
}

/** The key of a VLAN of a bridge in an index. */
export function vlanText(bridge: number, vlan: number | undefined): string {
  return `${bridge} ${vlan ?? 0}`
}
