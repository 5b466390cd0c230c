/** Resolves after some milliseconds, and as soon as the signal is aborted. Keeps no process alive by itself in Node.js. */
export function pauseUntil(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}

const shortestPause = 100
const longestPause = 5_000

/** Growing pauses between tries: each twice the one before, 0.1 to 5 seconds, less a random part of up to a half. */
export class BackOff {
  #tries = 0

  next(): number {
    const pause = Math.min(shortestPause * 2 ** this.#tries++, longestPause)
    return pause * (1 - Math.random() / 2)
  }

  reset(): void {
    this.#tries = 0
  }
}
