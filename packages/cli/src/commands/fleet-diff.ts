import { type DesiredSet, parseDesired } from '@rtnl/agent'
import { DesiredState, Fleet, type FleetNode, fits } from '@rtnl/fleet'
import type { Link } from '@rtnl/link'
import { unresolvedInterface } from '@rtnl/reconcile/declarations'
import { type Plan, plan } from '@rtnl/reconcile/internal'
import { markedPlaces } from '@rtnl/tables'
import { interfaceTable } from '../fleet/fleet-names.ts'
import { type ServerChoice, serverOptions } from '../fleet/server-options.ts'
import { count } from '../output/count.ts'
import { jsonText } from '../output/printable.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { readChecked } from './fleet-desired.ts'

interface Compared {
  /** A set of the fleet; `undefined`: a file. */
  readonly name: string | undefined
  readonly file: string | undefined
  /** `undefined`: those of the set. */
  readonly nodes: readonly string[] | undefined
}

/** Where a part of what is desired goes. */
interface Target {
  readonly node: string
  readonly netns: string
  readonly set: DesiredSet
}

/** Prints what is to be done so that the tables of nodes hold what is desired. @throws {Error} there is no such set */
export async function printDifference(
  compared: Compared,
  connection: ServerChoice,
  json: boolean,
  output: StandardOutput,
): Promise<void> {
  const server = await serverOptions(connection)
  const { text, nodes } = await desiredOf(compared, server)
  const sets = text === undefined ? [] : parseDesired(compared.file ?? compared.name ?? '', text)
  await using fleet = await Fleet.open({
    ...server,
    tables: [...new Set([interfaceTable, ...sets.map(({ table }) => table.name)])],
  })
  const chosen = [...fleet.nodes].filter(({ node }) => fits(nodes, node)).sort((a, b) => (a.node < b.node ? -1 : 1))
  const targets = chosen.flatMap((node) => sets.flatMap((set) => targetsOf(node, set)))
  const shown: object[] = []
  for (const target of targets) {
    const { node, netns, set } = target
    const place = `${node}${netns === '' ? '' : ` ${netns}`} ${set.table.name}`
    const planned = planAt(fleet, target)
    if (typeof planned === 'string') {
      if (json) shown.push({ node, netns, table: set.table.name, error: planned })
      else await output.write(`${place}: ${planned}\n`)
      continue
    }
    const { add, replace, remove, unchanged, conflicts } = planned
    if (json) {
      const replaced = replace.map(({ old, entry }) => ({ old, entry }))
      const numbers = { unchanged: unchanged.length, conflicts: conflicts.length }
      shown.push({ node, netns, table: set.table.name, add, replace: replaced, remove, ...numbers })
    } else {
      const numbers = [add, replace, remove, unchanged].map(({ length }) => count(length))
      const others = conflicts.length === 0 ? '' : `, ${count(conflicts.length)} in the place of others' entries`
      await output.write(
        `${place}: ${numbers[0]} to add, ${numbers[1]} to replace, ${numbers[2]} to remove, ${numbers[3]} as they should be${others}\n`,
      )
    }
  }
  if (json) await output.write(`${jsonText(shown)}\n`)
}

async function desiredOf(
  { name, file, nodes }: Compared,
  server: Parameters<typeof DesiredState.open>[0],
): Promise<{ readonly text: string | undefined; readonly nodes: readonly string[] }> {
  if (file !== undefined) return { text: await readChecked(file), nodes: nodes ?? [] }
  await using state = await DesiredState.open(server)
  const set = (await state.sets()).find((each) => each.name === name)
  if (set === undefined) throw new Error(`${name}: there is no such set`)
  const [newest] = set.versions
  return { text: newest.text, nodes: nodes ?? newest.nodes }
}

/** The namespaces of a node that a set is for, as far as the node publishes them. */
function targetsOf({ node, tables }: FleetNode, set: DesiredSet): Target[] {
  const { namespaces } = set
  const published = [...new Set(tables.map(({ netns }) => netns))]
  const chosen = namespaces === undefined ? [''] : published.filter((netns) => netns !== '' && fits(namespaces, netns))
  return chosen.sort().map((netns) => ({ node, netns, set }))
}

/** @returns a text if nothing can be said */
function planAt(fleet: Fleet, { node, netns, set }: Target): Plan<unknown> | string {
  const { table, owner } = set
  const isPublished = fleet.nodes
    .get({ node })
    ?.tables.some((each) => each.netns === netns && each.table === table.name)
  if (isPublished !== true) return `the node does not publish this table`
  const rowsOf = (name: string): unknown[] =>
    [...fleet.table(name)].flatMap(({ node: ofNode, netns: inNetns, ...entry }) =>
      ofNode === node && inNetns === netns ? [entry] : [],
    )
  const links = new Map(
    (rowsOf(interfaceTable) as Link[]).flatMap((link) =>
      [link.ifname ?? '', ...(link.altnames ?? [])].map((name) => [name, link] as const),
    ),
  )
  const link = owner.dev === undefined ? undefined : links.get(owner.dev)
  if (owner.dev !== undefined && link === undefined) return `there is no interface ${owner.dev}`
  const [{ rules, entries }] = markedPlaces(table, owner, set.entries, link)
  const context = { ifindex: (name: string) => links.get(name)?.ifindex ?? unresolvedInterface }
  const wanted = entries.map((entry) => rules.normalize(entry, context) as object)
  const planned = plan(rules, wanted, rowsOf(rules.definition.name))
  return owner.additive === true ? { ...planned, remove: [] } : planned
}
