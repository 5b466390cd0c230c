import { setImmediate, setTimeout } from 'node:timers/promises'
import type { ChangeBatch, LiveTable } from '@rtnl/live-table'
import type { Neighbor } from '@rtnl/neighbor'
import * as assert from 'uvu/assert'

/** What a reader of the changes makes of them. Checks that each one fits what was told before. */
export class Fold {
  readonly entries = new Map<string, Neighbor>()
  readonly batches: ChangeBatch<Neighbor>[] = []
  /** Rejects where a change did not fit. */
  readonly done: Promise<void>

  constructor(table: LiveTable<Neighbor>) {
    this.done = this.#follow(table)
  }

  async #follow(table: LiveTable<Neighbor>): Promise<void> {
    for await (const batch of table.changes()) {
      this.batches.push(batch)
      for (const change of batch.changes) {
        const { key, kind, entry } = change
        assert.is(key, table.definition.keyText(entry))
        assert.is(this.entries.has(key), kind !== 'added', `${kind} ${key}`)
        if (kind === 'changed') assert.equal(change.old, this.entries.get(key)!)
        if (kind === 'removed') this.entries.delete(key)
        else this.entries.set(key, entry)
      }
    }
  }

  /** The changes that were told since the present content, as `kind key`. */
  get told(): string[] {
    return this.batches
      .filter(({ cause }) => cause !== 'dump')
      .flatMap(({ changes }) => changes.map(({ kind, key }) => `${kind} ${key}`))
  }
}

/** Lets readers have what is ready for them. */
export async function turn(): Promise<void> {
  await setTimeout(0)
  // One who reads many batches lets the event loop run between them.
  for (let turns = 0; turns < 3; turns++) await setImmediate()
}

/** Entries, or what was made of them, in an order that depends on nothing but them. */
export function sorted<Entry>(entries: Iterable<Entry>): Entry[] {
  return [...entries]
    .map((entry): [string, Entry] => [JSON.stringify(Object.entries(entry as object).sort()), entry])
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([, entry]) => entry)
}

export async function gather(batches: AsyncIterable<Neighbor[]>): Promise<Neighbor[]> {
  const entries: Neighbor[] = []
  for await (const batch of batches) entries.push(...batch)
  return entries
}
