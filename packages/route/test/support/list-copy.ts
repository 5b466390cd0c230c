import type { EntryList } from '@rtnl/notifier'
import type { Route } from '@rtnl/route'
import type { RouteEdit, RouteEvent } from '../../src/lists/edits.ts'

/** What a model of the kernel says after an operation. */
export type Told = RouteEvent

/** The routes under one key as they follow from what is told, by the rules. */
export class ListCopy {
  list: Route[] = []
  readonly #rules: (list: EntryList<Route>, event: RouteEvent) => { edits: readonly RouteEdit[]; certain: boolean }

  constructor(rules: (list: EntryList<Route>, event: RouteEvent) => { edits: readonly RouteEdit[]; certain: boolean }) {
    this.#rules = rules
  }

  /** @returns whether the rules are sure of what they made of it */
  apply(event: Told): boolean {
    // The first route under a key is put in, and a deletion of what is not there passed over, without the rules.
    if (this.list.length === 0) {
      if (event.kind === 'new') this.list = [event.entry]
      return true
    }
    const before = this.list
    const { edits, certain } = this.#rules({ length: before.length, entry: (place) => before[place]! }, event)
    this.list = [...before]
    for (const edit of edits) {
      if (edit.edit === 'insert') this.list.splice(edit.place, 0, event.entry)
      else if (edit.edit === 'replace') this.list[edit.place] = edit.entry ?? event.entry
      else if (edit.edit === 'remove') this.list.splice(edit.place, 1)
    }
    return certain
  }
}
