import { changesOf, type LiveTable } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { type FilterOptions, followFilter } from '../filter-options.ts'
import type { Paint } from '../output/paint.ts'
import { printChanges } from '../output/print-changes.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import { openPart, partOf, type TableModule } from '../tables/table-module.ts'

export interface WatchOptions {
  readonly json: boolean
  readonly netns: string | undefined
  readonly filter: FilterOptions
  readonly paint: Paint
}

/**
 * Prints what the tables hold, then every change in the order in which it happened, until a signal or the end of the
 * output. While the reader of the output does not read, changes are received and merged, and none is lost.
 */
export async function watch(
  modules: readonly TableModule<unknown>[],
  { json, netns, filter, paint }: WatchOptions,
  output: StandardOutput,
): Promise<void> {
  await untilStopped(output.broken, async (stop) => {
    await using notifier = await Notifier.open({ netns })
    const names = json ? undefined : await InterfaceNames.follow(notifier)
    const wanted = await followFilter(filter, modules, notifier)
    const tables: LiveTable<unknown>[] = []
    const reselect = reselecting(tables)
    for (const module of modules) tables.push(await openPart(partOf(module, wanted), { notifier, signal: stop }))
    wanted.device?.observe(reselect)
    // Another interface may have come to have the name while the tables were read.
    if (wanted.device !== undefined) reselect()
    await printChanges(changesOf(tables, { signal: stop }), modules, names && { names, paint }, output, stop)
  })
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
