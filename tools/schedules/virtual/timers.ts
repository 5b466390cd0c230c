// Takes the place of `node:timers` in the code under test.
import { type VirtualTimer, virtualTime } from './time.ts'

export function setTimeout(call: () => void, milliseconds = 1): VirtualTimer {
  return virtualTime.setTimer(call, milliseconds, false)
}

export function setInterval(call: () => void, milliseconds = 1): VirtualTimer {
  return virtualTime.setTimer(call, milliseconds, true)
}

export function clearTimeout(timer: unknown): void {
  virtualTime.clearTimer(timer)
}

export function clearInterval(timer: unknown): void {
  virtualTime.clearTimer(timer)
}

export function setImmediate(call: () => void): number {
  return virtualTime.setImmediate(call)
}

export function clearImmediate(immediate: unknown): void {
  virtualTime.clearImmediate(immediate)
}
