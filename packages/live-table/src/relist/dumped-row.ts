import type { MessageCursor } from '@rtnl/netlink-core'
import type { TableRows } from '../store/table-rows.ts'

/**
 * Takes the row of a message of a dump into `rows.scratch`.
 * @returns the words of the row behind the key; -1 if it is no entry of the table, or malformed, which is told
 */
export function takeDumpedRow<Entry>(rows: TableRows<Entry>, cursor: MessageCursor): number {
  const { types, accept } = rows.definition
  if (cursor.type !== types.new) return -1
  try {
    return accept?.(cursor) === false ? -1 : rows.take(cursor)
  } catch (error) {
    rows.malformed(error)
    return -1
  }
}
