import { clearImmediate, setImmediate } from 'node:timers'

/**
 * Reads batches as somebody who takes 10 ms for each and waits for nothing else.
 * @returns how many there were, and how many turns the event loop had until the last one
 */
export async function readSlowly(batches: AsyncIterable<unknown>): Promise<{
  /** How many batches there were. */
  batches: number
  /** How many turns the event loop had until the last one. */
  turns: number
}> {
  const sleeping = new Int32Array(new SharedArrayBuffer(4))
  let turns = 0
  const beat = (): void => {
    turns++
    next = setImmediate(beat)
  }
  let next = setImmediate(beat)
  let count = 0
  try {
    for await (const _batch of batches) {
      count++
      Atomics.wait(sleeping, 0, 0, 10)
    }
  } finally {
    clearImmediate(next)
  }
  return { batches: count, turns }
}
