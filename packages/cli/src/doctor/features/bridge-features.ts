import { MdbMessage, MdbTable, VniTable, vniOwner } from '@rtnl/bridge'
import { NeighborFlag, NeighborMessage, neighborMessage } from '@rtnl/neighbor'
import {
  AddressFamily,
  address,
  attribute,
  header,
  hex,
  littleEndian,
  MessageFlag,
  message,
  nested,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { reconcile } from '@rtnl/reconcile'
import type { Feature } from './feature.ts'
import { bulk } from './scene.ts'

/** `MDBA_SET_ENTRY`, `MDBA_SET_ENTRY_ATTRS` and `MDBE_ATTR_DST` (`linux/if_bridge.h`). */
const MdbSet = { ENTRY: 1, ENTRY_ATTRS: 2, DST: 5 } as const

/** A request about the multicast groups of an interface, with where a vxlan sends a group. */
const groupRequest = message('mdb', {
  header: { family: header(u8), ifindex: header(u32) },
  attributes: {
    /** `struct br_mdb_entry` as bytes. */
    entry: attribute(MdbSet.ENTRY, hex),
    options: attribute(MdbSet.ENTRY_ATTRS, nested('options', { dst: attribute(MdbSet.DST, address) })),
  },
})

/** `sizeof(struct br_mdb_entry)` */
const entryBytes = 28

/** `struct br_mdb_entry`: the port, `MDB_PERMANENT`, no flags, no VLAN, the group 239.1.1.1, `ETH_P_IP`. */
function permanentGroup(port: number): string {
  const bytes = Buffer.alloc(entryBytes)
  const write = new DataView(bytes.buffer, bytes.byteOffset)
  write.setUint32(0, port, littleEndian)
  bytes[4] = 1
  bytes.set([239, 1, 1, 1], 8)
  write.setUint16(24, 0x0800)
  return bytes.toString('hex')
}

export const bridgeFeatures: readonly Feature[] = [
  {
    name: 'bridge-vlans',
    title: 'VLANs of bridges',
    lack: 'bridges do not tell VLANs apart, and have none in the table vlan',
    since: 'a Linux that is built with CONFIG_BRIDGE_VLAN_FILTERING',
    async attempt(scene) {
      await scene.link('bridge1', { kind: 'bridge', bridge: { vlanFiltering: 1 } })
      return (await scene.find('bridge1')).bridge?.vlanFiltering === 1
    },
  },
  {
    name: 'vni-filter',
    title: 'vxlans that take only some VNIs (vnifilter)',
    lack: 'the table vni is empty; a vxlan for each VNI does the same',
    since: 'Linux 5.18 or newer',
    async attempt(scene) {
      const vxlan = { port: 4790, collectMetadata: 1, vnifilter: 1 }
      const ifindex = await scene.link('vxlan1', { kind: 'vxlan', vxlan })
      const { failed } = await reconcile(vniOwner({ ifindex }), [{ vni: 5 }], { notifier: scene.notifier })
      for (const { error } of failed) throw error
      await using table = await VniTable.open({ notifier: scene.notifier, ifindex })
      return [...table].some(({ vni }) => vni === 5)
    },
  },
  {
    name: 'vxlan-mdb',
    title: 'multicast groups of vxlans',
    lack: 'the table mdb has groups of bridges only',
    since: 'Linux 6.4 or newer',
    async attempt(scene) {
      const ifindex = await scene.vxlan()
      await scene.connection.request({
        message: groupRequest,
        type: MdbMessage.NEW,
        flags: MessageFlag.CREATE | MessageFlag.EXCL,
        entry: {
          family: AddressFamily.BRIDGE,
          ifindex,
          entry: permanentGroup(ifindex),
          options: { dst: '192.0.2.2' },
        },
        operation: 'add mdb 239.1.1.1',
      })
      await using table = await MdbTable.open({ notifier: scene.notifier })
      return [...table].some((entry) => entry.ifindex === ifindex && entry.group === '239.1.1.1')
    },
  },
  {
    name: 'fdb-flush',
    title: 'forwarding entries of a vxlan deleted by one request',
    lack: 'bridge fdb flush is refused',
    since: 'Linux 6.7 or newer',
    async attempt(scene) {
      await scene.connection.request({
        message: neighborMessage,
        type: NeighborMessage.DEL,
        flags: bulk,
        entry: { family: AddressFamily.BRIDGE, ifindex: await scene.vxlan(), flags: NeighborFlag.SELF },
        operation: 'flush fdb',
      })
      return true
    },
  },
  {
    name: 'mdb-flush',
    title: 'multicast groups of a bridge deleted by one request',
    lack: 'bridge mdb flush is refused',
    since: 'Linux 6.8 or newer',
    async attempt(scene) {
      await scene.connection.request({
        message: groupRequest,
        type: MdbMessage.DEL,
        flags: bulk,
        // All groups are meant: those at any port, in any VLAN.
        entry: { family: AddressFamily.BRIDGE, ifindex: await scene.bridge(), entry: '00'.repeat(entryBytes) },
        operation: 'flush mdb',
      })
      return true
    },
  },
]
