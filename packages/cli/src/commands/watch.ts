import { changesOf } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { InterfaceNames, type TableModule } from '@rtnl/tables'
import { type ChangeChoice, chosenChanges, firstChanges } from '../chosen-changes.ts'
import type { FilterOptions } from '../filter-options.ts'
import { followTables } from '../follow-tables.ts'
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
    output,
    async (stop) => {
      await using notifier = await Notifier.open({ netns })
      const printer =
        style === undefined ? jsonPrinter : linePrinter(style, await InterfaceNames.follow(notifier), output)
      const tables = await followTables(modules, filter, notifier, stop)
      const chosen = chosenChanges(changesOf(tables, { signal: stop }), choice)
      await printChanges(firstChanges(chosen, count), modules, printer, output, stop)
    },
    milliseconds,
  )
}
