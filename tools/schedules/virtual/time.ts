/** What a timer function returns. */
export interface VirtualTimer {
  readonly due: number
  readonly order: number
  /** Milliseconds between two calls; `undefined` for a single one. */
  readonly every: number | undefined
  readonly call: () => void
  /** Where it was made, if the run is traced. */
  readonly origin: string | undefined
  ref(): VirtualTimer
  unref(): VirtualTimer
}

/** A timer that is there to keep the process alive, not to run: later than this, in milliseconds. */
const farAway = 1e8

/**
 * The clock, the timers and the immediates of the code under test. Time stands still but for what the schedule makes of it,
 * so that a run depends on nothing but its seed.
 */
export class VirtualTime {
  now = 0
  /** Milliseconds by which the clock goes on with each look at it. */
  perLook = 0
  /** Takes what a callback throws. */
  uncaught: (error: unknown) => void = () => {}
  /** Whether timers remember where they were made. */
  traced = false
  /** Takes the place of `Math.random`. */
  random: () => number = () => 0.5
  #timers = new Set<VirtualTimer>()
  #immediates = new Map<number, () => void>()
  #order = 0

  /** Begins anew for the next run. */
  reset(): void {
    this.now = 0
    this.perLook = 0
    this.#timers = new Set()
    this.#immediates = new Map()
    this.#order = 0
  }

  look(): number {
    this.now += this.perLook
    return this.now
  }

  setTimer(call: () => void, milliseconds: number, repeats: boolean): VirtualTimer {
    const pause = Math.max(Number.isFinite(milliseconds) ? milliseconds : 1, 1)
    return this.#add(call, pause, repeats ? pause : undefined, this.traced ? new Error('timer').stack : undefined)
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as VirtualTimer)
  }

  setImmediate(call: () => void): number {
    this.#immediates.set(++this.#order, call)
    return this.#order
  }

  clearImmediate(immediate: unknown): void {
    this.#immediates.delete(immediate as number)
  }

  get immediates(): number {
    return this.#immediates.size
  }

  /** Timers, but for those that are far away. */
  get timers(): VirtualTimer[] {
    return [...this.#timers].filter(({ due }) => due < farAway)
  }

  /** All timers. */
  get allTimers(): VirtualTimer[] {
    return [...this.#timers]
  }

  /** When the next timer is due; `Infinity` without one that is near. */
  get nextDue(): number {
    const due = this.#next?.due ?? Number.POSITIVE_INFINITY
    return due < farAway ? due : Number.POSITIVE_INFINITY
  }

  runImmediate(): void {
    for (const [order, call] of this.#immediates) {
      this.#immediates.delete(order)
      this.#guard(call)
      return
    }
  }

  /**
   * Lets time go on to the next timer and calls it.
   * @param latest a timer that is due later does not run: an abort may have cleared the one that was chosen
   */
  runTimer(latest: number): void {
    const timer = this.#next
    if (timer === undefined || timer.due > latest) return
    this.#timers.delete(timer)
    this.now = Math.max(this.now, timer.due)
    // The same object, since the caller clears it by that.
    if (timer.every !== undefined) this.#timers.add(Object.assign(timer, { due: this.now + timer.every }))
    this.#guard(timer.call)
  }

  get #next(): VirtualTimer | undefined {
    let next: VirtualTimer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || timer.due < next.due || (timer.due === next.due && timer.order < next.order))
        next = timer
    }
    return next
  }

  #add(call: () => void, pause: number, every: number | undefined, origin: string | undefined): VirtualTimer {
    const timer: VirtualTimer = {
      due: this.now + pause,
      order: ++this.#order,
      every,
      call,
      origin,
      ref: () => timer,
      unref: () => timer,
    }
    this.#timers.add(timer)
    return timer
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.uncaught(error)
    }
  }
}

/** The one of this process: runs follow each other. */
export const virtualTime: VirtualTime = new VirtualTime()
