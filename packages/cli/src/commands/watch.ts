import { changesOf, Notifier, openTable } from '@rtnl/notifier'
import { jsonLines } from '../output/json-lines.ts'
import type { Paint } from '../output/paint.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { textLines } from '../output/text-lines.ts'
import { stopSignal } from '../stop-signal.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import type { TableModule } from '../tables/table-module.ts'

export interface WatchOptions {
  readonly json: boolean
  readonly netns: string | undefined
  readonly paint: Paint
}

/**
 * Prints what the tables hold, then every change in the order in which it happened, until a signal or the end of the
 * output. While the reader of the output does not read, changes are received and merged, and none is lost.
 */
export async function watch(
  modules: readonly TableModule<unknown>[],
  { json, netns, paint }: WatchOptions,
  output: StandardOutput,
): Promise<void> {
  const stop = stopSignal(output.broken)
  const byName = new Map(modules.map((module) => [module.definition.name, module]))
  try {
    await using notifier = await Notifier.open({ netns })
    const names = json ? undefined : await InterfaceNames.follow(notifier)
    const tables = []
    for (const { definition } of modules) tables.push(await openTable(definition, { notifier, signal: stop }))
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
