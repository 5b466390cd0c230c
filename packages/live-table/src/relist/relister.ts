import { DumpInterruptedError, type DumpSink, type MessageCursor, NetlinkError } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import { type Keeper, type Reading, shown } from '../apply/applier.ts'
import type { Cause } from '../changes/change.ts'
import type { RowBytes, Scope } from '../definition.ts'
import type { TableRows } from '../store/table-rows.ts'
import type { IncompletePart } from './incomplete-parts.ts'
import { covers } from './prune.ts'

// Readings of a table that must be quiet, before what they show is taken for the time being.
const quietReadings = 5
const EMSGSIZE = 90

/**
 * What a reading was worth.
 * - `good`: the table is what the kernel's was when it ended
 * - `uncertain`: as good as it can be had while the table changes: each entry is as it was at some time since the reading
 *   began; to be read again
 * - `partial`: what was read does not tell enough without the rest
 * - `void`: nothing was taken from it
 */
export type ReadingResult = 'good' | 'uncertain' | 'partial' | 'void'

/** How a reading is taken. */
export interface ReadingManner {
  readonly cause: Cause
  /** Nobody has seen the table yet. */
  readonly first: boolean
  /** What it shows is taken for the time being, although messages were lost meanwhile or lists changed. */
  readonly provisional: boolean
  /** There are entries that are too large for a dump, as far as is known. */
  readonly incomplete: boolean
}

/** Reads a table or parts of it, while the notifications go on that its follower applies. */
export class TableReader<Entry> {
  /** Times that the table or a part of it was read. */
  readings = 0
  /** Parts of which the last reading did not come to the end. */
  incomplete: readonly IncompletePart[] = []
  readonly #rows: TableRows<Entry>
  readonly #keeper: Keeper<Entry>
  readonly #notifier: Notifier
  readonly #signal: AbortSignal
  /** Parts under reading, and those of them that were read to the end. */
  #parts: Scope<Entry>[] = []
  #ended: Scope<Entry>[] = []
  #disturbed = false
  #lost = false

  /** @param signal ends readings */
  constructor(rows: TableRows<Entry>, keeper: Keeper<Entry>, notifier: Notifier, signal: AbortSignal) {
    this.#rows = rows
    this.#keeper = keeper
    this.#notifier = notifier
    this.#signal = signal
  }

  /** A notification about the table is to be applied. */
  notified(cursor: MessageCursor): void {
    for (const part of this.#parts) {
      if (this.#mustBeQuiet(part)) this.#disturbed ||= part.concerns?.(cursor) ?? true
    }
  }

  /** Messages were lost. */
  lost(): void {
    this.#lost = true
  }

  /** @throws what the kernel refuses; the reason of the signal */
  async read(scopes: readonly Scope<Entry>[], manner: ReadingManner): Promise<ReadingResult> {
    const isWhole = scopes === this.#rows.definition.whole
    const mayEndEarly = !isWhole && scopes.some(({ endsSilently }) => endsSilently === true)
    // What these parts do not show would prove nothing.
    if (mayEndEarly && manner.incomplete) return 'partial'
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted()
      this.#lost = false
      this.#disturbed = false
      this.#parts = []
      this.#ended = []
      this.incomplete = []
      this.readings++
      const reading = this.#keeper.beginReading(manner.first)
      try {
        for (const scope of scopes) await this.#dump(scope, reading)
        await this.#notifier.sync()
        if (this.#lost && !manner.provisional) return 'void'
        // Some dumps end early and do not say so; what they do not show may still be there.
        if (mayEndEarly && this.incomplete.length > 0) return 'partial'
        if (!isWhole && this.#ended.some((scope) => this.#unshown(scope).length > 0)) return 'partial'
        // A disturbed reading is better than none where the table is never quiet; it is only not the last one.
        const disturbed = this.#disturbed
        if (disturbed && attempt < quietReadings) continue
        const lost = this.#lost
        const remainder = await reading.finish(this.#ended, manner.cause, manner.provisional)
        this.#signal.throwIfAborted()
        if (remainder === 'more') return 'partial'
        return remainder === 'none' && !disturbed && !lost ? 'good' : 'uncertain'
      } finally {
        this.#keeper.endReading()
        this.#parts = []
      }
    }
  }

  async #dump(scope: Scope<Entry>, reading: Reading<Entry>): Promise<void> {
    const { message, types, name } = this.#rows.definition
    const { request: entry, attributes, until } = scope
    const request = { message, type: types.get, entry, attributes, operation: `dump ${name}`, until }
    this.#parts.push(scope)
    reading.beginPart(scope)
    try {
      await this.#notifier.connection.dumpInto(request, sinkOf(scope, reading), { signal: this.#signal })
    } catch (error) {
      if (error instanceof DumpInterruptedError) {
        // A table that always changes is never read without an interruption. What did not change is in the last attempt
        // all the same, and what did change was notified, unless the table must be quiet.
        if (this.#mustBeQuiet(scope)) this.#disturbed = true
      } else if (!(error instanceof NetlinkError)) {
        throw error
      } else if (scope.missing?.includes(error.errno) === true) {
        if (scope.instead !== undefined) {
          this.#parts.pop()
          await this.#dump(scope.instead, reading)
          return
        }
      } else if (error.errno === EMSGSIZE) {
        await this.#cut(scope, reading)
        return
      } else {
        throw error
      }
    }
    // Beside an entry that is too large the end of a dump that does not tell is none.
    if (scope.endsSilently === true && this.incomplete.length > 0) reading.cut()
    else this.#ended.push(scope)
  }

  /**
   * The dump ended at an entry that is too large for it. What it showed is true, and of what it did not show nothing is
   * known: smaller parts may show more.
   */
  async #cut(scope: Scope<Entry>, reading: Reading<Entry>): Promise<void> {
    const behind = reading.cut()
    const tooLarge = this.#unshown(scope).map((id) => this.#rows.keyTextOf(id))
    const incomplete = [...this.incomplete, { part: scope.name, behind, tooLarge }]
    this.incomplete = incomplete
    for (const part of scope.parts?.(this.#rowBytes()) ?? []) await this.#dump(part, reading)
    // Of the smaller parts at least one ended early too; they say no more.
    this.incomplete = incomplete
  }

  *#rowBytes(): Generator<RowBytes, void, undefined> {
    const { store } = this.#rows
    for (let id = 0; id < store.idLimit; id++) if (store.has(id)) yield store.bytes(id)
  }

  /** Entries of a part that are too large for a dump and were not shown by one. */
  #unshown(scope: Scope<Entry>): number[] {
    const { large, store } = this.#rows
    return [...large].filter((id) => store.mark(id) !== shown && covers(this.#rows, scope, id))
  }

  #mustBeQuiet(scope: Scope<Entry>): boolean {
    return (scope.dumps ?? this.#rows.definition.dumps) === 'quiet'
  }
}

/** A reading that is spared the messages in front of a part. */
function sinkOf<Entry>({ skips }: Scope<Entry>, reading: Reading<Entry>): DumpSink {
  if (skips === undefined) return reading
  return {
    message(cursor) {
      if (!skips(cursor)) reading.message(cursor)
    },
    restart: () => reading.restart(),
  }
}
