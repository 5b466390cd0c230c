import {
  DumpInterruptedError,
  type DumpSink,
  Errno,
  type Message,
  type MessageCursor,
  NetlinkError,
} from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import { type Applier, type Relist, shown } from '../apply/applier.ts'
import type { Cause } from '../changes/change.ts'
import type { Partition, TableDefinition } from '../definition.ts'
import { hasHeader } from '../message-header.ts'
import type { RowBytes } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { barrier } from './barrier.ts'
import type { IncompletePart } from './incomplete-parts.ts'
import { contains } from './prune.ts'

// Tries to dump a racy partition without a change meanwhile, before a disturbed dump is accepted as `uncertain`.
const racyAttempts = 5

/**
 * The result of a relist.
 * - `good`: the table is what the kernel's was when the relist ended
 * - `uncertain`: each entry is as it was at some time since the relist began, since the kernel's table changed meanwhile.
 *   Another relist has to follow
 * - `partial`: the partitions do not show enough. The whole table has to be relisted
 * - `void`: messages were lost, and the relist changed nothing
 */
export type RelistResult = 'good' | 'uncertain' | 'partial' | 'void'

export interface RelistOptions {
  readonly cause: Cause
  /** Whether this is the first dump, before anybody has seen the table. */
  readonly first: boolean
  /** Whether the relist is accepted as `uncertain` even if messages were lost or lists changed meanwhile. */
  readonly provisional: boolean
  /** Whether the last relist found entries that are too large for a dump. */
  readonly incomplete: boolean
}

/** Relists a table or partitions of it, while the applier applies notifications. */
export class Relister<Entry> {
  /** Relists so far, of the table or of partitions. */
  relists = 0
  /** The partitions that the last relist did not show to the end. */
  incomplete: readonly IncompletePart[] = []
  readonly #rows: TableRows<Entry>
  readonly #applier: Applier<Entry>
  readonly #notifier: Notifier
  readonly #signal: AbortSignal
  /** The partitions under relist, and those of them that the kernel dumped to the end. */
  #parts: Partition<Entry>[] = []
  #ended: Partition<Entry>[] = []
  #disturbed = false
  #lost = false

  /** @param signal aborts relists */
  constructor(rows: TableRows<Entry>, applier: Applier<Entry>, notifier: Notifier, signal: AbortSignal) {
    this.#rows = rows
    this.#applier = applier
    this.#notifier = notifier
    this.#signal = signal
  }

  /** Called before a notification about the table is applied. */
  notified(cursor: MessageCursor): void {
    for (const part of this.#parts) {
      if (this.#isRacy(part)) this.#disturbed ||= part.affectedBy?.(cursor) ?? true
    }
  }

  /** Called when messages were lost. */
  lost(): void {
    this.#lost = true
  }

  /** Whether a change of other entries may spoil a dump of partitions. */
  areRacy(partitions: readonly Partition<Entry>[]): boolean {
    return partitions.some((partition) => this.#isRacy(partition))
  }

  /** @throws {NetlinkError} the kernel refuses a dump; or the reason of the signal */
  async relist(partitions: readonly Partition<Entry>[], options: RelistOptions): Promise<RelistResult> {
    const isWhole = partitions === this.#rows.definition.partitions
    const mayEndEarly = !isWhole && partitions.some(({ endsSilently }) => endsSilently === true)
    // The kernel does not report where these dumps end early, so an entry that they lack may still exist.
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
        // A change that the dump met half-way may not have been announced yet: others may have moved, or an entry left its part.
        if (this.areRacy(partitions) || !isWhole) await barrier(this.#notifier.connection, this.#signal)
        await this.#notifier.fence()
        // An entry that went from one part to another meanwhile would be in none.
        if (this.#lost && !(options.provisional && isWhole)) return 'void'
        // A part that ends silently may have ended early as well.
        if (mayEndEarly && this.incomplete.length > 0) return 'partial'
        if (!isWhole && this.#ended.some((partition) => this.#unshown(partition).length > 0)) return 'partial'
        // If the table never pauses, a disturbed relist is better than none. Its result is `uncertain`.
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
    const { definition } = this.#rows
    const { message, wire = message, types, name } = definition
    const { request: entry, attributes, until } = partition
    // A request has header fields, which both declare.
    const request = {
      message: wire as Message<Entry>,
      type: types.get,
      entry,
      attributes,
      operation: `dump ${name}`,
      ...(until === undefined
        ? {}
        : { until: (cursor: MessageCursor) => hasHeader(definition, cursor) && until(cursor) }),
    }
    this.#parts.push(partition)
    relist.beginPart(partition)
    try {
      await this.#notifier.connection.dumpInto(request, sinkOf(definition, partition, relist), { signal: this.#signal })
    } catch (error) {
      if (error instanceof DumpInterruptedError) {
        // A table that changes all the time cannot be dumped without an interruption. The last attempt still shows each
        // entry that did not change, and the kernel notified the changes of the others. A racy partition shows less.
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
    // While an entry is too large for a dump, the end of a dump that ends silently is not the end of the partition.
    if (partition.endsSilently === true && this.incomplete.length > 0) relist.cut()
    else this.#ended.push(partition)
  }

  /**
   * Called when the dump ended at an entry that is too large for it. The entries that it showed are valid. Nothing is known
   * about the others, so the relister dumps smaller parts, which may show more.
   */
  async #cut(partition: Partition<Entry>, relist: Relist<Entry>): Promise<void> {
    const behind = relist.cut()
    const tooLarge = this.#unshown(partition).map((id) => this.#rows.keyTextOf(id))
    const incomplete = [...this.incomplete, { part: partition.name, behind, tooLarge }]
    this.incomplete = incomplete
    for (const part of partition.parts?.(this.#rowBytes()) ?? []) await this.#dump(part, relist)
    // At least one smaller part ended early too. The entry for the whole partition covers them.
    this.incomplete = incomplete
  }

  *#rowBytes(): Generator<RowBytes, void, undefined> {
    const { store } = this.#rows
    for (let id = 0; id < store.idLimit; id++) if (store.has(id)) yield store.bytes(id)
  }

  /** Ids of the entries of a partition that are too large for a dump, and that no dump showed. */
  #unshown(partition: Partition<Entry>): number[] {
    const { large, store } = this.#rows
    return [...large].filter((id) => store.mark(id) !== shown && contains(this.#rows, partition, id))
  }

  /** Whether the kernel's error means that the partition is empty. */
  #saysMissing({ missing }: Partition<Entry>, { errno }: NetlinkError): boolean {
    return missing?.includes(errno) === true || (this.#rows.definition.optional === true && errno === Errno.EOPNOTSUPP)
  }

  #isRacy(partition: Partition<Entry>): boolean {
    return (partition.dumps ?? this.#rows.definition.dumps) === 'racy'
  }
}

/** A relist without the messages in front of a partition. */
function sinkOf<Entry>(
  definition: TableDefinition<Entry>,
  { skips }: Partition<Entry>,
  relist: Relist<Entry>,
): DumpSink {
  if (skips === undefined) return relist
  return {
    message(cursor) {
      if (!hasHeader(definition, cursor) || !skips(cursor)) relist.message(cursor)
    },
    restart: () => relist.restart(),
  }
}
