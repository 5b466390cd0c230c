import { type EntryList, sameValue } from '@rtnl/live-table'
import type { Route } from '@rtnl/route'
import type { RouteEdits, RouteEvent } from '../../src/lists/edits.ts'

/** What a model of the kernel says after an operation. */
export type Told = Omit<RouteEvent, 'isExact'>

type Rules = (list: EntryList<Route>, event: RouteEvent) => RouteEdits

/** The routes under one key as they follow from what is told, by the rules. */
export class ListCopy {
  list: Route[] = []
  readonly #rules: Rules

  constructor(rules: Rules) {
    this.#rules = rules
  }

  /**
   * @param isExact whether all that happened in silence is known
   * @returns whether the rules are sure of what they made of it
   */
  apply(event: Told, isExact = true): boolean {
    // The first route under a key is put in, and a deletion of what is not there passed over, without the rules.
    if (this.list.length === 0) {
      if (event.kind === 'new') this.list = [event.entry]
      return true
    }
    const before = this.list
    const { edits, certain } = this.#rules(
      { length: before.length, entry: (place) => before[place]! },
      { ...event, isExact },
    )
    this.list = [...before]
    for (const edit of edits) {
      if (edit.edit === 'insert') this.list.splice(edit.place, 0, event.entry)
      else if (edit.edit === 'replace') this.list[edit.place] = edit.entry ?? event.entry
      else if (edit.edit === 'remove') this.list.splice(edit.place, 1)
    }
    return certain
  }

  /**
   * Reads a part of the list, as a live table does after something happened in silence: entries that changed are in
   * their places, and those that went are missing.
   */
  read(dump: readonly Route[], covers: (route: Route) => boolean): void {
    const run = dump.filter(covers)
    const covered = this.list.filter(covers).length
    let next = 0
    const kept = this.list.flatMap((known) => {
      if (!covers(known)) return [known]
      if (run.length === covered) return [run[next++]!]
      return next < run.length && sameValue(run[next], known) ? [run[next++]!] : []
    })
    this.list = next < run.length ? [...dump] : kept
  }
}
