import { changesOf, type LiveTable } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { InterfaceNames, openPart, partOf, type TableModule } from '@rtnl/tables'
import { type ChangeChoice, chosenChanges, firstChanges } from '../chosen-changes.ts'
import { type FilterOptions, followFilter } from '../filter-options.ts'
import { type LineStyle, linePrinter } from '../output/line-printer.ts'
import { jsonPrinter, printChanges } from '../output/print-changes.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'

export interface WatchOptions {
  /** How changes are written for people; `undefined`: as JSON. */
  readonly style: LineStyle | undefined
  readonly netns: string | undefined
  readonly filter: FilterOptions
  readonly choice: ChangeChoice
  /** How many changes are printed, beside what the tables hold at first. Default: all. */
  readonly count?: number | undefined
  /** How long changes are printed, in milliseconds. Default: without end. */
  readonly for?: number | undefined
}

/**
 * Prints what the tables hold, then every change in the order in which it happened, until a signal or the end of the
 * output, or as much as was asked for. While the reader of the output does not read, changes are received and merged, and none is lost.
 */
export async function watch(
  modules: readonly TableModule<unknown>[],
  { style, netns, filter, choice, count = Number.POSITIVE_INFINITY, for: milliseconds }: WatchOptions,
  output: StandardOutput,
): Promise<void> {
  await untilStopped(
    output.broken,
    async (stop) => {
      await using notifier = await Notifier.open({ netns })
      const printer =
        style === undefined ? jsonPrinter : linePrinter(style, await InterfaceNames.follow(notifier), output)
      const wanted = await followFilter(filter, modules, notifier)
      const tables: LiveTable<unknown>[] = []
      const reselect = reselecting(tables)
      for (const module of modules) tables.push(await openPart(partOf(module, wanted), { notifier, signal: stop }))
      wanted.device?.observe(reselect)
      // Another interface may have come to have the name while the tables were read.
      if (wanted.device !== undefined) reselect()
      const chosen = chosenChanges(changesOf(tables, { signal: stop }), choice)
      await printChanges(firstChanges(chosen, count), modules, printer, output, stop)
    },
    milliseconds,
  )
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
