import type { ChangeBatch, LiveTable } from '@rtnl/live-table'
import { Fold } from './fold.ts'
import { patience } from './patience.ts'

// Milliseconds for what is bound to come.

/** Reads the changes of a table and folds them, and complains of any that does not fit what was told before. */
export class Follower<Entry> {
  readonly batches: ChangeBatch<Entry>[] = []
  readonly #fold = new Fold<Entry>()
  readonly #end = new AbortController()
  readonly done: Promise<void>

  constructor(table: LiveTable<Entry>) {
    this.done = this.#read(table)
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#fold.entries
  }

  get misfits(): readonly string[] {
    return this.#fold.misfits
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
        this.#fold.take(batch)
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error
    }
  }
}
