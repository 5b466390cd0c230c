import type { LiveTable } from '@rtnl/live-table'
import type { Notifier } from '@rtnl/notifier'
import { openPart, partOf, type TableModule } from '@rtnl/tables'
import { type FilterOptions, followFilter } from './filter-options.ts'

/**
 * Opens the parts of tables that match a filter. They go on matching it when another interface comes to have the name in it.
 * @throws {Error} there is no such interface
 */
export async function followTables(
  modules: readonly TableModule<unknown>[],
  filter: FilterOptions,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<readonly LiveTable<unknown>[]> {
  const wanted = await followFilter(filter, modules, notifier)
  const tables: LiveTable<unknown>[] = []
  const reselect = reselecting(tables)
  for (const module of modules) tables.push(await openPart(partOf(module, wanted), { notifier, signal }))
  wanted.device?.observe(reselect)
  // Another interface may have come to have the name while the tables were read.
  if (wanted.device !== undefined) reselect()
  return tables
}

/**
 * Has tables ask again which entries they show, and once more if that is called for meanwhile: very many nexthops may
 * change at once.
 */
function reselecting(tables: readonly LiveTable<unknown>[]): () => void {
  let running = false
  let again = false
  const run = async (): Promise<void> => {
    again = true
    if (running) return
    running = true
    while (again) {
      again = false
      await Promise.all(tables.map((table) => table.reselect()))
    }
    running = false
  }
  // An error ends the table, and its stream of changes throws the error.
  return () => void run().catch(() => {})
}
