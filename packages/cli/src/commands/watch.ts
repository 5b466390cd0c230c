import { changesOf, type LiveTable } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { type FilterOptions, followFilter } from '../filter-options.ts'
import { jsonLines } from '../output/json-lines.ts'
import type { Paint } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { textLines } from '../output/text-lines.ts'
import { stopSignal } from '../stop-signal.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import { openPart, type TableModule } from '../tables/table-module.ts'

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
  const stop = stopSignal(output.broken)
  const byName = new Map(modules.map((module) => [module.name, module]))
  try {
    await using notifier = await Notifier.open({ netns })
    const names = json ? undefined : await InterfaceNames.follow(notifier)
    const wanted = await followFilter(filter, modules, notifier)
    const tables: LiveTable<unknown>[] = []
    const reselect = reselecting(tables)
    for (const module of modules) tables.push(await openPart(module.part(wanted), { notifier, signal: stop }))
    wanted.device?.observe(reselect)
    // Another interface may have come to have the name while the tables were read.
    if (wanted.device !== undefined) reselect()
    for await (const batch of changesOf(tables, { signal: stop })) {
      const module = byName.get(batch.table)
      const style = names && { names, paint }
      const text = module === undefined || style === undefined ? jsonLines(batch) : textLines(batch, module, style)
      await output.write(text, stop)
    }
  } catch (error) {
    if (!stop.aborted) throw error
  }
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
