import { setTimeout as delay } from 'node:timers/promises'
import { Dice } from '@rtnl/compliance'
import type { Difference } from './checkpoint.ts'
import { execute, type Taken } from './execute.ts'
import { makeScene, removeScene } from './netns.ts'
import { type Drawn, drawOperations } from './operations/index.ts'
import { healingLines } from './operations/kept.ts'
import type { CampaignOptions } from './options.ts'
import { type Figures, FollowerProcess } from './protocol.ts'
import { abilitiesOfKernel } from './scene.ts'
import { writeUntil } from './write.ts'

/** Operations between two checkpoints: fewer where one takes long, or controllers pause after it. */
const operationsPerCheckpoint = 600
const fewerOperations: Readonly<Record<string, number>> = { kept: 150, writer: 6, evpn: 250 }
/** More of them where dumps are to be interrupted: at a checkpoint nothing changes. */
const timesInterrupted = 4
/** Checkpoints of one scene, after which another one begins. */
const checkpointsPerScene = 20

export interface CampaignFigures extends Figures {
  readonly seconds: number
  readonly scenes: number
  readonly checkpoints: number
  /** Checkpoints whose views agreed only at a later look. */
  readonly late: number
  /** Entries of all tables, at the checkpoint that had the most. */
  readonly rows: number
  /** Operations by the name of what drew them. */
  readonly operations: Readonly<Record<string, Taken>>
}

export interface Outcome {
  readonly figures: CampaignFigures
  readonly differences: readonly Difference[]
  /** What was done in the scene with the difference, in order. */
  readonly operations: readonly Drawn[]
}

const noFigures: Figures = { changes: 0, resyncs: 0, relists: 0, messages: 0, overruns: 0, interrupted: 0, requests: 0 }

/**
 * Runs a campaign until its time is over or something differs. The network namespace of the process is not changed.
 * @param recording where the messages are written on a difference
 * @param progress called after each checkpoint with a line for people
 */
export async function runCampaign(
  options: CampaignOptions,
  recording: string,
  progress: (line: string) => void = () => {},
): Promise<Outcome> {
  const begun = performance.now()
  const seconds = (): number => (performance.now() - begun) / 1000
  const abilities = abilitiesOfKernel()
  const counts = new Map<string, Taken>()
  const isOver = (): boolean =>
    options.operations === undefined ? seconds() >= options.seconds : totals.done >= options.operations
  const totals = { done: 0, scenes: 0, checkpoints: 0, late: 0, rows: 0, sum: noFigures }
  const follower = new FollowerProcess()
  const figures = (now: Figures): CampaignFigures => ({
    ...added(totals.sum, now),
    seconds: Math.round(seconds() * 10) / 10,
    scenes: totals.scenes,
    checkpoints: totals.checkpoints,
    late: totals.late,
    rows: totals.rows,
    operations: Object.fromEntries([...counts].sort()),
  })
  try {
    while (!isOver()) {
      const dice = new Dice(options.seed + totals.scenes * 7919)
      const source = drawOperations(dice, abilities, options.scenario)
      const netns = makeScene(abilities, options.interruptDumps)
      totals.scenes++
      const done: Drawn[] = []
      const times = options.interruptDumps ? timesInterrupted : 1
      let now = noFigures
      try {
        await follower.open(sessionOptions(options, netns))
        for (let count = 0; count === 0 || (count < checkpointsPerScene && !isOver()); count++) {
          const most = (fewerOperations[options.scenario] ?? operationsPerCheckpoint) * times
          const left = (options.operations ?? Number.POSITIVE_INFINITY) - totals.done
          const drawn = Array.from({ length: Math.min(most, left) }, () => source.next().value)
          done.push(...drawn)
          totals.done += drawn.length
          const ended = new AbortController()
          const stopping = options.stopFollower ? stopNowAndThen(follower, ended.signal) : undefined
          // What changes between two datagrams of a dump interrupts it.
          const writing = options.interruptDumps ? writeUntil(netns, totals.checkpoints, ended.signal) : undefined
          await execute(netns, drawn, counts)
          ended.abort()
          await Promise.all([stopping, writing])
          await execute(netns, healing, new Map())
          const { checked, figures: told } = await follower.check()
          now = told
          totals.checkpoints++
          totals.rows = Math.max(totals.rows, checked.rows)
          if (checked.late) totals.late++
          if (checked.differences.length > 0) {
            await follower.record(recording)
            return { figures: figures(now), differences: checked.differences, operations: done }
          }
          progress(progressLine(figures(now)))
        }
        totals.sum = added(totals.sum, now)
        await follower.close()
      } finally {
        removeScene(netns)
      }
    }
    return { figures: figures(noFigures), differences: [], operations: [] }
  } finally {
    follower.end()
  }
}

/** Makes what controllers need, so that what they desire can be there. */
const healing: readonly Drawn[] = healingLines.map((line) => ({ domain: 'kept', line }))

export function sessionOptions(options: CampaignOptions, netns: string) {
  const { receiveBuffer, without, interruptDumps } = options
  return { netns, receiveBuffer, without, interruptDumps, keeps: without.length === 0 }
}

/**
 * Does operations in a new scene, and compares.
 * @param only names of the tables to look at; by default all
 * @param follower one whose session is closed, and is closed again afterwards
 */
export async function replay(
  follower: FollowerProcess,
  options: CampaignOptions,
  operations: readonly Drawn[],
  only?: readonly string[],
): Promise<readonly Difference[]> {
  const netns = makeScene(abilitiesOfKernel(), options.interruptDumps)
  try {
    await follower.open(sessionOptions(options, netns))
    await execute(netns, operations, new Map())
    await execute(netns, healing, new Map())
    const { checked } = await follower.check(only)
    await follower.close()
    return checked.differences
  } finally {
    removeScene(netns)
  }
}

/** Stops the follower for a fraction of a second, again and again. */
async function stopNowAndThen(follower: FollowerProcess, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(Math.random() * 200)
    follower.signal('SIGSTOP')
    await delay(20 + Math.random() * 400)
    follower.signal('SIGCONT')
  }
}

function added(one: Figures, other: Figures): Figures {
  const names = Object.keys(noFigures) as (keyof Figures)[]
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Figures
}

function progressLine({ seconds, operations, checkpoints, changes, overruns }: CampaignFigures): string {
  const count = Object.values(operations).reduce((sum, { accepted, refused }) => sum + accepted + refused, 0)
  return `${Math.round(seconds)} s: ${count} operations, ${changes} changes, ${overruns} overruns, ${checkpoints} checkpoints`
}
