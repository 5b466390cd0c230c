import { DumpInterruptedError, type DumpSink, Errno, type MessageCursor, NetlinkError } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import { type Applier, type Relist, shown } from '../apply/applier.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { RowBytes } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import type { IncompletePart } from './incomplete-parts.ts'
import { contains } from './prune.ts'

// Readings of a table that must be quiet, before what they show is taken for the time being.
const racyAttempts = 5

/**
 * What a reading was worth.
 * - `good`: the table is what the kernel's was when it ended
 * - `uncertain`: as good as it can be had while the table changes: each entry is as it was at some time since the reading
 *   began; to be read again
 * - `partial`: what was read does not tell enough without the rest
 * - `void`: nothing was taken from it
 */
export type RelistResult = 'good' | 'uncertain' | 'partial' | 'void'

/** How a reading is taken. */
export interface RelistOptions {
  readonly cause: Cause
  /** Nobody has seen the table yet. */
  readonly first: boolean
  /** What it shows is taken for the time being, although messages were lost meanwhile or lists changed. */
  readonly provisional: boolean
  /** There are entries that are too large for a dump, as far as is known. */
  readonly incomplete: boolean
}

/** Reads a table or parts of it, while the notifications go on that its follower applies. */
export class Relister<Entry> {
  /** Times that the table or a part of it was read. */
  relists = 0
  /** Parts of which the last reading did not come to the end. */
  incomplete: readonly IncompletePart[] = []
  readonly #rows: TableRows<Entry>
  readonly #applier: Applier<Entry>
  readonly #notifier: Notifier
  readonly #signal: AbortSignal
  /** Parts under relist, and those of them that were read to the end. */
  #parts: Partition<Entry>[] = []
  #ended: Partition<Entry>[] = []
  #disturbed = false
  #lost = false

  /** @param signal ends readings */
  constructor(rows: TableRows<Entry>, keeper: Applier<Entry>, notifier: Notifier, signal: AbortSignal) {
    this.#rows = rows
    this.#applier = keeper
    this.#notifier = notifier
    this.#signal = signal
  }

  /** A notification about the table is to be applied. */
  notified(cursor: MessageCursor): void {
    for (const part of this.#parts) {
      if (this.#isRacy(part)) this.#disturbed ||= part.affectedBy?.(cursor) ?? true
    }
  }

  /** Messages were lost. */
  lost(): void {
    this.#lost = true
  }

  /** @throws what the kernel refuses; the reason of the signal */
  async read(partitions: readonly Partition<Entry>[], options: RelistOptions): Promise<RelistResult> {
    const isWhole = partitions === this.#rows.definition.partitions
    const mayEndEarly = !isWhole && partitions.some(({ endsSilently }) => endsSilently === true)
    // What these parts do not show would prove nothing.
    if (mayEndEarly && options.incomplete) return 'partial'
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted()
      this.#lost = false
      this.#disturbed = false
      this.#parts = []
      this.#ended = []
      this.incomplete = []
      this.relists++
      const relist = this.#applier.beginRelist(options.first)
      try {
        for (const partition of partitions) await this.#dump(partition, relist)
        await this.#notifier.fence()
        if (this.#lost && !options.provisional) return 'void'
        // Some dumps end early and do not say so; what they do not show may still be there.
        if (mayEndEarly && this.incomplete.length > 0) return 'partial'
        if (!isWhole && this.#ended.some((partition) => this.#unshown(partition).length > 0)) return 'partial'
        // A disturbed relist is better than none where the table never pauses. It is not the last one.
        const disturbed = this.#disturbed
        if (disturbed && attempt < racyAttempts) continue
        const lost = this.#lost
        const outcome = await relist.finish(this.#ended, options.cause, options.provisional)
        this.#signal.throwIfAborted()
        if (outcome === 'widen') return 'partial'
        return outcome === 'complete' && !disturbed && !lost ? 'good' : 'uncertain'
      } finally {
        this.#applier.endRelist()
        this.#parts = []
      }
    }
  }

  async #dump(partition: Partition<Entry>, relist: Relist<Entry>): Promise<void> {
    const { message, types, name } = this.#rows.definition
    const { request: entry, attributes, until } = partition
    const request = { message, type: types.get, entry, attributes, operation: `dump ${name}`, until }
    this.#parts.push(partition)
    relist.beginPart(partition)
    try {
      await this.#notifier.connection.dumpInto(request, sinkOf(partition, relist), { signal: this.#signal })
    } catch (error) {
      if (error instanceof DumpInterruptedError) {
        // A table that always changes is never read without an interruption. What did not change is in the last attempt
        // all the same, and what did change was notified, unless the table must be quiet.
        if (this.#isRacy(partition)) this.#disturbed = true
      } else if (!(error instanceof NetlinkError)) {
        throw error
      } else if (this.#saysMissing(partition, error)) {
        if (partition.fallback !== undefined) {
          this.#parts.pop()
          await this.#dump(partition.fallback, relist)
          return
        }
      } else if (error.errno === Errno.EMSGSIZE) {
        await this.#cut(partition, relist)
        return
      } else {
        throw error
      }
    }
    // Beside an entry that is too large the end of a dump that does not tell is none.
    if (partition.endsSilently === true && this.incomplete.length > 0) relist.cut()
    else this.#ended.push(partition)
  }

  /**
   * The dump ended at an entry that is too large for it. What it showed is true, and of what it did not show nothing is
   * known: smaller parts may show more.
   */
  async #cut(partition: Partition<Entry>, relist: Relist<Entry>): Promise<void> {
    const behind = relist.cut()
    const tooLarge = this.#unshown(partition).map((id) => this.#rows.keyTextOf(id))
    const incomplete = [...this.incomplete, { part: partition.name, behind, tooLarge }]
    this.incomplete = incomplete
    for (const part of partition.parts?.(this.#rowBytes()) ?? []) await this.#dump(part, relist)
    // Of the smaller parts at least one ended early too; they say no more.
    this.incomplete = incomplete
  }

  *#rowBytes(): Generator<RowBytes, void, undefined> {
    const { store } = this.#rows
    for (let id = 0; id < store.idLimit; id++) if (store.has(id)) yield store.bytes(id)
  }

  /** Entries of a part that are too large for a dump and were not shown by one. */
  #unshown(partition: Partition<Entry>): number[] {
    const { large, store } = this.#rows
    return [...large].filter((id) => store.mark(id) !== shown && contains(this.#rows, partition, id))
  }

  /** Whether a refusal says that there is nothing in a part. */
  #saysMissing({ missing }: Partition<Entry>, { errno }: NetlinkError): boolean {
    return missing?.includes(errno) === true || (this.#rows.definition.optional === true && errno === Errno.EOPNOTSUPP)
  }

  #isRacy(partition: Partition<Entry>): boolean {
    return (partition.dumps ?? this.#rows.definition.dumps) === 'racy'
  }
}

/** A relist without the messages in front of a partition. */
function sinkOf<Entry>({ skips }: Partition<Entry>, relist: Relist<Entry>): DumpSink {
  if (skips === undefined) return relist
  return {
    message(cursor) {
      if (!skips(cursor)) relist.message(cursor)
    },
    restart: () => relist.restart(),
  }
}
