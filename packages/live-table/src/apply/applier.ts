import type { DumpSink, MessageCursor } from '@rtnl/netlink-core'
import type { Cause } from '../changes/change.ts'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'

export const noRow = -1
export const severalRows = -2

/** The mark of a row that the dump of a reading has shown. Rows that nobody spoke of have the mark 0. */
export const shown = 1

/** What messages do to the rows of a table: there is one for tables of entries, one for tables of ordered lists. */
export interface Applier<Entry> {
  /** Ids of the rows with the key of `row`, in the kernel's order. */
  find(row: Row): readonly number[]
  /**
   * Id of the only row with the key of `row`; `noRow` if there is none, `severalRows` if there are more, or were:
   * `find` tells.
   */
  only(row: Row): number
  /**
   * Applies a notification.
   * @returns the parts of the table that it leaves in doubt
   * @throws whatever the definition throws where the message is malformed; a part of it may have been applied then
   */
  apply(cursor: MessageCursor): readonly Partition<Entry>[]
  /**
   * Begins a reading; until `endReading` notifications are taken account of.
   * @param first nobody has seen the table yet: what the dump shows is written at once
   */
  beginRelist(first: boolean): Relist<Entry>
  endRelist(): void
}

/**
 * What is left in doubt after a reading.
 * - `none`: the table is what the kernel's was
 * - `same`: what was read changed meanwhile
 * - `more`: what the parts showed does not tell where it stands among entries of other parts
 */
export type RelistOutcome = 'complete' | 'retry' | 'widen'

/** One reading of a table or of parts of it, while notifications go on. */
export interface Relist<Entry> extends DumpSink {
  /** The next part begins: another dump. */
  beginPart(partition: Partition<Entry>): void
  /**
   * The dump of the part ended early, at an entry that is too large for it.
   * @returns the key of the last entry that it showed, as a text
   */
  cut(): string | undefined
  /**
   * Makes the table what the reading showed, once all notifications from before its end are through.
   * @param partitions the parts that were shown to the end: what was not shown of them is gone
   * @param provisional whether each entry is to be as it was at some time since the reading began, even where a later
   *   state may be known
   */
  finish(partitions: readonly Partition<Entry>[], cause: Cause, provisional: boolean): Promise<RelistOutcome>
}
