import type { LastMessage, Server } from '../nats/server.ts'
import { BackOff, pauseUntil } from '../nats/waits.ts'
import type { Packet, Position } from '../protocol/messages.ts'

/**
 * What became of a message.
 * - `stored`: it is the last of its subject
 * - `lost`: the last message of the subject is not the one that we knew: another publisher wrote, or the server lost some
 * - `full`: the server has no room
 */
export type Appended = 'stored' | 'lost' | 'full'

/** What an appender tells: the last problem, and `undefined` once it is over. */
export type ProblemListener = (error: Error | undefined) => void

/**
 * Appends messages to a subject, each behind the one before: the server refuses a message that does not follow the last one
 * that we know of. So two publishers cannot both write, nor does anything go on behind a gap. An acknowledgement that was lost on the
 * way is found again by a look at the last message.
 */
export class Appender {
  readonly subject: string
  /** The sequence of the last message of the subject, as far as we know; 0 if there is none. */
  expected = 0
  /** Whether a message is on its way. */
  isBusy = false
  readonly #server: Server
  readonly #problem: ProblemListener
  readonly #backOff = new BackOff()

  constructor(server: Server, subject: string, problem: ProblemListener) {
    this.#server = server
    this.subject = subject
    this.#problem = problem
  }

  /**
   * Waits as long as the server is away.
   * @param position that of the message
   * @param rollup whether older messages of the subject go
   * @throws the reason of the signal
   */
  async append(packet: Packet, position: Position, rollup: boolean, signal: AbortSignal): Promise<Appended> {
    this.isBusy = true
    try {
      while (true) {
        const outcome = await this.#try(packet, position, rollup, signal)
        if (outcome !== undefined) return outcome
        await pauseUntil(this.#backOff.next(), signal)
      }
    } finally {
      this.isBusy = false
    }
  }

  /**
   * Takes the last message of the subject as the one that the next message follows, and returns it. Waits as long as the
   * server is away.
   * @throws the reason of the signal
   */
  async catchUp(signal: AbortSignal): Promise<LastMessage | undefined> {
    const backOff = new BackOff()
    while (true) {
      await this.#server.up(signal)
      try {
        // Without a stream there would be no answer.
        await this.#server.repair()
        const last = await this.#server.last(this.subject)
        this.expected = last?.sequence ?? 0
        return last
      } catch (error) {
        this.#problem(error as Error)
        await pauseUntil(backOff.next(), signal)
      }
    }
  }

  /** Whether the last message of the subject is the one that we know. @throws {Error} no answer */
  async isLast(): Promise<boolean> {
    const last = await this.#server.last(this.subject)
    return (last?.sequence ?? 0) === this.expected
  }

  async #try(packet: Packet, position: Position, rollup: boolean, signal: AbortSignal): Promise<Appended | undefined> {
    await this.#server.up(signal)
    const published = await this.#server.publish(this.subject, packet, this.expected, rollup)
    signal.throwIfAborted()
    if ('sequence' in published) return this.#stored(published.sequence)
    if ('error' in published) this.#problem(published.error)
    if (published.refused === 'unknown') await this.#server.repair().catch(this.#problem)
    try {
      const last = await this.#server.last(this.subject)
      if (last?.head !== undefined && isSame(last.head.position, position)) return this.#stored(last.sequence)
      if ((last?.sequence ?? 0) !== this.expected) return 'lost'
      return published.refused === 'full' ? 'full' : undefined
    } catch {
      return undefined
    }
  }

  #stored(sequence: number): Appended {
    this.expected = sequence
    this.#backOff.reset()
    this.#problem(undefined)
    return 'stored'
  }
}

function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.generation === b.generation && a.index === b.index
}
