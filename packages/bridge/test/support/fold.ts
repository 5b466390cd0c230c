import { setImmediate } from 'node:timers/promises'
import { type LiveTable, openTable } from '@rtnl/live-table'
import * as assert from 'uvu/assert'

/** What a reader of the changes makes of them. Checks that each one fits what was told before. */
export class Fold<Entry> {
  readonly entries = new Map<string, Entry>()
  /** The changes that were told since the present content, as `kind key`. */
  readonly told: string[] = []
  /** Rejects where a change did not fit. */
  readonly done: Promise<void>

  constructor(table: LiveTable<Entry>) {
    this.done = this.#follow(table)
  }

  async #follow(table: LiveTable<Entry>): Promise<void> {
    for await (const { cause, changes } of table.changes()) {
      for (const { key, kind, entry } of changes) {
        assert.is(key, table.definition.keyText(entry))
        assert.is(this.entries.has(key), kind !== 'added', `${kind} ${key}`)
        if (kind === 'removed') this.entries.delete(key)
        else this.entries.set(key, entry)
        if (cause !== 'dump') this.told.push(`${kind} ${key}`)
      }
    }
  }
}

/**
 * Checks that a table, what its changes fold to, a new reading and what a tool shows are the same.
 * @param identity of an entry: what counts of it, without what changes by itself
 * @param shown the same of what the tool shows
 * @param what happened before, for people
 */
export async function assertExact<Entry>(
  table: LiveTable<Entry>,
  fold: Fold<Entry>,
  identity: (entry: Entry) => string,
  shown: () => readonly string[],
  what: string,
): Promise<void> {
  // An entry that comes to its end between two readings is not there in the next ones.
  for (let looks = 3; ; looks--) {
    await table.waitForSync()
    for (let turn = 0; turn < 5; turn++) await setImmediate()
    const now = identities(table, identity)
    // No triggers: nothing but the reading counts.
    await using fresh = await openTable({ ...table.definition, triggers: [] }, { notifier: table.notifier })
    const [dumped, told] = [identities(fresh, identity), identities(fold.entries.values(), identity)]
    const tool = [...shown()].sort()
    if (looks > 1 && [now, now, now].join() !== [dumped, tool, told].join()) continue
    assert.equal(now, dumped, `table and new reading after ${what}`)
    assert.equal(now, tool, `table and tool after ${what}`)
    assert.equal(told, now, `changes and table after ${what}`)
    return
  }
}

function identities<Entry>(entries: Iterable<Entry>, identity: (entry: Entry) => string): string[] {
  return Array.from(entries, identity).sort()
}
