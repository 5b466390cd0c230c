import { setImmediate } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'

/** How code waits that goes on by itself, and knows for how long. A replay of a recording has it wait for the recording. */
export const waits = {
  /** Milliseconds on a clock that is never set back: for how long something has taken. */
  now: (): number => performance.now(),
  /** Resolves in another turn of the event loop. */
  turn: (): Promise<void> => new Promise((resolve) => void setImmediate(resolve)),
  /** Resolves after some milliseconds; rejects when the signal is aborted. */
  delay: (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
    delay(milliseconds, undefined, { signal }),
}
