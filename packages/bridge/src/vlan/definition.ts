import {
  checkKey,
  defineTable,
  type EntryKey,
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { definitionsByInterface, type InterfacePart } from '../interface-part.ts'
import { VlanMessage } from './constants.ts'
import { type Vlan, vlanMessage, vlanRow, vlansOf } from './message.ts'
import { vlansOfInterface } from './partition.ts'
import { pvidTrigger, rangeTriggers, tunnelTrigger } from './triggers.ts'

/**
 * The VLANs of the ports of bridges and of the bridges themselves. A range of the kernel is an entry for each of its VLANs.
 * @throws {RangeError} no interface can have the index
 */
export const defineVlans = definitionsByInterface<Vlan>((scope) => {
  const parts = scope.among(vlansOfInterface)
  return defineTable({
    name: 'vlan',
    message: vlanRow,
    types: { new: VlanMessage.NEW, delete: VlanMessage.DEL, get: VlanMessage.GET },
    groups: [MulticastGroup.BRVLAN],
    key: ['ifindex', 'vid'],
    keyText: (entry) => `${entry.ifindex} ${entry.vid}`,
    ...scope.common,
    entries: vlansOf,
    wire: vlanMessage,
    partitions: [vlansOfInterface(scope.ifindex)],
    triggers: [pvidTrigger(parts), tunnelTrigger(parts), ...rangeTriggers(parts)],
  })
})

/** All VLANs of a namespace. */
export const vlanDefinition: TableDefinition<Vlan> = defineVlans()

/** The VLANs of the bridges of a namespace and their ports, or of one of these, live. */
export class VlanTable extends LiveTable<Vlan> {
  /**
   * Opens the table; resolves once it is read. With `ifindex` only that port or bridge is read and kept.
   * @throws {RangeError} the filter names an interface that there cannot be
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & InterfacePart = {}): Promise<VlanTable> {
    const { ifindex, ...rest } = options
    return openTableAs(defineVlans({ ifindex }), (place) => new VlanTable(place), rest)
  }

  /**
   * One VLAN of a port or bridge, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `ifindex` or `vid`, or one that does not fit
   */
  override get(key: EntryKey<Vlan, 'ifindex' | 'vid'>): Vlan | undefined {
    checkKey('vlan', key, ['ifindex', 'vid'])
    return super.get({ ...key, family: AddressFamily.BRIDGE })
  }
}
