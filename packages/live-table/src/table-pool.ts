import type { Notifier } from '@rtnl/notifier'
import type { TableDefinition, TableLease } from './definition.ts'
import type { LiveTable } from './live-table.ts'

interface Shared {
  readonly table: Promise<LiveTable<unknown>>
  users: number
}

type Open = (definition: TableDefinition<unknown>, notifier: Notifier) => Promise<LiveTable<unknown>>

/** The tables that are shared by all users of a notifier: one for each definition, counted by its users. */
export class TablePool {
  readonly #open: Open
  readonly #shared = new WeakMap<Notifier, Map<TableDefinition<unknown>, Shared>>()

  constructor(open: Open) {
    this.#open = open
  }

  /** @throws what opening the table throws */
  async acquire(notifier: Notifier, definition: TableDefinition<unknown>): Promise<TableLease<LiveTable<unknown>>> {
    const tables = this.#tablesOf(notifier)
    const shared = tables.get(definition) ?? { table: this.#open(definition, notifier), users: 0 }
    tables.set(definition, shared)
    shared.users++
    const release = (): void => {
      if (--shared.users > 0) return
      tables.delete(definition)
      shared.table.then(
        (opened) => opened.close(),
        () => {},
      )
    }
    try {
      return { table: await shared.table, release }
    } catch (error) {
      release()
      throw error
    }
  }

  #tablesOf(notifier: Notifier): Map<TableDefinition<unknown>, Shared> {
    let tables = this.#shared.get(notifier)
    if (tables === undefined) {
      tables = new Map()
      this.#shared.set(notifier, tables)
    }
    return tables
  }
}
