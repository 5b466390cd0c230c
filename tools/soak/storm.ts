// A table behind a program in C that changes its routes at full speed.
import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { BenchNamespace, type Step } from '../../bench/src/bench-namespace.ts'
import { compilePrograms } from '../../bench/src/programs.ts'
import { FollowerProcess, type Limits } from './follower-process.ts'
import type { Options } from './options.ts'
import { inMebibytes, MemoryCurve, type Outcome } from './outcome.ts'

const run = promisify(execFile)
const name = 'soak'
/** Routes that come and go. */
const count = 20_000
/** What one process of the writer does: so much that its start counts little. */
const steps: readonly Step[] = Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'add' : 'delete'))
/** So small that messages are lost whenever the writer runs. */
const small: Limits = { receiveBuffer: 32 * 1024, pendingLimit: 128 * 1024 }
/** What a socket takes beyond its limit: sixteen datagrams of 32 KiB at most, the first of them read below it. */
const beyondPending = 512 * 1024
/** What is read ahead of a dump: the limit of a socket for dumps. Figures are of all sockets together. */
const pendingDump = 4 * 1024 * 1024
/** What the kernel takes beyond the limit of a receive buffer: the datagram that crosses it. */
const beyondQueue = 64 * 1024
/** A route that the writer in C does not touch. */
const marker = '203.0.113.7'
/** Milliseconds between two looks. */
const betweenLooks = 200

/** Bytes that the kernel holds for sockets in multicast groups (the columns of its list are named in the first line). */
async function queued(): Promise<number> {
  const { stdout } = await run('ip', ['netns', 'exec', name, 'cat', '/proc/net/netlink'])
  const [head = '', ...lines] = stdout.trim().split('\n')
  const columns = head.trim().split(/\s+/)
  const field = (line: string, column: string): string => line.trim().split(/\s+/)[columns.indexOf(column)] ?? ''
  const listening = lines.filter((line) => Number.parseInt(field(line, 'Groups'), 16) !== 0)
  return Math.max(0, ...listening.map((line) => Number(field(line, 'Rmem'))))
}

/** Runs until the time is over. */
export async function storm({ seconds, defaultLimits }: Options, tell: (line: string) => void): Promise<Outcome> {
  const namespace = await BenchNamespace.make(name, await compilePrograms())
  const limits = defaultLimits ? undefined : small
  await using follower = await FollowerProcess.start({ netns: name, limits })
  const memory = new MemoryCurve()
  const problems: string[] = []
  const end = performance.now() + seconds * 1000
  let operations = 0
  let over = false
  let looks = 0
  let longest = 0
  let mostPending = 0
  let mostQueued = 0
  let stale = 0

  const write = async (): Promise<void> => {
    while (!over) operations += (await namespace.write(steps, { count })).operations
  }
  const look = async (): Promise<void> => {
    for (let lastTold = performance.now(); performance.now() < end; looks++) {
      const gateway = `198.18.2.${(looks % 250) + 1}`
      await run('ip', ['-n', name, 'route', 'replace', marker, 'via', gateway])
      const asked = performance.now()
      // The table lags. It has to show what was before the question all the same, while the storm goes on.
      const { shown } = await follower.ask({ do: 'sync', marker })
      longest = Math.max(longest, performance.now() - asked)
      if (shown !== gateway) problems.push(`look ${looks}: the table shows ${shown} where ${gateway} was set before`)
      mostQueued = Math.max(mostQueued, await queued())
      const now = await follower.ask({ do: 'count' })
      memory.add(now.resident)
      mostPending = Math.max(mostPending, now.pending)
      if (now.state === 'stale') stale++
      if (performance.now() - lastTold > 10_000) {
        lastTold = performance.now()
        tell(`${operations} operations, ${looks} looks, ${now.overruns} overruns, ${inMebibytes(now.resident)}`)
      }
      await delay(betweenLooks)
    }
  }
  const writing = write()
  try {
    await look()
  } finally {
    over = true
    await writing
  }
  await namespace.write(['add'], { count })
  const result = await follower.ask({ do: 'finish' })
  memory.add(result.resident)
  if (result.entries < count) problems.push(`the table has ${result.entries} entries, and ${count} were added`)
  for (const [what, differences] of Object.entries(result.differences)) {
    if (differences > 0) problems.push(`${differences} entries are different: ${what}`)
  }
  if (limits === undefined) {
    if (result.overruns + result.drops > 0) problems.push(`${result.overruns} overruns, ${result.drops} messages lost`)
  } else {
    if (result.overruns === 0) problems.push('no message was lost: the limits are not exceeded')
    if (result.told === 0) problems.push(`no reader was told of ${result.overruns} overruns`)
    if (mostPending > limits.pendingLimit + pendingDump + 2 * beyondPending) {
      problems.push(`${mostPending} bytes were pending`)
    }
    // The kernel grants twice of what it is asked for.
    if (mostQueued > 2 * limits.receiveBuffer + beyondQueue)
      problems.push(`${mostQueued} bytes were in the queue of the kernel`)
  }
  problems.push(...memory.problems)
  return {
    figures: {
      seconds,
      operations,
      looks,
      'longest until it shows [ms]': Math.round(longest),
      'looks at a stale table': stale,
      overruns: result.overruns,
      'messages lost': result.drops,
      relists: result.relists,
      'resyncs told': result.told,
      'changes read': result.changes,
      'most pending [bytes]': mostPending,
      'most in the kernel [bytes]': mostQueued,
      ...memory.figures,
      descriptors: result.descriptors,
      threads: result.threads,
    },
    problems,
  }
}
