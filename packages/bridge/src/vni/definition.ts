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
import { arrivalTrigger } from '../arrival-trigger.ts'
import { definitionsByInterface, type InterfacePart } from '../interface-part.ts'
import { entriesOfInterface } from '../partition.ts'
import { VniMessage } from './constants.ts'
import { type Vni, vniMessage, vniRow, vnisOf } from './message.ts'

/**
 * The VNIs that vxlans with a filter (`ip link add ... type vxlan external vnifilter`) take. A range of the
 * kernel is an entry for each of its VNIs.
 * @throws {RangeError} no interface can have the index
 */
export const defineVnis = definitionsByInterface<Vni>((scope) => {
  return defineTable({
    name: 'vni',
    message: vniRow,
    types: { new: VniMessage.NEW, delete: VniMessage.DEL, get: VniMessage.GET },
    groups: [MulticastGroup.TUNNEL],
    key: ['ifindex', 'vni'],
    keyText: (entry) => `${entry.ifindex} ${entry.vni}`,
    ...scope.common,
    entries: vnisOf,
    wire: vniMessage,
    partitions: [entriesOfInterface(scope.ifindex)],
    triggers: [arrivalTrigger(['vxlan'], scope.among(entriesOfInterface))],
  })
})

/** All VNIs of a namespace. */
export const vniDefinition: TableDefinition<Vni> = defineVnis()

/** The VNIs of the vxlans of a namespace, or of one of them, live. */
export class VniTable extends LiveTable<Vni> {
  /**
   * Opens the table; resolves once it is read. With `ifindex` only that vxlan is read and kept.
   * @throws {RangeError} the filter names an interface that there cannot be
   * @throws as `openTable` of `@rtnl/live-table`
   */
  static async open(options: LiveTableOptions & InterfacePart = {}): Promise<VniTable> {
    const { ifindex, ...rest } = options
    return openTableAs(defineVnis({ ifindex }), (place) => new VniTable(place), rest)
  }

  /**
   * One VNI of a vxlan, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `ifindex` or `vni`, or one that does not fit
   */
  override get(key: EntryKey<Vni, 'ifindex' | 'vni'>): Vni | undefined {
    checkKey('vni', key, ['ifindex', 'vni'])
    return super.get({ ...key, family: AddressFamily.BRIDGE })
  }
}
