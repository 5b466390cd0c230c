import type { MessageCursor } from '@rtnl/netlink-core'
import type { TableRows } from '../store/table-rows.ts'

/**
 * Takes the row of a message of a dump into `rows.scratch`.
 * @returns the words of the row behind the key; -1 if it is no entry of the table, or malformed, which is told
 */
export function takeDumpedRow<Entry>(rows: TableRows<Entry>, cursor: MessageCursor): number {
  const { types, accept } = rows.definition
  if (cursor.type !== (types.dumped ?? types.new)) return -1
  try {
    return accept?.(cursor) === false ? -1 : rows.take(cursor)
  } catch (error) {
    rows.malformed(error)
    return -1
  }
}

/**
 * The same of a message that may hold many entries (`TableDefinition.entries`): takes one after the other into
 * `rows.scratch`, and yields the words of its row behind the key.
 */
export function* takeDumpedRows<Entry>(
  rows: TableRows<Entry>,
  cursor: MessageCursor,
): Generator<number, void, undefined> {
  const { types, accept, entries } = rows.definition
  if (cursor.type !== (types.dumped ?? types.new)) return
  try {
    if (accept?.(cursor) === false) return
    for (const entry of entries?.(cursor) ?? []) {
      const count = rows.takeEntry(entry)
      if (count >= 0) yield count
    }
  } catch (error) {
    rows.malformed(error)
  }
}
