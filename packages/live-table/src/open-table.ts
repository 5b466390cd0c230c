import type { ConnectionOptions } from '@rtnl/netlink-core'
import { unlessAborted } from '@rtnl/netlink-core/internal'
import { Notifier } from '@rtnl/notifier'
import type { TableDefinition } from './definition.ts'
import { type AnyTable, LiveTable, startTable, type TablePlace } from './live-table.ts'
import { acquireReflector } from './table-pool.ts'

/** How a table is opened. */
export interface LiveTableOptions extends ConnectionOptions {
  /** A notifier to share; without it the table has one of its own, made from the other options. */
  readonly notifier?: Notifier | undefined
  /** Ends the opening. An open table is ended by `close`. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a table; resolves once it shows everything that happened in the kernel before the call. On a notifier all tables that
 * are opened by the same definition share their rows.
 * @throws {NetlinkError} no such namespace, no permission, or the kernel does not have the table
 * @throws {UnsupportedError} this system has no netlink
 */
export function openTable<Entry>(
  definition: TableDefinition<Entry>,
  options: LiveTableOptions = {},
): Promise<LiveTable<Entry>> {
  return openTableAs(definition, (place) => new LiveTable(place), options)
}

/** As `openTable`, for a class of its own that extends `LiveTable`. @param make constructs it, once the table is read */
export async function openTableAs<Entry, Table extends AnyTable>(
  definition: TableDefinition<Entry>,
  make: (place: TablePlace<Entry>) => Table,
  options: LiveTableOptions = {},
): Promise<Table> {
  const { signal } = options
  signal?.throwIfAborted()
  const owned = options.notifier === undefined
  const notifier = options.notifier ?? (await Notifier.open(options))
  const undo = owned ? [() => notifier.close()] : []
  try {
    // Aborted while the notifier was opened.
    signal?.throwIfAborted()
    const lease = await acquireReflector(definition, notifier, openDependency, signal)
    undo.push(lease.release)
    const table = make({ definition, notifier, owned, ...lease })
    undo.push(() => table.close())
    await unlessAborted(table[startTable](), signal)
    return table
  } catch (error) {
    for (const step of undo.reverse()) step()
    throw error
  }

  function openDependency(other: TableDefinition<unknown>, closing: AbortSignal): Promise<LiveTable<unknown>> {
    return openTable(other, { notifier, signal: closing })
  }
}
