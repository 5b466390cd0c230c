import type { DumpSink, MessageCursor } from '@rtnl/netlink-core'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'

export const noRow = -1
export const severalRows = -2

/** The mark of a row that the dump of a relist has shown. A row that neither a dump nor a notification named has the mark 0. */
export const shown = 1

/** Applies messages to the rows of a table. Tables of entries have one applier, tables of ordered lists another. */
export interface Applier<Entry> {
  /** Ids of the rows with the key of `row`, in the kernel's order. */
  find(row: Row): readonly number[]
  /**
   * Id of the only row with the key of `row`; `noRow` if there is none, `severalRows` if there are more, or were. Then
   * `find` returns the ids.
   */
  only(row: Row): number
  /** Whether no key has several rows, or had. Then `only` returns the row in slot 0. */
  readonly isOneEach: boolean
  /**
   * Applies a notification.
   * @returns the partitions that it makes invalid
   * @throws whatever the definition throws if the message is malformed; a part of it may have been applied then
   */
  apply(cursor: MessageCursor): readonly Partition<Entry>[]
  /**
   * Called before the barrier that a relist follows. Until `forgetDeletions` the applier remembers which entries are announced
   * as deleted: the kernel may announce that before the entry is gone, so that a dump still shows it.
   */
  watchDeletions(): void
  forgetDeletions(): void
  /**
   * Begins a relist. Until `endRelist` the applier notes what notifications change.
   * @param first nobody has seen the table yet: what the dump shows is written at once
   */
  beginRelist(first: boolean): Relist<Entry>
  endRelist(): void
}

/**
 * What a relist leaves invalid.
 * - `complete`: nothing; the table is what the kernel's was
 * - `retry`: the same partitions, since they changed during the relist
 * - `widen`: the whole table, since the partitions do not show where their entries stand among others
 */
export type RelistOutcome = 'complete' | 'retry' | 'widen'

/** One dump of a table or of partitions of it, while notifications arrive. */
export interface Relist<Entry> extends DumpSink {
  /** Called before the dump of each part. */
  beginPart(partition: Partition<Entry>): void
  /**
   * Called when the dump of the part ended early, at an entry that is too large for it.
   * @returns the key of the last entry that the dump showed, as a text
   */
  cut(): string | undefined
  /**
   * Makes the table what the relist showed, once all notifications from before its end have been applied.
   * @param partitions the parts that the kernel dumped to the end; entries of theirs that no dump showed are removed
   * @param provisional accepts each entry as it was at some time since the relist began, even where a later state may be
   *   known
   */
  finish(partitions: readonly Partition<Entry>[], cause: Cause, provisional: boolean): Promise<RelistOutcome>
}
