import { waits } from './waits.ts'

/**
 * Calls a function once when a signal is aborted, at once if it is already.
 * @returns a function that ends the waiting
 */
export function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void onAbort(signal, resolve))
}

/** Returns the result of `work`; rejects with the reason of the signal as soon as it is aborted. */
export function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const settle = onAbort(signal, () => reject(signal.reason))
    work.then(resolve, reject).finally(settle)
  })
}

/** Resolves after some milliseconds; rejects with the reason of the signal as soon as it is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await waits.delay(milliseconds, signal)
  } catch (error) {
    // The timer rejects with an error of its own.
    throw signal?.aborted === true ? signal.reason : error
  }
}
