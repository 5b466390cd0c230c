import { type BulkRequest, type Connection, NetlinkError } from '@rtnl/netlink-core'
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
export interface StepRequest<Entry> extends BulkRequest<Entry> {
  readonly step: Step<Entry>
  /** The step is not counted: it is a part of another. */
  readonly part: boolean
}

/** @param part whether the step is not counted */
export function stepRequest<Entry>(request: BulkRequest<Entry>, step: Step<Entry>, part = false): StepRequest<Entry> {
  const { message, type, flags = 0, entry, operation } = request
  return { message, type, flags, entry, operation, step, part }
}

const EPERM = 1
const EACCES = 13

/** Sends the requests of many steps in their order, as fast as the kernel takes them, and notes what it refused. */
export class Sender<Entry> {
  readonly #connection: Connection
  readonly #rules: ReconcileRules<Entry>
  readonly #outcome: Outcome<Entry>
  readonly #options: PassOptions<Entry>
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
   * Resolves once all are answered. What is to be done is found while what was found before is on its way.
   * @param steps `undefined` where there is nothing to do, so that the event loop runs all the same
   * @throws {NetlinkError} no permission: the rest is not tried
   */
  async send(steps: Generator<StepRequest<Entry> | undefined, void, undefined>): Promise<void> {
    const slice = new TimeSlice()
    for (let next = steps.next(); next.done !== true; next = steps.next()) {
      if (next.value !== undefined) {
        this.#begin(next.value)
        if (this.#options.dryRun !== true) {
          // Whoever may not do the first may do none of them.
          await this.#request([next.value])
          await this.#request(this.#others(steps))
          return
        }
      }
      if (slice.over()) await slice.next()
      this.#options.signal?.throwIfAborted()
    }
    this.#options.signal?.throwIfAborted()
  }

  *#others(
    steps: Iterable<StepRequest<Entry> | undefined>,
  ): Generator<StepRequest<Entry> | undefined, void, undefined> {
    for (const step of steps) {
      if (step !== undefined) this.#begin(step)
      yield step
    }
  }

  #begin({ step, part }: StepRequest<Entry>): void {
    if (part) return
    this.#outcome.count(step)
    this.#options.onStep?.(step)
  }

  async #request(steps: Iterable<StepRequest<Entry> | undefined>): Promise<void> {
    const { signal, progress } = this.#options
    const before = this.requests
    const { failed } = await this.#connection.requestAll(steps, {
      signal,
      progress: (done, refused) => {
        this.requests = before + done + refused
        progress?.(this.requests)
      },
    })
    for (const { request, error } of failed) this.#refused(request, error)
  }

  #refused({ step, part, type }: StepRequest<Entry>, error: Error): void {
    if (error instanceof NetlinkError) {
      if (error.errno === EPERM || error.errno === EACCES) throw error
      const removal = type === this.#rules.definition.types.delete
      if (removal && this.#rules.missing.includes(error.errno)) return
    }
    if (!part) this.#outcome.count(step, -1)
    this.#outcome.failed.push({ ...step, error })
  }
}
