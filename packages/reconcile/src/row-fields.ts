import type { EntryRows, RowSelection } from '@rtnl/live-table/internal'

/** Whether some row has one of some fields. */
export function someHaveField<Entry>(fields: RowSelection<Entry> | undefined, rows: EntryRows<Entry>): boolean {
  if (fields === undefined) return false
  const { store } = rows
  for (let id = 0; id < store.idLimit; id++) if (store.has(id) && hasField(fields, rows, id)) return true
  return false
}

/** Whether a row has one of some fields. */
export function hasField<Entry>(
  fields: RowSelection<Entry> | undefined,
  { store }: EntryRows<Entry>,
  id: number,
): boolean {
  return fields?.isMet(store.words(id), store.start(id), store.count(id)) ?? false
}
