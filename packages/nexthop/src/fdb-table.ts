import { ReverseIndex } from '@rtnl/live-table'
import type { CallOptions, Connection } from '@rtnl/netlink-core'
import { ascending } from './ascending.ts'
import { dumpNexthops } from './commands.ts'
import { type FdbNexthop, fdbNexthops, sameFdbNexthop } from './fdb.ts'
import type { FdbNotification } from './fdb-listener.ts'
import { type ResolvedPath, resolvePaths } from './resolve.ts'

/**
 * The nexthops for forwarding entries, for programs that work in turns. `sync` reads them, `handleChanges` applies the messages
 * that a listener of `nexthopListener` has gathered. Register the listener before the first `sync`, and call `sync` again
 * after the listener has reported a loss.
 */
export class FdbNexthopTable {
  readonly #nexthops = new Map<number, FdbNexthop>()
  readonly #groups = new ReverseIndex()

  /** How many are held. */
  get size(): number {
    return this.#nexthops.size
  }

  /** The one with an id. */
  get(id: number): FdbNexthop | undefined {
    return this.#nexthops.get(id)
  }

  /** All that are held. */
  [Symbol.iterator](): Iterator<FdbNexthop> {
    return this.#nexthops.values()
  }

  /** Ids of the groups that have the nexthop as a member, from the smallest. */
  usedBy(id: number): number[] {
    return ascending(this.#groups.users(id))
  }

  /** The paths of a nexthop with the members as they are now; `undefined` for an id that is not here. */
  resolve(id: number): ResolvedPath<FdbNexthop>[] | undefined {
    return resolvePaths(id, (other) => this.#nexthops.get(other))
  }

  /**
   * Reads the nexthops. Until all are read, and after a failure, the table stays what it was.
   * @throws as `Connection.dump`
   */
  async sync(connection: Connection, options: CallOptions = {}): Promise<void> {
    const nexthops = new Map<number, FdbNexthop>()
    for await (const batch of dumpNexthops(connection, options)) {
      for (const nexthop of fdbNexthops(batch)) nexthops.set(nexthop.id, nexthop)
    }
    this.clear()
    for (const nexthop of nexthops.values()) this.#set(nexthop.id, nexthop)
  }

  /**
   * Applies notifications in their order.
   * @returns whether the table has changed. A nexthop that the kernel announces again as it was is no change
   */
  handleChanges(notifications: Iterable<FdbNotification>): boolean {
    const before = new Map<number, FdbNexthop | undefined>()
    for (const notification of notifications) {
      const id = notification.kind === 'foreign' ? notification.id : notification.nexthop.id
      if (!before.has(id)) before.set(id, this.#nexthops.get(id))
      this.#set(id, notification.kind === 'new' ? notification.nexthop : undefined)
    }
    return [...before].some(([id, nexthop]) => !sameFdbNexthop(nexthop, this.#nexthops.get(id)))
  }

  /** Forgets all. */
  clear(): void {
    this.#nexthops.clear()
    this.#groups.clear()
  }

  #set(id: number, nexthop: FdbNexthop | undefined): void {
    for (const member of this.#nexthops.get(id)?.group ?? []) this.#groups.delete(member.id, id)
    if (nexthop === undefined) this.#nexthops.delete(id)
    else this.#nexthops.set(id, nexthop)
    for (const member of nexthop?.group ?? []) this.#groups.add(member.id, id)
  }
}

/** Reads the nexthops for forwarding entries into a new table. */
export async function syncNexthops(connection: Connection, options: CallOptions = {}): Promise<FdbNexthopTable> {
  const table = new FdbNexthopTable()
  await table.sync(connection, options)
  return table
}
