import {
  type ChangeBatch,
  checkKey,
  defineTable,
  type EntryKey,
  LiveTable,
  type LiveTableOptions,
  openTableAs,
  type Partition,
  type TableDefinition,
} from '@rtnl/live-table'
import { AddressFamily, MulticastGroup } from '@rtnl/netlink-core'
import { unlessAborted } from '@rtnl/netlink-core/internal'
import { ascending } from './ascending.ts'
import { NexthopMessage } from './constants.ts'
import { linkTrigger } from './link-trigger.ts'
import { type Nexthop, nexthopMessage } from './message.ts'
import { type NexthopIndex, nexthopIndex } from './nexthop-index.ts'
import { type ResolvedPath, resolvePaths } from './resolve.ts'

/** Single nexthops of each family, and groups: with a group that is too large for a dump, the single ones are known. */
const parts: readonly Partition<Nexthop>[] = [
  ...[AddressFamily.INET, AddressFamily.INET6].map((family) => ({
    name: `family ${family}`,
    request: { family },
    contains: (entry: Nexthop) => entry.family === family,
  })),
  { name: 'groups', request: { groups: true }, contains: ({ group }) => group !== undefined },
]

/** Nexthop objects by id. */
export const nexthopDefinition: TableDefinition<Nexthop> = defineTable({
  name: 'nexthop',
  message: nexthopMessage,
  types: { new: NexthopMessage.NEW, delete: NexthopMessage.DEL, get: NexthopMessage.GET },
  groups: [MulticastGroup.NEXTHOP],
  key: ['id'],
  keyText: ({ id }) => String(id),
  partitions: [{ name: 'all', request: {}, parts: () => parts }],
  dumps: 'stable',
  triggers: [linkTrigger],
})

/**
 * The nexthop objects of a namespace, live. Groups name their members by id, and `resolve` looks these up: the kernel does not
 * announce a group when its member is replaced.
 */
export class NexthopTable extends LiveTable<Nexthop> {
  readonly #index: NexthopIndex = nexthopIndex(this)

  /** Opens the table; resolves once it is read. See `openTable` of `@rtnl/notifier` for the errors. */
  static async open(options: LiveTableOptions = {}): Promise<NexthopTable> {
    const table = await openTableAs(nexthopDefinition, (place) => new NexthopTable(place), options)
    try {
      await unlessAborted(table.#index.ready, options.signal)
      return table
    } catch (error) {
      table.close()
      throw error
    }
  }

  /**
   * The nexthop or group with an id, or `undefined`.
   * @throws {TypeError | RangeError} the key has no `id`, or the id is no number in 0..4294967295
   */
  override get(key: EntryKey<Nexthop, 'id'>): Nexthop | undefined {
    checkKey('nexthop', key, ['id'])
    return super.get(key)
  }

  /** Ids of the groups that have the nexthop as a member, from the smallest; also of a nexthop that there is not. */
  usedBy(id: number): number[] {
    return ascending(this.#index.groups.users(id))
  }

  /**
   * The paths of a nexthop or group and their weights, with the members as they are now.
   * @returns `undefined` for an id that is not in the table
   */
  resolve(id: number): ResolvedPath<Nexthop>[] | undefined {
    return resolvePaths(id, (other) => this.get({ id: other }))
  }

  /**
   * Ids of the groups that resolve to something else since the batch: those that it changes, and those that have a
   * member which it changes.
   */
  affected(batch: ChangeBatch<Nexthop>): number[] {
    const ids = new Set<number>()
    for (const change of batch.changes) {
      const { id, group } = change.entry
      if (id === undefined) continue
      if (group !== undefined || (change.kind === 'changed' && change.old.group !== undefined)) ids.add(id)
      for (const user of this.#index.groups.users(id)) ids.add(user)
    }
    return ascending(ids)
  }
}
