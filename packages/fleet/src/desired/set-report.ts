import { decodeValue } from './fleet-set.ts'

/**
 * How far a node is with a set.
 * - `applied`: all that is desired is in its kernel
 * - `applying`: not every entry was tried yet, or what was is being removed
 * - `waiting`: the rest waits for something, or the kernel refuses it: `causes` say for what
 * - `failing`: nothing is kept, and it is tried again and again
 * - `conflict`: the node's own files, or somebody else, have what the set desires
 * - `refused`: the node cannot read what is desired
 * - `removed`: nothing is desired any more, and nothing of it is there
 */
export type ReportState = 'applied' | 'applying' | 'waiting' | 'failing' | 'conflict' | 'refused' | 'removed'

/** How much of what a set desires is in a kernel. */
export interface SetCounts {
  /** Entries that are desired. */
  readonly desired: number
  /** Why entries are not in the kernel: each cause once, in the kernel's words where it refused. */
  readonly causes: readonly {
    /** A text for people: `link v0, which is down`, or the kernel's error. */
    readonly cause: string
    /** Entries that it keeps out. */
    readonly count: number
  }[]
  /** Entries in the place of which the node's files, or somebody else, have one. */
  readonly conflicts: number
  /** Entries that somebody had changed, removed or added since the agent started, and those of them that were put right. */
  readonly drift: {
    /** Changed, removed or added by somebody else. */
    readonly found: number
    /** As desired again later. */
    readonly healed: number
  }
}

/** What a node says of a set, in all its namespaces. At most twenty causes are named. */
export interface SetReport extends SetCounts {
  /** The name of the node. */
  readonly node: string
  /** The name of the set. */
  readonly set: string
  /** The newest version that the node has seen. */
  readonly version: string
  /** Whether it stays with an older one until the rollout comes to it. `state` is that of the older one. */
  readonly isHeldBack: boolean
  /** How far it is. */
  readonly state: ReportState
}

/** What an agent says; the node is known by where it stands. */
export type OwnReport = Omit<SetReport, 'node'>

const states: ReadonlySet<unknown> = new Set<ReportState>([
  ...(['applied', 'applying', 'waiting', 'failing', 'conflict', 'refused', 'removed'] as const),
])

/** @throws {Error} it is no report */
export function decodeReport(node: string, set: string, bytes: Uint8Array): SetReport {
  const { version, isHeldBack, state, desired, causes, conflicts, drift } = decodeValue(bytes) as Partial<SetReport>
  const isWhole =
    typeof version === 'string' &&
    states.has(state) &&
    typeof desired === 'number' &&
    typeof conflicts === 'number' &&
    typeof drift?.found === 'number' &&
    typeof drift.healed === 'number' &&
    Array.isArray(causes) &&
    causes.every((each) => typeof each?.cause === 'string' && typeof each.count === 'number')
  if (!isWhole) throw new Error('the value is no report')
  return { node, set, version, isHeldBack: isHeldBack === true, state: state!, desired, causes, conflicts, drift }
}
