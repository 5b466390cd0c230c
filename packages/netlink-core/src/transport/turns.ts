import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { surface } from '../surface.ts'

/** Time after which other events of the loop get their turn. */
const turnMilliseconds = 2

/** Somebody who has something to hand over, in several turns of the event loop if it is much. */
export interface TurnTaker {
  /** Whether the process stays alive for it. */
  readonly referenced: boolean
  /**
   * Hands over until `performance.now()` has reached `end`, and a little at least.
   * @returns whether there may be more. What it throws surfaces as an uncaught exception, and it gets another turn.
   */
  takeTurn(end: number): boolean
}

/**
 * Shares the time of the event loop among the sockets of a thread. All of them together hold the loop for some
 * milliseconds; one in a flood does not delay the others for longer.
 */
export class Turns {
  /** In the order of their turns. */
  readonly #waiting = new Set<TurnTaker>()
  /** The next turn, where something is left; a timer if the process is not to stay alive for it. */
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  add(taker: TurnTaker): void {
    this.#waiting.add(taker)
  }

  remove(taker: TurnTaker): void {
    this.#waiting.delete(taker)
  }

  /** Takes the first turn, unless one is to come already: others may have begun what comes first. */
  begin(): void {
    if (this.#turn !== undefined) return
    if (this.#timer === undefined) this.#run()
    else this.referencesChanged()
  }

  /** Somebody's `referenced` has changed. */
  referencesChanged(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#continueLater()
  }

  readonly #run = (): void => {
    this.#turn = undefined
    this.#timer = undefined
    let now = performance.now()
    const end = now + turnMilliseconds
    while (now < end) {
      const [taker] = this.#waiting
      if (taker === undefined) return
      const share = (end - now) / this.#waiting.size
      this.#waiting.delete(taker)
      try {
        if (taker.takeTurn(now + share)) this.#waiting.add(taker)
      } catch (error) {
        surface(error)
        this.#waiting.add(taker)
        break
      }
      now = performance.now()
    }
    if (this.#waiting.size > 0) this.#continueLater()
  }

  #continueLater(): void {
    this.#timer = undefined
    for (const { referenced } of this.#waiting) {
      if (!referenced) continue
      this.#turn = setImmediate(this.#run)
      return
    }
    // The loop would sleep in spite of an immediate that does not keep the process alive; for such a timer it wakes up.
    this.#timer = setTimeout(this.#run, 0).unref()
  }
}
