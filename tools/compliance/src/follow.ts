import { type ChangeBatch, type LiveTable, sameValue } from '@rtnl/live-table'
import { patience } from './patience.ts'

// Milliseconds for what is bound to come.

/** Reads the changes of a table and folds them, and complains of any that does not fit what was told before. */
export class Follower<Entry> {
  readonly entries = new Map<string, Entry>()
  readonly batches: ChangeBatch<Entry>[] = []
  readonly misfits: string[] = []
  readonly #end = new AbortController()
  readonly done: Promise<void>

  constructor(table: LiveTable<Entry>) {
    this.done = this.#read(table)
  }

  stop(): Promise<void> {
    this.#end.abort()
    return this.done
  }

  /** Waits until the condition holds, or it is too late for it: what then is wrong is shown by what is asserted next. */
  async until(condition: () => boolean): Promise<void> {
    const limit = performance.now() + patience
    while (!condition() && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async #read(table: LiveTable<Entry>): Promise<void> {
    try {
      for await (const batch of table.changes({ signal: this.#end.signal })) {
        this.batches.push(batch)
        for (const change of batch.changes) {
          const { kind, key, entry } = change
          const known = this.entries.get(key)
          if ((kind === 'added') === (known !== undefined)) this.misfits.push(`${kind} ${key}`)
          if (change.kind === 'changed' && sameValue(change.old, entry)) this.misfits.push(`unchanged ${key}`)
          if (kind === 'removed') this.entries.delete(key)
          else this.entries.set(key, entry)
        }
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error
    }
  }
}
