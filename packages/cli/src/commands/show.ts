import { incompleteText, type LiveTable } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { InterfaceNames, lineText, openPart, partOf, type TableModule } from '@rtnl/tables'
import { type FilterOptions, followFilter } from '../filter-options.ts'
import { requireMpls } from '../mpls.ts'
import { jsonText, printable } from '../output/printable.ts'
import { chunkSize, type StandardOutput } from '../output/standard-output.ts'

export interface ShowOptions {
  readonly json: boolean
  readonly netns: string | undefined
  readonly filter: FilterOptions
}

/** Prints a table once. */
export async function show(
  module: TableModule<unknown>,
  { json, netns, filter }: ShowOptions,
  output: StandardOutput,
): Promise<void> {
  if (filter.family === 'mpls') requireMpls()
  await using notifier = await Notifier.open({ netns })
  // A live table knows which entries belong to it, so that `show` prints what `watch` folds to. Changes after the dump do
  // not matter here, so no other tables are opened for them. The links are the same table as that of their names.
  const { definition, shows } = partOf(module, await followFilter(filter, [module], notifier))
  const alone = definition.triggers?.some((trigger) => 'depends' in trigger)
    ? { ...definition, triggers: [] }
    : definition
  await using table = await openPart({ definition: alone, shows }, { notifier })
  await printTable(module, table, json ? undefined : await InterfaceNames.follow(notifier), output)
}

/**
 * Prints what a table holds.
 * @param names for text; `undefined`: as JSON
 */
export async function printTable(
  module: TableModule<unknown>,
  table: LiveTable<unknown>,
  names: InterfaceNames | undefined,
  output: StandardOutput,
): Promise<void> {
  const json = names === undefined
  const line = (entry: unknown): string =>
    names === undefined ? jsonText(entry) : printable(lineText(module, entry, names))

  let text = json ? '[' : ''
  let first = true
  for (const entry of module.inOrder?.(table) ?? table) {
    text += first || !json ? line(entry) : `,\n${line(entry)}`
    if (!json) text += '\n'
    first = false
    if (text.length < chunkSize) continue
    await output.write(text)
    text = ''
  }
  await output.write(json ? `${text}]\n` : text)
  if (table.incomplete.length > 0) throw new Error(`${module.name}: incomplete: ${incompleteText(table.incomplete)}`)
}
