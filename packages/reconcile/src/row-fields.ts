import type { EntryRows, RowSelection } from '@rtnl/live-table'

/** Whether a row has one of some fields. */
export function hasField<Entry>(
  fields: RowSelection<Entry> | undefined,
  { store }: EntryRows<Entry>,
  id: number,
): boolean {
  return fields?.isMet(store.words(id), store.start(id), store.count(id)) ?? false
}
