import type { JobResult, Unit } from './jobs/job.ts'
import { mediansOf } from './medians.ts'
import { isOnNode } from './runtimes.ts'

/** A median of a contestant that is to be at most, or at least, so much. */
interface Measure {
  readonly job: string
  readonly contestant: string
  readonly value: string
  readonly unit: Unit
  readonly limit: number
  /** What comes after the limit is reached. */
  readonly beyond?: number
  /** Whether more is better. */
  readonly atLeast?: boolean
}

/** What the benchmark is to reach, in one or more figures. */
interface Goal {
  readonly title: string
  readonly measures: readonly Measure[]
}

const megabyte = 1_000_000
const millisecond = 1e-3
const microsecond = 1e-6
/** Live tables without and with a reader. */
const followers = ['live table', 'live table, changes read'] as const

/** Shares of the rate of the writer in C, for adding and for removing. */
function rates(add: string, remove: string, limit: number, beyond: number): Measure[] {
  const measure = { value: 'rate', unit: 'percent', limit, beyond, atLeast: true } as const
  return [
    { job: 'install', contestant: add, ...measure },
    { job: 'remove', contestant: remove, ...measure },
  ]
}

/** That a job drops no message, with and without a reader. */
function undropped(job: string): Measure[] {
  return followers.map((contestant) => ({ job, contestant, value: 'drops', unit: 'count', limit: 0 }))
}

/** All goals, as the ratios and figures of one run on Node.js. */
const goals: readonly Goal[] = [
  {
    title: 'live table of 1 M routes',
    measures: [
      { job: 'dump', contestant: 'live table', value: 'ratio', unit: 'ratio', limit: 3.5, beyond: 2.5 },
      { job: 'dump', contestant: 'live table', value: 'peakBytes', unit: 'bytes', limit: 120 * megabyte },
    ],
  },
  {
    title: 'stream of 1 M entries, all fields read',
    measures: [
      { job: 'dump', contestant: 'entries, all fields read', value: 'ratio', unit: 'ratio', limit: 4, beyond: 3 },
    ],
  },
  {
    title: '1 M entries in an array, addresses as text',
    measures: [{ job: 'dump', contestant: 'array of entries', value: 'ratio', unit: 'ratio', limit: 7, beyond: 5 }],
  },
  {
    title: 'cold live table of 10 k routes',
    measures: [{ job: 'cold', contestant: 'live table', value: 'ratio', unit: 'ratio', limit: 20, beyond: 10 }],
  },
  {
    title: 'import and first dump, to an empty process',
    measures: [
      {
        job: 'start',
        contestant: 'import and live table, Node.js',
        value: 'ratio',
        unit: 'ratio',
        limit: 1.5,
        beyond: 1.3,
      },
    ],
  },
  { title: 'install, remove by requestAll', measures: rates('requestAll', 'requestAll', 0.92, 0.95) },
  { title: 'install, remove by reconcile()', measures: rates('reconcile()', 'reconcile() with nothing', 0.8, 0.9) },
  {
    title: 'reconcile, nothing to do, to opening the table',
    measures: [
      { job: 'reconcile', contestant: 'nothing to do', value: 'ratio', unit: 'ratio', limit: 1.8, beyond: 1.3 },
    ],
  },
  {
    title: 'follow at full speed, a core each: dropped, lag',
    measures: [
      ...undropped('follow'),
      ...followers.map(
        (contestant) =>
          ({
            job: 'follow',
            contestant,
            value: 'lag',
            unit: 'milliseconds',
            limit: 150 * millisecond,
            beyond: 50 * millisecond,
          }) as const,
      ),
    ],
  },
  {
    title: 'follow at full speed on one core: dropped',
    measures: undropped('one-core'),
  },
  {
    title: 'CPU of a followed change, with a reader',
    measures: [
      {
        job: 'follow',
        contestant: 'live table, changes read',
        value: 'processorPerChange',
        unit: 'microseconds',
        limit: 3 * microsecond,
        beyond: 2 * microsecond,
      },
    ],
  },
  {
    title: 'a change in a table of 1 M, to one of 1 k',
    measures: followers.map((contestant) => ({
      job: 'apply-change',
      contestant,
      value: 'ratio',
      unit: 'ratio',
      limit: 1.3,
    })),
  },
  {
    title: 'EVPN of 500 k addresses, beyond the tables: CPU and bytes an address',
    measures: (
      [
        { value: 'userPerAddress', unit: 'microseconds', limit: 10 * microsecond },
        { value: 'heldPerRow', unit: 'perRow', limit: 100 },
      ] as const
    ).map((measure) => ({ job: 'evpn', contestant: 'Evpn opened', ...measure })),
  },
  {
    title: '1,000 namespaces: time, threads, descriptors and bytes each',
    measures: (
      [
        { value: 'seconds', unit: 'seconds', limit: 5 },
        { value: 'threads', unit: 'count', limit: 15 },
        { value: 'descriptors', unit: 'ratio', limit: 3.05 },
        { value: 'bytesPerNamespace', unit: 'bytes', limit: 200_000 },
      ] as const
    ).map((measure) => ({ job: 'namespaces', contestant: '1000 namespaces', ...measure })),
  },
]

/** What a measure came to. */
export interface Reached extends Measure {
  /** Absent if its job did not run. */
  readonly figure?: number
  readonly isReached?: boolean
  readonly isBeyond?: boolean
}

export interface GoalResult {
  readonly title: string
  readonly measures: readonly Reached[]
}

interface NamedResult extends JobResult {
  readonly job: { readonly name: string }
}

/** The goals for which something was measured. */
export function compareWithGoals(reports: readonly NamedResult[]): GoalResult[] {
  return [...goals, ...loopGoal(reports)]
    .map(({ title, measures }) => ({ title, measures: measures.map((measure) => compare(measure, reports)) }))
    .filter(({ measures }) => measures.some(({ figure }) => figure !== undefined))
}

function compare(measure: Measure, reports: readonly NamedResult[]): Reached {
  const report = reports.find(({ job }) => job.name === measure.job)
  // Of a contestant with several sizes, the largest counts.
  const [row] = (report?.rows ?? [])
    .filter(({ contestant }) => contestant.name === measure.contestant)
    .sort((a, b) => b.contestant.routes - a.contestant.routes)
  const figure = row === undefined ? undefined : mediansOf(row)[measure.value]
  if (figure === undefined) return measure
  const holds = (limit: number): boolean => (measure.atLeast ? figure >= limit : figure <= limit)
  return {
    ...measure,
    figure,
    isReached: holds(measure.limit),
    ...(measure.beyond === undefined ? {} : { isBeyond: holds(measure.beyond) }),
  }
}

/** The worst of all contestants on Node.js whose event loop was looked at. */
function loopGoal(reports: readonly NamedResult[]): Goal[] {
  const limits = { usualHold: 5 * millisecond, longestHold: 20 * millisecond }
  const measures = Object.entries(limits).flatMap(([value, limit]) => {
    const worst = reports
      .flatMap(({ job, rows }) => rows.map((row) => ({ job: job.name, row, figure: mediansOf(row)[value] })))
      .filter(({ row, figure }) => figure !== undefined && isOnNode(row.contestant))
      .sort((a, b) => (b.figure ?? 0) - (a.figure ?? 0))[0]
    if (worst === undefined) return []
    return [{ job: worst.job, contestant: worst.row.contestant.name, value, unit: 'milliseconds' as const, limit }]
  })
  return measures.length === 0 ? [] : [{ title: 'event loop in any job: 99.9 %, longest', measures }]
}
