import { pauseUntil } from '../nats/waits.ts'
import type { FleetNode } from '../reader/nodes.ts'
import type { DesiredState } from './desired-state.ts'
import { type FleetSet, fits, type SetVersion } from './fleet-set.ts'
import type { SetReport } from './set-report.ts'

/** How a version gets to the nodes. */
export interface RolloutOptions {
  /** Nodes that may be without the new version being in their kernels, at a time. Default: all at once. */
  readonly maxUnavailable?: number | undefined
  /** Milliseconds for a node that is there to have the version in its kernel. Default: 30,000. */
  readonly patience?: number | undefined
  /** Ends it; what was begun stays as it is. */
  readonly signal?: AbortSignal | undefined
}

/** How it is with a node. */
export interface NodeOutcome {
  /** The name of the node. */
  readonly node: string
  /**
   * - `done`: the version is in its kernel
   * - `failed`: it is not, and the report says why; or it has not been so in time
   * - `away`: the node is not there. It catches up when it is
   * - `held back`: the rollout has not come to it
   */
  readonly outcome: 'done' | 'failed' | 'away' | 'held back'
  /** What it says; `undefined` if it has said nothing. */
  readonly report: SetReport | undefined
}

/** What became of a version. */
export interface RolloutResult {
  /** The set as it is at the server; `undefined` if it was removed. */
  readonly set: FleetSet | undefined
  /** The nodes that it is for, by their names. */
  readonly nodes: readonly NodeOutcome[]
}

/** Milliseconds between two looks at the reports. */
const interval = 250
const usualPatience = 30_000
/** States in which waiting does not help. */
const hopeless: ReadonlySet<string> = new Set(['failing', 'conflict', 'refused'])

/** The next version of a set, for which no node is allowed yet. */
function nextVersion(before: FleetSet | undefined, nodes: readonly string[], text: string | undefined): SetVersion {
  const count = Number.parseInt(before?.versions[0].version ?? '0', 10) + 1
  const random = crypto.randomUUID().slice(0, 8)
  return { version: `${count}.${random}`, nodes, text, allowed: [] }
}

/**
 * Desires a file of some nodes, and waits until those that are there have it.
 * @param nodes the nodes of the fleet, as a reader of it sees them
 * @throws {ChangedMeanwhileError} somebody else changes the set at the same time @throws the reason of the signal
 */
export async function apply(
  state: DesiredState,
  nodes: Iterable<FleetNode>,
  desired: { readonly name: string; readonly nodes: readonly string[]; readonly text: string },
  options: RolloutOptions = {},
): Promise<RolloutResult> {
  const isPaced = options.maxUnavailable !== undefined
  const set = await state.change(desired.name, (before) => {
    const next = nextVersion(before, desired.nodes, desired.text)
    return isPaced
      ? { name: desired.name, versions: [next, ...(before?.versions ?? [])] }
      : { name: desired.name, versions: [{ ...next, allowed: '*' }] }
  })
  return await rollOut(state, nodes, set, options)
}

/**
 * Goes on with a rollout that was stopped, or whose program has ended.
 * @throws {Error} there is no such set @throws {ChangedMeanwhileError} somebody else does it at the same time
 */
export async function resume(
  state: DesiredState,
  nodes: Iterable<FleetNode>,
  name: string,
  options: RolloutOptions = {},
): Promise<RolloutResult> {
  const set = await state.change(name, (before) => {
    if (before === undefined) throw new Error(`${name}: there is no such set`)
    const [{ nodes: patterns, text, allowed }, ...older] = before.versions
    // Under a new version, so that what nodes have reported before does not count.
    const next = nextVersion(before, patterns, text)
    if (options.maxUnavailable === undefined || allowed === '*') return { name, versions: [{ ...next, allowed: '*' }] }
    return { name, versions: [{ ...next, allowed }, ...older] }
  })
  return await rollOut(state, nodes, set, options)
}

/**
 * Desires nothing any more, waits until the nodes have removed exactly what was theirs of the set, and forgets it. As long as a
 * node that has something of it is away, the set stays, as one of which nothing is desired: do it again then.
 * @throws {Error} there is no such set @throws {ChangedMeanwhileError} somebody else changes it at the same time
 */
