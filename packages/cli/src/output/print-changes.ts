import type { ChangeBatch } from '@rtnl/live-table'
import { jsonLines } from './json-lines.ts'
import type { StandardOutput } from './standard-output.ts'
import { type LineModule, type TextStyle, textLines } from './text-lines.ts'

/**
 * Prints batches of changes until they end.
 * @param style how they are written for people; `undefined`: as JSON
 */
export async function printChanges(
  batches: AsyncIterable<ChangeBatch<unknown>>,
  modules: readonly LineModule[],
  style: TextStyle | undefined,
  output: StandardOutput,
  stop: AbortSignal,
): Promise<void> {
  const byName = new Map(modules.map((module) => [module.name, module]))
  for await (const batch of batches) {
    const module = byName.get(batch.table)
    const text = module === undefined || style === undefined ? jsonLines(batch) : textLines(batch, module, style)
    await output.write(text, stop)
  }
}
