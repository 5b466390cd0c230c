import { setImmediate } from 'node:timers/promises'
import { Fold } from '@rtnl/compliance'
import type { LiveTable } from '@rtnl/live-table'

/** What readers of a table have been told. */
export interface ReaderFigures {
  changes: number
  resyncs: number
}

/** A table, also one that is derived from others. */
type FollowedEntries<Entry> = Pick<LiveTable<Entry>, 'changes' | 'size'>

/** Reads the changes of a table and folds them: always, or only while it is released. */
export class Reader<Entry> {
  readonly fold = new Fold<Entry>()
  readonly done: Promise<void>
  readonly #end = new AbortController()
  readonly #figures: ReaderFigures
  #gate: Promise<void> | undefined
  #open: () => void = () => {}

  constructor(table: FollowedEntries<Entry>, figures: ReaderFigures) {
    this.#figures = figures
    this.done = this.#read(table)
  }

  /** Reads nothing until it is released. */
  stall(): void {
    if (this.#gate !== undefined) return
    this.#gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  release(): void {
    this.#gate = undefined
    this.#open()
  }

  stop(): Promise<void> {
    this.release()
    this.#end.abort()
    return this.done
  }

  /** Waits until the fold has as many entries as the table, and the event loop has had its turns for the rest. */
  async caughtUp(table: Pick<FollowedEntries<Entry>, 'size'>): Promise<void> {
    const limit = performance.now() + 10_000
    while (this.fold.entries.size !== table.size && performance.now() < limit) await setImmediate()
    for (let turn = 0; turn < 10; turn++) await setImmediate()
  }

  async #read(table: FollowedEntries<Entry>): Promise<void> {
    try {
      for await (const batch of table.changes({ signal: this.#end.signal })) {
        this.fold.take(batch)
        this.#figures.changes += batch.changes.length
        if (batch.event === 'resync') this.#figures.resyncs++
        await this.#gate
      }
    } catch (error) {
      if (!this.#end.signal.aborted) throw error
    }
  }
}