export async function remove(
  state: DesiredState,
  nodes: Iterable<FleetNode>,
  name: string,
  options: Omit<RolloutOptions, 'maxUnavailable'> = {},
): Promise<RolloutResult> {
  const set = await state.change(name, (before) => {
    if (before === undefined) throw new Error(`${name}: there is no such set`)
    if (before.versions[0].text === undefined && before.versions[0].allowed === '*') return before
    const everyone = [...new Set(before.versions.flatMap((version) => version.nodes))]
    return { name, versions: [{ ...nextVersion(before, everyone, undefined), allowed: '*' }] }
  })
  const result = await rollOut(state, nodes, set, options)
  const isLeft = result.nodes.some(({ outcome, report }) => outcome === 'failed' || (outcome === 'away' && report))
  if (isLeft) return result
  await state.forget(name)
  return { ...result, set: undefined }
}

async function rollOut(
  state: DesiredState,
  nodes: Iterable<FleetNode>,
  begun: FleetSet,
  { maxUnavailable, patience = usualPatience, signal }: RolloutOptions,
): Promise<RolloutResult> {
  if (maxUnavailable !== undefined && (!Number.isInteger(maxUnavailable) || maxUnavailable < 1))
    throw new RangeError(`maxUnavailable: ${String(maxUnavailable)} is no number of nodes from 1`)
  const { name } = begun
  const over = signal ?? new AbortController().signal
  /** When a node may take the version, by `performance.now`. */
  const since = new Map<string, number>()
  let set = begun
  while (true) {
    over.throwIfAborted()
    const outcomes = await outcomesOf(state, nodes, set, since, patience)
    const [newest, ...older] = set.versions
    const isSettled = outcomes.every(({ outcome }) => outcome !== undefined)
    if (newest.allowed === '*') {
      if (isSettled) return { set, nodes: outcomes as NodeOutcome[] }
    } else {
      const { allowed } = newest
      const failed = outcomes.filter(({ outcome }) => outcome === 'failed')
      const waiting = outcomes.filter(({ outcome }) => outcome === 'held back')
      const unavailable = outcomes.filter(({ outcome }) => outcome === undefined).length
      if (failed.length > 0) {
        const stopped = `${failed.map(({ node }) => node).join(', ')} failed`
        set = await state.change(name, () => ({ name, versions: [{ ...newest, stopped }, ...older] }))
        return { set, nodes: outcomes.map((each) => ({ ...each, outcome: each.outcome ?? 'failed' })) }
      }
      if (isSettled && waiting.length === 0) {
        // From now on also for nodes that are away, and for new ones.
        set = await state.change(name, () => ({ name, versions: [{ ...newest, allowed: '*' }] }))
        return { set, nodes: outcomes as NodeOutcome[] }
      }
      const next = waiting.slice(0, Math.max((maxUnavailable ?? Number.POSITIVE_INFINITY) - unavailable, 0))
      if (next.length > 0) {
        const more = [...allowed, ...next.map(({ node }) => node)]
        set = await state.change(name, () => ({ name, versions: [{ ...newest, allowed: more }, ...older] }))
        continue
      }
    }
    await pauseUntil(interval, over)
  }
}

type Outcome = Omit<NodeOutcome, 'outcome'> & { readonly outcome: NodeOutcome['outcome'] | undefined }

/** @returns of each node that a set is or was for how it is; `undefined` while that is open */
async function outcomesOf(
  state: DesiredState,
  nodes: Iterable<FleetNode>,
  set: FleetSet,
  since: Map<string, number>,
  patience: number,
): Promise<Outcome[]> {
  const [{ version, allowed, text }] = set.versions
  const reports = new Map((await state.reports(set.name)).map((report) => [report.node, report]))
  const live = new Set([...nodes].filter((each) => each.state === 'live').map(({ node }) => node))
  const known = new Set([...[...nodes].map(({ node }) => node), ...reports.keys()])
  const concerned = [...known].filter((node) => {
    // Of nothing only those are concerned that have something, or may have.
    if (text === undefined && !reports.has(node)) return false
    return reports.has(node) || set.versions.some((each) => fits(each.nodes, node))
  })
  return concerned.sort().map((node): Outcome => {
    const report = reports.get(node)
    const isAllowed = allowed === '*' || allowed.includes(node)
    const outcome = (): Outcome['outcome'] => {
      if (isAllowed && report?.version === version && !report.isHeldBack) {
        if (report.state === 'applied' || report.state === 'removed') return 'done'
        if (live.has(node) && hopeless.has(report.state)) return 'failed'
      }
      if (!live.has(node)) return 'away'
      if (!isAllowed) return 'held back'
      const begin = since.get(node) ?? performance.now()
      since.set(node, begin)
      return performance.now() - begin > patience ? 'failed' : undefined
    }
    return { node, outcome: outcome(), report }
  })
}
