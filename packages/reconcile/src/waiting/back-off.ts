import { Errno, NetlinkError } from '@rtnl/netlink-core'

/** How soon a refused change is retried: `first` milliseconds, then twice as long each time, up to `most`. */
interface Pace {
  readonly first: number
  readonly most: number
}

/** For a kernel that is busy or short of memory, which ends by itself. */
const transient: Pace = { first: 20, most: 1000 }
/** For an entry that needs something that is missing. There may be no notification when it appears. */
const persistent: Pace = { first: 250, most: 30_000 }

/**
 * After a cycle with `manyFailed` failures or more, all keys rest: `restFactor` times as long as the cycle took, at most `mostRest`
 * milliseconds.
 */
const manyFailed = 256
const restFactor = 4
const mostRest = 1000

/** The most keys that are retried at a time, so that very many refusals do not hold the event loop. */
const mostTaken = 16_384

const transientErrors: ReadonlySet<number> = new Set([
  Errno.EINTR,
  Errno.EAGAIN,
  Errno.ENOMEM,
  Errno.EBUSY,
  Errno.ENOBUFS,
])

function paceOf(error: Error): Pace {
  return error instanceof NetlinkError && transientErrors.has(error.errno) ? transient : persistent
}

/**
 * Decides when keys whose change was refused are retried. A key is in one of three places: in the queue of its delay, ready,
 * or parked until somebody makes it ready. The keys of one queue are in the order in which they are due, so that the
 * next one is found at once, however many there are.
 */
export class BackOff {
  /** For each key the delay before its last attempt. It stays until an attempt succeeds. */
  readonly #delays = new Map<string, number>()
  /** By delay: keys and when each is due. */
  readonly #queues = new Map<number, Map<string, number>>()
  readonly #ready = new Set<string>()
  readonly #parked = new Set<string>()
  /** No key is retried before this time: with many refusals, retries would otherwise take all the time. */
  #rested = Number.NEGATIVE_INFINITY

  /** Keys that were refused and have not succeeded since. */
  get size(): number {
    return this.#delays.size
  }

  /** Keys that wait for being made ready. */
  get parked(): number {
    return this.#parked.size
  }

  /** Whether a key is retried with the next cycle. */
  isReady(key: string): boolean {
    return this.#ready.has(key)
  }

  /** A change was refused; it is tried again after a delay that grows with each refusal. */
  failed(key: string, error: Error, now: number): void {
    const { first, most } = paceOf(error)
    const before = this.#delays.get(key)
    this.#leave(key)
    const delay = before === undefined || before === 0 ? first : Math.min(before * 2, most)
    this.#delays.set(key, delay)
    this.#enqueue(key, delay, now + delay)
  }

  /** The key is tried again after this time, in milliseconds. */
  after(key: string, delay: number, now: number): void {
    this.#leave(key)
    this.#delays.set(key, delay)
    this.#enqueue(key, delay, now + delay)
  }

  /** The key is tried again when it is made ready, and not before. */
  park(key: string): void {
    this.#leave(key)
    this.#delays.set(key, 0)
    this.#parked.add(key)
  }

  succeeded(key: string): void {
    this.#leave(key)
    this.#delays.delete(key)
  }

  /** Makes a key ready: the cause of its refusal may have ended. */
  ready(key: string): void {
    if (!this.#delays.has(key)) return
    this.#leave(key)
    this.#ready.add(key)
  }

  /** Called after a cycle of attempts. @param failed how many the kernel refused */
  tried(begin: number, end: number, failed: number): void {
    if (failed >= manyFailed)
      this.#rested = Math.max(this.#rested, end + Math.min((end - begin) * restFactor, mostRest))
  }

  /** Keys whose time has come; each is given once. There may be more than are given at a time. */
  take(now: number): string[] {
    if (this.next > now) return []
    const keys: string[] = []
    for (const key of this.#ready) {
      if (keys.length === mostTaken) return keys
      this.#ready.delete(key)
      keys.push(key)
    }
    for (const [delay, queue] of this.#queues) {
      for (const [key, due] of queue) {
        if (due > now) break
        if (keys.length === mostTaken) return keys
        queue.delete(key)
        keys.push(key)
      }
      if (queue.size === 0) this.#queues.delete(delay)
    }
    return keys
  }

  /** When the next key is due; `Infinity` if none is. */
  get next(): number {
    let next = this.#ready.size > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    for (const queue of this.#queues.values()) for (const due of firstOf(queue.values())) next = Math.min(next, due)
    return next === Number.POSITIVE_INFINITY ? next : Math.max(next, this.#rested)
  }

  #enqueue(key: string, delay: number, due: number): void {
    const queue = this.#queues.get(delay)
    if (queue === undefined) this.#queues.set(delay, new Map([[key, due]]))
    else queue.set(key, due)
  }

  #leave(key: string): void {
    if (this.#ready.delete(key) || this.#parked.delete(key)) return
    const delay = this.#delays.get(key)
    const queue = delay === undefined ? undefined : this.#queues.get(delay)
    if (queue?.delete(key) === true && queue.size === 0) this.#queues.delete(delay!)
  }
}

function* firstOf<T>(items: Iterable<T>): Generator<T, void, undefined> {
  for (const item of items) {
    yield item
    return
  }
}
