import { ReverseIndex, type TableView } from '@rtnl/live-table'
import type { Nexthop } from './message.ts'

/** What the nexthops of a live table refer to. Kept up to date by an observer of the table, for as long as it lives. */
export class NexthopIndex {
  /** Groups by member. */
  readonly groups = new ReverseIndex()
  /** Nexthops by interface index. */
  readonly interfaces = new ReverseIndex()

  constructor(table: TableView<Nexthop>) {
    for (const entry of table) this.#change(undefined, entry)
    table.observe((old, next) => this.#change(old, next))
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
