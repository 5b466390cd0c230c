import { checkIfindex } from '@rtnl/link'
import {
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  sharedDefinitions,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { acceptInterface, entriesOfInterface, partsOf } from '../partition.ts'
import { VlanMessage } from './constants.ts'
import { type Vlan, vlanRow, vlansOf } from './message.ts'
import { pvidTrigger, rangeTriggers, tunnelTrigger } from './triggers.ts'

/** The part of all VLANs that a table holds. */
export interface VlanPart {
  /** Only those of the port or bridge with this index. */
  readonly ifindex?: number | undefined
}

/**
 * The VLANs of the ports of bridges and of the bridges themselves. A range of the kernel is an entry for each of its VLANs.
 * @throws {RangeError} no interface can have the index
 */
export function defineVlans(part: VlanPart = {}): TableDefinition<Vlan> {
  return definitions(part)
}

const definitions = sharedDefinitions(({ ifindex }: VlanPart): TableDefinition<Vlan> => {
  checkIfindex('ifindex', ifindex)
  const parts = partsOf<Vlan>(ifindex, entriesOfInterface)
  return {
    name: 'vlan',
    message: vlanRow,
    types: { new: VlanMessage.NEW, delete: VlanMessage.DEL, get: VlanMessage.GET },
    groups: [MulticastGroup.BRVLAN],
    key: ['ifindex', 'vid'],
    keyText: (entry) => `${entry.ifindex} ${entry.vid}`,
    ...acceptInterface(ifindex),
    entries: vlansOf,
    partitions: [entriesOfInterface(ifindex)],
    // A dump goes by places in lists.
    dumps: 'racy',
    optional: true,
    triggers: [pvidTrigger(parts), tunnelTrigger(parts), ...rangeTriggers(parts)],
  }
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
  static async open(options: LiveTableOptions & VlanPart = {}): Promise<VlanTable> {
    const { ifindex, ...rest } = options
    return openTableAs(defineVlans({ ifindex }), (place) => new VlanTable(place), rest)
  }

  /** One VLAN of a port or bridge, or `undefined`. */
  override get({ ifindex, vid }: Required<Pick<Vlan, 'ifindex' | 'vid'>>): Vlan | undefined {
    return super.get({ family: AddressFamily.BRIDGE, ifindex, vid })
  }
}
