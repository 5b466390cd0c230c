import { setImmediate } from 'node:timers'
import { setTimeout as delay } from 'node:timers/promises'

/** How code waits that goes on by itself. A replay of a recording has it wait for the recording. */
export const waits = {
  /** Resolves in another turn of the event loop. */
  turn: (): Promise<void> => new Promise((resolve) => void setImmediate(resolve)),
  /** Resolves after some milliseconds; rejects when the signal is aborted. */
  delay: (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
    delay(milliseconds, undefined, { signal }),
}
