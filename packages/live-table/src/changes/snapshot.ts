import { TimeSlice } from '@rtnl/netlink-core'
import type { ChangeSubscriber, ReadableRows } from '../store/table-rows.ts'

/**
 * Returns all entries of a table as they are when the call resolves. The event loop runs meanwhile; an entry that changes
 * after it was copied is corrected.
 */
export async function snapshotOf<Entry>(rows: ReadableRows<Entry>): Promise<Entry[]> {
  const entries: (Entry | undefined)[] = []
  const subscriber: ChangeSubscriber = {
    changed(_rows, id, _cause, change) {
      if (id < entries.length) entries[id] = change.kind === 'removed' ? undefined : (change.entry as Entry)
    },
  }
  rows.subscribers.add(subscriber)
  try {
    const slice = new TimeSlice()
    while (entries.length < rows.store.idLimit) {
      const id = entries.length
      entries.push(rows.store.has(id) ? rows.shown(id) : undefined)
      if (slice.over()) await slice.next()
    }
  } finally {
    rows.subscribers.delete(subscriber)
  }
  return entries.filter((entry) => entry !== undefined)
}
