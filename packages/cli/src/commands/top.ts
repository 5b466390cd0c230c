import process from 'node:process'
import { Notifier } from '@rtnl/notifier'
import { InterfaceNames, TableActivity, type TableModule, UsageError } from '@rtnl/tables'
import type { FilterOptions } from '../filter-options.ts'
import { followTables } from '../follow-tables.ts'
import { isColorful, isUtf8, paints } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'
import { runTop } from '../top/run-top.ts'
import { Look } from '../top/screens/look.ts'
import { TopApp } from '../top/top-app.ts'

export interface TopOptions {
  readonly netns: string | undefined
  readonly filter: FilterOptions
}

/**
 * Shows on the whole screen what tables hold and how they change, until a key or a signal ends it.
 * @throws {UsageError} there is no terminal, or one that can only print line by line
 */
export async function top(
  modules: readonly TableModule<unknown>[],
  { netns, filter }: TopOptions,
  output: StandardOutput,
): Promise<void> {
  requireTerminal()
  // It takes long to load.
  const { frame } = await import('../top/view/frame.ts')
  await untilStopped(output, async (stop) => {
    await using notifier = await Notifier.open({ netns })
    const names = await InterfaceNames.follow(notifier)
    const tables = await followTables(modules, filter, notifier, stop)
    const followed = modules.map((module, place) => ({ module, table: tables[place]! }))
    const model = new TableActivity(followed, () => notifier.connection.stats())
    const look = new Look(names, paints(isColorful(output.stdout)), isUtf8(process.env))
    const app = new TopApp(followed, model, { netns, startedAt: Date.now() }, look)
    await runTop(app, tables, model, (screen, size) => frame(screen, size, look.isUtf8), output, stop)
  })
}

function requireTerminal(): void {
  if (process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb') return
  throw new UsageError('top needs a terminal that it can draw on; `rtnl watch` writes changes line by line')
}
