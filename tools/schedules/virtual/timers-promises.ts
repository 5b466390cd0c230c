// Takes the place of `node:timers/promises` in the code under test.
import { virtualTime } from './time.ts'

/** As in Node.js, the reason of the signal is the cause of the error. */
function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), { name: 'AbortError' })
}

export function setTimeout<Value>(
  milliseconds = 1,
  value?: Value,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal))
      return
    }
    const abort = (): void => {
      virtualTime.clearTimer(timer)
      if (signal !== undefined) reject(abortError(signal))
    }
    const timer = virtualTime.setTimer(
      () => {
        signal?.removeEventListener('abort', abort)
        resolve(value)
      },
      milliseconds,
      false,
    )
    signal?.addEventListener('abort', abort, { once: true })
  })
}

export function setImmediate(): Promise<void> {
  return new Promise((resolve) => void virtualTime.setImmediate(resolve))
}
