import type { MessageCursor } from '@rtnl/netlink-core'
import type { TableDefinition } from '../definition.ts'
import { checkHeader } from '../message-header.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'

/**
 * Reads the row of a message of a dump into `row`.
 * @returns whether it is an entry of the table. A malformed message is none; the function reports it to `rows.malformed`
 */
export function takeDumpedRow<Entry>(rows: TableRows<Entry>, cursor: MessageCursor, row: Row): boolean {
  try {
    return isOfTable(rows.definition, cursor) && rows.take(cursor, row)
  } catch (error) {
    rows.malformed(error)
    return false
  }
}

/**
 * Like `takeDumpedRow`, for a message that may hold many entries (`TableDefinition.entries`): reads each into `row` and
 * yields it if the entry belongs to the table.
 */
export function* takeDumpedRows<Entry>(
  rows: TableRows<Entry>,
  cursor: MessageCursor,
  row: Row,
): Generator<Row, void, undefined> {
  const { definition } = rows
  try {
    if (!isOfTable(definition, cursor)) return
    for (const entry of definition.entries?.(cursor) ?? []) if (rows.takeEntry(entry, row)) yield row
  } catch (error) {
    rows.malformed(error)
  }
}

function isOfTable<Entry>(definition: TableDefinition<Entry>, cursor: MessageCursor): boolean {
  const { types, accept, filter } = definition
  if (cursor.type !== types.new && cursor.type !== types.dumped) return false
  checkHeader(definition, cursor)
  return accept?.(cursor) !== false && filter?.(cursor) !== false
}
