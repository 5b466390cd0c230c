import type { ChangeBatch, LiveTable } from '@rtnl/notifier'

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

  /** Waits until the condition holds. The test's own time limit ends a vain wait. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async #read(table: LiveTable<Entry>): Promise<void> {
    try {
      for await (const batch of table.changes({ signal: this.#end.signal })) {
        this.batches.push(batch)
        for (const { kind, key, entry } of batch.changes) {
          if ((kind === 'added') === this.entries.has(key)) this.misfits.push(`${kind} ${key}`)
          if (kind === 'removed') this.entries.delete(key)
          else this.entries.set(key, entry)
        }
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error
    }
  }
}
