import type { Notifier } from '@rtnl/notifier'
import type { TableDefinition } from './definition.ts'
import { type LiveTable, openTable } from './live-table.ts'

/** The use of a table that others use too. */
export interface TableLease {
  readonly table: LiveTable<unknown>
  /** Ends the use; the table is closed with the last one. */
  release(): void
}

interface Shared {
  readonly table: Promise<LiveTable<unknown>>
  users: number
}

const sharedByNotifier = new WeakMap<Notifier, Map<TableDefinition<unknown>, Shared>>()

/** The one table of a definition that all tables of a notifier which depend on it share. */
export async function acquireTable(notifier: Notifier, definition: TableDefinition<unknown>): Promise<TableLease> {
  let tables = sharedByNotifier.get(notifier)
  if (tables === undefined) {
    tables = new Map()
    sharedByNotifier.set(notifier, tables)
  }
  let shared = tables.get(definition)
  if (shared === undefined) {
    shared = { table: openTable(definition, { notifier }), users: 0 }
    tables.set(definition, shared)
  }
  const { table } = shared
  const held = shared
  held.users++
  const release = (): void => {
    if (--held.users > 0) return
    tables.delete(definition)
    table.then(
      (opened) => opened.close(),
      () => {},
    )
  }
  try {
    return { table: await table, release }
  } catch (error) {
    release()
    throw error
  }
}
