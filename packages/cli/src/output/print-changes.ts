import type { ChangeBatch } from '@rtnl/live-table'
import { TimeSlice } from '@rtnl/netlink-core'
import type { LineModule } from '@rtnl/tables'
import { jsonLines } from './json-lines.ts'
import { chunkSize, type StandardOutput } from './standard-output.ts'

/** Writes batches of changes. */
export interface ChangePrinter {
  /** The texts of a batch of a table, whole lines. There may be nothing to write yet. */
  texts(batch: ChangeBatch<unknown>, module: LineModule): Iterable<string>
  /** What is written at the end. */
  end(): string
}

/** One JSON object a line. */
export const jsonPrinter: ChangePrinter = {
  texts: (batch) => [jsonLines(batch)],
  end: () => '',
}

/** Prints batches of changes until they end. */
export async function printChanges(
  batches: AsyncIterable<ChangeBatch<unknown>>,
  modules: readonly LineModule[],
  printer: ChangePrinter,
  output: StandardOutput,
  stop: AbortSignal,
): Promise<void> {
  const slice = new TimeSlice(1)
  const byName = new Map(modules.map((module) => [module.name, module]))
  try {
    for await (const batch of batches) {
      const module = byName.get(batch.table)
      if (module === undefined) continue
      let gathered = ''
      for (const text of printer.texts(batch, module)) {
        gathered += text
        if (gathered.length < chunkSize) continue
        await output.write(gathered, stop)
        gathered = ''
        // A terminal takes what is written at once, so that a signal would wait for the end of a large batch.
        if (slice.over()) await slice.next()
      }
      await output.write(gathered, stop)
    }
  } finally {
    output.print(printer.end())
  }
}
