import { cpus } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** How often the processors are looked at: also a program that has only begun to start shows in it. */
const SAMPLE_MS = 250
/** So much of one processor has to be idle before one more job starts. */
const IDLE_WANTED = 0.2

/** @returns {number} milliseconds that the processors have been idle, all together, since the machine started */
function idleTime() {
  return cpus().reduce((total, { times }) => total + times.idle, 0)
}

/**
 * Looks at the processors for a moment.
 * @returns {Promise<number>} how many were idle meanwhile: 0.5 is half of one
 */
async function idleProcessors() {
  const [idle, time] = [idleTime(), performance.now()]
  await delay(SAMPLE_MS)
  return (idleTime() - idle) / (performance.now() - time)
}

/**
 * Runs jobs in their order: always `least` at a time, and up to `most` while processors are idle. Jobs that wait, for the
 * kernel, a timer or each other, so run beside others, and those that compute do not slow each other down.
 * @template Job
 * @param {readonly Job[]} jobs
 * @param {{ least: number, most: number }} limits
 * @param {(job: Job) => Promise<void>} run
 * @param {() => Promise<number>} [idle] how many processors have been idle, looked at again and again
 * @returns {Promise<void>} when all have ended
 */
export async function runPool(jobs, { least, most }, run, idle = idleProcessors) {
  const queue = [...jobs]
  /** @type {Set<Promise<void>>} */
  const running = new Set()
  const startOne = () => {
    const job = queue.shift()
    if (job === undefined) return
    const ended = run(job).finally(() => running.delete(ended))
    running.add(ended)
  }
  const watch = async () => {
    while (queue.length > 0) {
      if ((await idle()) >= IDLE_WANTED && running.size < most) startOne()
    }
  }
  const watched = most > least ? watch() : undefined
  while (queue.length > 0 || running.size > 0) {
    while (queue.length > 0 && running.size < least) startOne()
    await Promise.race(running)
  }
  await watched
}
