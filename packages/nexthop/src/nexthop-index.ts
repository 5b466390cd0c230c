import { ReverseIndex, type TableView } from '@rtnl/live-table'
import { TimeSlice } from '@rtnl/netlink-core'
import type { Nexthop } from './message.ts'

/** What the nexthops of a live table refer to. Kept up to date by an observer of the table, for as long as it lives. */
export class NexthopIndex {
  /** Groups by member. */
  readonly groups = new ReverseIndex()
  /** Nexthops by interface index. */
  readonly interfaces = new ReverseIndex()

  /** Resolves once all nexthops of the table are in the index: of a small table at once, else after some turns of the event loop. */
  readonly ready: Promise<void>
  #complete = false

  constructor(table: TableView<Nexthop>) {
    table.observe((old, next) => this.#change(old, next))
    this.ready = this.#fill(table)
    // Whoever needs all of it waits for it, and others ask whether it is complete.
    this.ready.catch(() => {})
  }

  /** Whether all nexthops of the table are in the index. */
  get complete(): boolean {
    return this.#complete
  }

  /** The observer corrects what changes behind the iteration; what changes before is read as it is then. */
  async #fill(table: TableView<Nexthop>): Promise<void> {
    const slice = new TimeSlice()
    for (const entry of table) {
      this.#change(undefined, entry)
      if (slice.over()) await slice.next()
    }
    this.#complete = true
  }

  #change(old: Nexthop | undefined, next: Nexthop | undefined): void {
    if (old === next) return
    if (old?.id !== undefined) {
      for (const member of old.group ?? []) this.groups.delete(member.id, old.id)
      if (old.oif !== undefined) this.interfaces.delete(old.oif, old.id)
    }
    if (next?.id !== undefined) {
      for (const member of next.group ?? []) this.groups.add(member.id, next.id)
      if (next.oif !== undefined) this.interfaces.add(next.oif, next.id)
    }
  }
}

/** The one index of a table, made with the first call. */
export function nexthopIndex(table: TableView<Nexthop>): NexthopIndex {
  return table.index(makeNexthopIndex)
}

function makeNexthopIndex(table: TableView<Nexthop>): NexthopIndex {
  return new NexthopIndex(table)
}
