import { Fleet, type FleetEntry, type FleetNode } from '@rtnl/fleet'
import { changesOf, incompleteText } from '@rtnl/live-table'
import { InterfaceNames, type LineModule, type TableModule } from '@rtnl/tables'
import { type ChangeChoice, chosenChanges, firstChanges } from '../chosen-changes.ts'
import { chosenEntries, type FleetChoice, isChosen, tablesFor } from '../fleet/chosen-entries.ts'
import { FleetNames, placeOf } from '../fleet/fleet-names.ts'
import { type ServerChoice, serverOptions } from '../fleet/server-options.ts'
import { duration } from '../output/duration.ts'
import { type LineStyle, linePrinter } from '../output/line-printer.ts'
import type { Paint } from '../output/paint.ts'
import { jsonPrinter, printChanges } from '../output/print-changes.ts'
import { jsonText, printable } from '../output/printable.ts'
import { chunkSize, type StandardOutput } from '../output/standard-output.ts'
import { untilStopped } from '../stop-signal.ts'

/** What of a fleet is watched, and how. */
export interface FleetWatch {
  readonly style: LineStyle | undefined
  readonly choice: FleetChoice
  readonly changes: ChangeChoice
  /** How many changes are printed, beside what the tables hold at first. Default: all. */
  readonly count?: number | undefined
  /** Milliseconds. Default: without end. */
  readonly for?: number | undefined
}

/** Prints the nodes of a fleet. */
export async function fleetNodes(
  server: ServerChoice,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
  output: StandardOutput,
): Promise<void> {
  await using fleet = await openFleet(server, [])
  const nodes = [...fleet.nodes].sort((one, other) => (one.node < other.node ? -1 : 1))
  if (json) return await output.write(`[${nodes.map((node) => jsonText(node)).join(',\n')}]\n`)
  const colour = { live: 'added', stale: 'changed', gone: 'removed' } as const
  for (const node of nodes) {
    const [name = '', state = '', ...words] = nodeWords(node)
    const line = [
      paint.strong(name),
      paint[colour[node.state]](state),
      `heard ${duration(node.age / 1000)} ago`,
      ...words,
    ]
    await output.write(`${line.join(' ')}\n`)
  }
}

/** Prints a table of all nodes once. */
export async function fleetShow(
  module: TableModule<unknown>,
  server: ServerChoice,
  { json, choice }: { readonly json: boolean; readonly choice: FleetChoice },
  output: StandardOutput,
): Promise<void> {
  await using fleet = await openFleet(server, tablesFor([module], choice.filter))
  const names = new FleetNames(fleet)
  const isMeant = isChosen(module, choice, names)
  const line = lineModule(module, names)
  const entries = [...fleet.table(module.name)].filter(isMeant)
  // Within a namespace they stay in the order in which the node has them.
  entries.sort((one, other) => order(one.node, other.node) || order(one.netns, other.netns))
  let text = json ? '[' : ''
  for (const [at, entry] of entries.entries()) {
    text += json ? `${at === 0 ? '' : ',\n'}${jsonText(entry)}` : `${printable(line.words(entry, noNames).join(' '))}\n`
    if (text.length < chunkSize) continue
    await output.write(text)
    text = ''
  }
  await output.write(json ? `${text}]\n` : text)
  tellSilent(fleet, choice, output)
  const { incomplete } = fleet.table(module.name)
  if (incomplete.length > 0) throw new Error(`${module.name}: incomplete: ${incompleteText(incomplete)}`)
}

/** Prints what tables of all nodes hold, then every change, until a signal or the end of the output, or as much as was asked for. */
export async function fleetWatch(
  modules: readonly TableModule<unknown>[],
  server: ServerChoice,
  { style, choice, changes, count = Number.POSITIVE_INFINITY, for: milliseconds }: FleetWatch,
  output: StandardOutput,
): Promise<void> {
  await untilStopped(
    output,
    async (stop) => {
      await using fleet = await openFleet(server, tablesFor(modules, choice.filter), stop)
      const names = new FleetNames(fleet)
      const printer = style === undefined ? jsonPrinter : linePrinter(style, noNames, output)
      const tables = await Promise.all(modules.map((module) => chosenEntries(fleet, module, choice, names, stop)))
      const chosen = chosenChanges(changesOf([fleet.nodes, ...tables], { signal: stop }), changes)
      const lines = [nodeModule, ...modules.map((module) => lineModule(module, names))]
      await printChanges(firstChanges(chosen, count), lines, printer, output, stop)
    },
    milliseconds,
  )
}

/** What is printed of entries comes from the names of their own namespaces. */
const noNames = new InterfaceNames()

/**
 * Reads a fleet.
 * @param tables the names of those that are wanted; `undefined`: all
 * @throws {Error} no server answers, or it has no such fleet, or it refuses
 */
export async function openFleet(
  server: ServerChoice,
  tables: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<Fleet> {
  const options = await serverOptions(server)
  try {
    return await Fleet.open({ ...options, tables, signal })
  } catch (error) {
    const { message } = error as Error
    throw new Error(`${server.server.join(', ')}: ${message}`, { cause: error })
  }
}

/** Says of which nodes the entries are not known to be as they are now. */
function tellSilent(fleet: Fleet, { node: chosen }: FleetChoice, output: StandardOutput): void {
  for (const { node, state, age } of fleet.nodes) {
    if (state === 'live' || (chosen !== undefined && chosen !== node)) continue
    output.complain(
      `rtnl: ${node} is ${state}: heard ${duration(age / 1000)} ago; its entries are those that it had then`,
    )
  }
}

/** The words of a table, with the node before them. */
function lineModule(module: TableModule<unknown>, names: FleetNames): LineModule {
  return {
    name: module.name,
    naming: module.naming,
    words(entry) {
      const { node, netns } = entry as FleetEntry
      const [first = '', ...words] = module.words(entry, names.of(placeOf(entry as FleetEntry)))
      return [`${netns === '' ? node : `${node}/${netns}`} ${first}`, ...words]
    },
  }
}

const nodeModule: LineModule = {
  name: 'node',
  words: (node) => nodeWords(node as FleetNode),
}

function nodeWords({ node, state, about, tables }: FleetNode): string[] {
  const namespaces = new Map<string, string[]>()
  for (const { netns, table } of tables) namespaces.set(netns, [...(namespaces.get(netns) ?? []), table])
  return [
    ...[node, state],
    ...['host', 'kernel', 'pid'].flatMap((name) =>
      about[name] === undefined ? [] : [`${name} ${printable(about[name])}`],
    ),
    ...[...namespaces].map(
      ([netns, published]) => `${netns === '' ? 'publishes' : `in ${netns}`} ${published.join(',')}`,
    ),
  ]
}

function order(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}
