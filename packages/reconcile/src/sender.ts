import { type Connection, NetlinkError, type Request } from '@rtnl/netlink-core'
import { TimeSlice } from '@rtnl/notifier'
import type { Outcome, Step } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'

export interface PassOptions<Entry> {
  /** Ends the pass; what was sent stays. */
  readonly signal?: AbortSignal | undefined
  /** Called now and then with the number of requests that were answered. */
  readonly progress?: ((done: number) => void) | undefined
  /** Called for each change before it is sent. */
  readonly onStep?: ((step: Step<Entry>) => void) | undefined
  /** Nothing is sent. */
  readonly dryRun?: boolean | undefined
}

/** A request for a step; a step may take two. */
export interface StepRequest<Entry> {
  readonly step: Step<Entry>
  readonly request: Request<Entry>
  /** The step is not counted: it is a part of another. */
  readonly part?: true
}

// Requests that are handed over at a time, while the next are worked out. Only within one call is their order kept.
const chunkSize = 4096

const EPERM = 1
const EACCES = 13

/** Sends the requests of many steps in their order, many at a time, and notes what the kernel refused. */
export class Sender<Entry> {
  readonly #connection: Connection
  readonly #rules: ReconcileRules<Entry>
  readonly #outcome: Outcome<Entry>
  readonly #options: PassOptions<Entry>
  #flight: Promise<void> = Promise.resolve()
  #broken: unknown
  /** Requests that the kernel has answered. */
  requests = 0

  constructor(
    connection: Connection,
    rules: ReconcileRules<Entry>,
    outcome: Outcome<Entry>,
    options: PassOptions<Entry>,
  ) {
    this.#connection = connection
    this.#rules = rules
    this.#outcome = outcome
    this.#options = options
  }

  /**
   * Resolves once all are answered.
   * @param steps `undefined` where there is nothing to do, so that the event loop runs all the same
   * @throws {NetlinkError} no permission: the rest is not tried
   */
  async send(steps: Iterable<StepRequest<Entry> | undefined>): Promise<void> {
    const slice = new TimeSlice()
    let chunk: StepRequest<Entry>[] = []
    for (const step of steps) {
      if (step !== undefined && this.#begin(step)) chunk.push(step)
      // Whoever may not do the first may do none of them.
      if (chunk.length === chunkSize || (this.requests === 0 && chunk.length === 1)) {
        await this.#launch(chunk)
        chunk = []
      }
      if (slice.over()) await slice.next()
    }
    if (chunk.length > 0) await this.#launch(chunk)
    await this.#flight
    this.#check()
  }

  /** @returns whether it is to be sent */
  #begin({ step, part }: StepRequest<Entry>): boolean {
    if (part === undefined) {
      this.#outcome.count(step)
      this.#options.onStep?.(step)
    }
    return this.#options.dryRun !== true
  }

  async #launch(chunk: readonly StepRequest<Entry>[]): Promise<void> {
    await this.#flight
    this.#check()
    const first = this.requests === 0
    this.#flight = this.#fly(chunk).catch((error: unknown) => {
      this.#broken ??= error
    })
    if (!first) return
    await this.#flight
    this.#check()
  }

  #check(): void {
    if (this.#broken !== undefined) throw this.#broken
    this.#options.signal?.throwIfAborted()
  }

  async #fly(chunk: readonly StepRequest<Entry>[]): Promise<void> {
    const { failed } = await this.#connection.requestAll(
      chunk.map(({ request }) => request),
      { signal: this.#options.signal },
    )
    this.requests += chunk.length
    for (const { index, error } of failed) this.#refused(chunk[index]!, error)
    this.#options.progress?.(this.requests)
  }

  #refused({ step, part, request }: StepRequest<Entry>, error: Error): void {
    if (error instanceof NetlinkError) {
      if (error.errno === EPERM || error.errno === EACCES) throw error
      const removal = request.type === this.#rules.definition.types.delete
      if (removal && this.#rules.missing.includes(error.errno)) return
    }
    if (part === undefined) this.#outcome.count(step, -1)
    this.#outcome.failed.push({ ...step, error })
  }
}
