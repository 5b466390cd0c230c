// Takes the place of global names in the code under test.
import { virtualTime } from './time.ts'

export { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from './timers.ts'

export const performance: { now(): number } = { now: () => virtualTime.look() }

/** What a microtask throws is uncaught. */
export function queueMicrotask(call: () => void): void {
  globalThis.queueMicrotask(() => {
    try {
      call()
    } catch (error) {
      virtualTime.uncaught(error)
    }
  })
}

/** Takes the place of `Math.random`. */
export function virtualRandom(): number {
  return virtualTime.random()
}
