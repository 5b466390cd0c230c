import type { TimeSlice } from '@rtnl/netlink-core'
import type { Scope } from '../definition.ts'
import type { TableRows } from '../store/table-rows.ts'

/** Calls `gone` for every row of some parts of a table that has no mark: nobody spoke of it during a reading. */
export async function sweep<Entry>(
  rows: TableRows<Entry>,
  scopes: readonly Scope<Entry>[],
  slice: TimeSlice,
  gone: (id: number) => void,
): Promise<void> {
  const { store } = rows
  for (let id = 0; id < store.idLimit; id++) {
    if (store.has(id) && store.mark(id) === 0 && scopes.some((scope) => covers(rows, scope, id))) gone(id)
    if (slice.over()) await slice.next()
  }
}

/** Whether a row belongs to a part of the table. */
export function covers<Entry>(rows: TableRows<Entry>, scope: Scope<Entry>, id: number): boolean {
  if (scope.coversRow !== undefined) return scope.coversRow(rows.store.bytes(id))
  return scope.covers === undefined || scope.covers(rows.entry(id))
}

/** The same of a row that was just read: its key, then its words. */
export function coversWords<Entry>(rows: TableRows<Entry>, scope: Scope<Entry>, row: Int32Array): boolean {
  const view = new DataView(row.buffer, row.byteOffset, row.byteLength)
  const start = rows.keyWords * 4
  if (scope.coversRow !== undefined) return scope.coversRow({ view, start, end: row.byteLength })
  return scope.covers === undefined || scope.covers(rows.definition.message.decode(view, start, row.byteLength))
}
