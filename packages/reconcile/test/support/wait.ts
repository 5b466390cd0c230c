import { setTimeout as delay, setImmediate } from 'node:timers/promises'

/** Most of what is waited for happens within so many turns of the event loop. The rest waits for a timer. */
const TURNS = 100

/** Waits until something is so; fails after a minute. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 60_000
  for (let turns = 0; !condition(); turns++) {
    if (performance.now() > end) throw new Error(`not within a minute: ${what}`)
    await (turns < TURNS ? setImmediate() : delay(1))
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw error
  }
  throw new Error('it was not rejected')
}
