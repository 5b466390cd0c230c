import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { ConfigError, parseDesired } from '@rtnl/agent'
import {
  apply,
  DesiredState,
  Fleet,
  type FleetSet,
  type RolloutResult,
  remove,
  resume,
  type SetReport,
} from '@rtnl/fleet'
import { UsageError } from '@rtnl/tables'
import { type ServerChoice, serverOptions } from '../fleet/server-options.ts'
import { count } from '../output/count.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

interface Wanted {
  /** `undefined`: goes on with what the set has. */
  readonly file: string | undefined
  readonly name: string | undefined
  readonly nodes: readonly string[]
}

interface Waiting {
  readonly maxUnavailable?: number | undefined
  /** Milliseconds. */
  readonly patience?: number | undefined
  readonly json: boolean
}

/**
 * Desires a file on nodes.
 * @returns whether all nodes that are there have it
 * @throws {UsageError} the file is not as it has to be
 */
export async function applySet(
  { file, name, nodes }: Wanted,
  connection: ServerChoice,
  { maxUnavailable, patience, json }: Waiting,
  output: StandardOutput,
): Promise<boolean> {
  const text = file === undefined ? undefined : await readChecked(file)
  const set = name ?? basename(file ?? '', extname(file ?? ''))
  const server = await serverOptions(connection)
  await using state = await DesiredState.open({ ...server, bucket: {} })
  await using fleet = await Fleet.open({ ...server, tables: [] })
  const options = { maxUnavailable, patience, signal: stopSignal(output) }
  const result =
    text === undefined
      ? await resume(state, fleet.nodes, set, options)
      : await apply(state, fleet.nodes, { name: set, nodes, text }, options)
  return await printResult(set, result, json, output)
}

/** @returns whether nothing of it is left on the nodes that are there */
export async function removeSet(
  name: string,
  connection: ServerChoice,
  { patience, json }: Waiting,
  output: StandardOutput,
): Promise<boolean> {
  const server = await serverOptions(connection)
  await using state = await DesiredState.open(server)
  await using fleet = await Fleet.open({ ...server, tables: [] })
  const result = await remove(state, fleet.nodes, name, { patience, signal: stopSignal(output) })
  return await printResult(name, result, json, output)
}

/** Prints all sets, or one. @throws {Error} there is no such set */
export async function printStatus(
  name: string | undefined,
  connection: ServerChoice,
  json: boolean,
  output: StandardOutput,
): Promise<void> {
  await using state = await DesiredState.open(await serverOptions(connection))
  const sets = (await state.sets()).filter((set) => name === undefined || set.name === name)
  if (name !== undefined && sets.length === 0) throw new Error(`${name}: there is no such set`)
  const reports = await state.reports(name)
  const of = ({ name: set }: FleetSet): SetReport[] => reports.filter((report) => report.set === set)
  if (json) {
    const shown = sets.map((set) => ({ ...setJson(set), reports: of(set).map(({ set: _, ...report }) => report) }))
    return await output.write(`${JSON.stringify(shown, undefined, 2)}\n`)
  }
  for (const set of sets) {
    const [{ version, nodes, text, allowed, stopped }] = set.versions
    const rollout = stopped ?? (allowed === '*' ? 'all nodes may have it' : `${allowed.length} nodes may have it`)
    await output.write(
      `${set.name} ${version}: ${text === undefined ? 'to be removed' : nodes.join(' ')}; ${rollout}\n${of(set)
        .map((report) => `  ${report.node}: ${reportText(report)}\n`)
        .join('')}`,
    )
  }
}

/** The text of a file of desired entries. @throws {UsageError} it is not as it has to be */
export async function readChecked(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8')
    parseDesired(file, text)
    return text
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error })
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`--file: ${code === 'ENOENT' ? `there is no file ${file}` : message}`, { cause: error })
  }
}

async function printResult(
  name: string,
  { set, nodes }: RolloutResult,
  json: boolean,
  output: StandardOutput,
): Promise<boolean> {
  const isDone = nodes.every(({ outcome }) => outcome === 'done' || outcome === 'away')
  if (json) {
    const [{ version, stopped } = { version: null, stopped: undefined }] = set?.versions ?? []
    const shown = nodes.map(({ node, outcome, report }) => ({ node, outcome, ...reportJson(report) }))
    await output.write(`${JSON.stringify({ set: name, version, stopped: stopped ?? null, nodes: shown })}\n`)
    return isDone
  }
  const done = nodes.filter(({ outcome }) => outcome === 'done').length
  await output.write(
    set === undefined
      ? `${name} is removed\n`
      : `${name} ${set.versions[0].version}: done on ${count(done)} of ${count(nodes.length)} nodes\n`,
  )
  for (const { node, outcome, report } of nodes) {
    const text = report === undefined ? 'it has said nothing' : reportText(report)
    const after = outcome === 'away' ? '; it catches up when it is there' : ''
    await output.write(`  ${node}: ${outcome === 'done' ? '' : `${outcome}: `}${text}${after}\n`)
  }
  if (set?.versions[0].stopped !== undefined) await output.write(`stopped: ${set.versions[0].stopped}\n`)
  return isDone
}

function setJson({ name, versions }: FleetSet): object {
  const [{ version, nodes, text, allowed, stopped }] = versions
  return { set: name, version, nodes, isRemoved: text === undefined, allowed, stopped: stopped ?? null }
}

function reportJson(report: SetReport | undefined): object {
  if (report === undefined) return {}
  const { node: _node, set: _set, ...rest } = report
  return rest
}

function reportText({ version, isHeldBack, state, desired, causes, conflicts, drift }: SetReport): string {
  return [
    `${state}${isHeldBack ? ', held back' : ''} at ${version}, ${count(desired)} desired`,
    ...(conflicts === 0 ? [] : [`${count(conflicts)} in conflict`]),
    ...(drift.found === 0 ? [] : [`${count(drift.healed)} of ${count(drift.found)} changes by others put right`]),
    ...causes.map((each) => `${each.cause} (${count(each.count)})`),
  ].join('; ')
}
