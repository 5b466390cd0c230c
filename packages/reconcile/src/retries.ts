import { NetlinkError } from '@rtnl/netlink-core'

/** How soon a refused change is tried again: milliseconds at first, doubled each time, and at most. */
interface Pace {
  readonly first: number
  readonly most: number
}

/** The kernel was busy or short of memory: that passes by itself. */
const passing: Pace = { first: 20, most: 1000 }
/** Something is not as it must be for the entry: a link is down, a gateway cannot be reached, a nexthop is missing. */
const waiting: Pace = { first: 250, most: 30_000 }

/** After a try all rest so many times as long as it has taken, and at most so long. */
const restFactor = 4
const mostRest = 1000

/** So many keys are given at a time, so that the event loop is not held where very much is refused. */
const mostTaken = 4096

const EINTR = 4
const EAGAIN = 11
const ENOMEM = 12
const EBUSY = 16
const ENOBUFS = 105
const passingErrors: ReadonlySet<number> = new Set([EINTR, EAGAIN, ENOMEM, EBUSY, ENOBUFS])

function paceOf(error: Error): Pace {
  return error instanceof NetlinkError && passingErrors.has(error.errno) ? passing : waiting
}

/** When keys whose change was refused are due again. An error that stays never makes a busy loop. */
export class Retries {
  readonly #delays = new Map<string, { readonly delay: number; readonly due: number }>()
  /** When the next key is due; `undefined` where that is to be found out. There may be very many, and rounds without any. */
  #next: number | undefined = Number.POSITIVE_INFINITY
  /** No key is due later. */
  #last = Number.POSITIVE_INFINITY
  /** Nothing is tried before: where much is refused, trying would take all the time. */
  #rested = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.#delays.size
  }

  failed(key: string, error: Error, now: number): void {
    const { first, most } = paceOf(error)
    const before = this.#delays.get(key)?.delay
    const delay = before === undefined ? first : Math.min(before * 2, most)
    this.#delays.set(key, { delay, due: now + delay })
    this.#next = undefined
    this.#last = Number.POSITIVE_INFINITY
  }

  succeeded(key: string): void {
    if (this.#delays.delete(key)) this.#next = undefined
  }

  /** Something was tried. */
  tried(begin: number, end: number): void {
    this.#rested = Math.max(this.#rested, end + Math.min((end - begin) * restFactor, mostRest))
  }

  /** Everything is due: what was in the way may be gone. */
  hurry(now: number): void {
    if (this.#last <= now) return
    for (const [key, { delay, due }] of this.#delays) this.#delays.set(key, { delay, due: Math.min(due, now) })
    this.#next = undefined
    this.#last = now
  }

  /** Keys whose time has come; they are given once. There may be more than are given at a time. */
  take(now: number): string[] {
    if (this.next > now) return []
    const keys: string[] = []
    for (const [key, { due }] of this.#delays) {
      if (keys.length === mostTaken) break
      if (due <= now) keys.push(key)
    }
    for (const key of keys) {
      const { delay } = this.#delays.get(key)!
      // Behind all others, so that those that are left are found at once.
      this.#delays.delete(key)
      this.#delays.set(key, { delay, due: Number.POSITIVE_INFINITY })
    }
    this.#next = keys.length === mostTaken ? now : undefined
    this.#last = Number.POSITIVE_INFINITY
    return keys
  }

  /** When the next key is due; `Infinity` if none is. */
  get next(): number {
    this.#next ??= earliest(this.#delays.values())
    return Math.max(this.#next, this.#rested)
  }
}

function earliest(delays: Iterable<{ readonly due: number }>): number {
  let next = Number.POSITIVE_INFINITY
  for (const { due } of delays) next = Math.min(next, due)
  return next
}
