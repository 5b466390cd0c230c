import { DecodeError, type MessageCursor } from '@rtnl/netlink-core'
import type { TableRows } from './table-rows.ts'

/**
 * Takes the row of a message of a dump into `rows.scratch`.
 * @returns the words of the row behind the key; -1 if it is no entry of the table, or malformed, which is told
 */
export function takeDumpedRow<Entry>(
  rows: TableRows<Entry>,
  cursor: MessageCursor,
  malformed: (error: DecodeError) => void,
): number {
  const { types, accept } = rows.definition
  if (cursor.type !== types.new || accept?.(cursor) === false) return -1
  try {
    return rows.take(cursor)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    malformed(error)
    return -1
  }
}
