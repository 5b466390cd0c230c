import type { ConnectionOptions } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import type { TableDefinition, TableLease } from './definition.ts'
import { type AnyTable, LiveTable, startTable, type TablePlace } from './live-table.ts'
import { TablePool } from './table-pool.ts'

export interface LiveTableOptions extends ConnectionOptions {
  /** A notifier to share; without it the table has one of its own, made from the other options. */
  readonly notifier?: Notifier | undefined
  /** Ends the opening. An open table is ended by `close`. */
  readonly signal?: AbortSignal | undefined
}

const pool = new TablePool((definition, notifier) => openTable(definition, { notifier }))

/**
 * The one table of a definition that all users of a notifier share. It is opened for the first and closed with the last.
 * @throws as `openTable`
 */
export function acquireTable(
  notifier: Notifier,
  definition: TableDefinition<unknown>,
): Promise<TableLease<LiveTable<unknown>>> {
  return pool.acquire(notifier, definition)
}

/**
 * Opens a table; resolves once it is read.
 * @throws {NetlinkError} no such namespace, no permission, or the kernel does not have the table
 * @throws {UnsupportedError} this system has no netlink
 */
export function openTable<Entry>(
  definition: TableDefinition<Entry>,
  options: LiveTableOptions = {},
): Promise<LiveTable<Entry>> {
  return openTableAs((place) => new LiveTable(definition, place), options)
}

/** As `openTable`, for a class of its own that extends `LiveTable`. */
export async function openTableAs<Table extends AnyTable>(
  make: (place: TablePlace) => Table,
  options: LiveTableOptions = {},
): Promise<Table> {
  const { signal } = options
  signal?.throwIfAborted()
  const owned = options.notifier === undefined
  const notifier = options.notifier ?? (await Notifier.open(options))
  const table = make({ notifier, owned, acquire: (definition) => pool.acquire(notifier, definition) })
  const abort = (): void => table.close()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    // Aborted while the notifier was opened.
    signal?.throwIfAborted()
    await table[startTable]()
    return table
  } catch (error) {
    table.close()
    throw signal?.aborted === true ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
