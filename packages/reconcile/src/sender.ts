import { type Connection, Errno, inTurns, NetlinkError, TimeSlice } from '@rtnl/netlink-core'
import type { OperationRequest } from './operation-request.ts'
import type { Operation, Outcome } from './outcome.ts'
import type { EntryRules } from './rules.ts'

/** How changes are made. */
export interface CycleOptions<Entry> {
  /** Ends the cycle. Changes that were sent stay. */
  readonly signal?: AbortSignal | undefined
  /** Called now and then with the number of requests that the kernel has answered. */
  readonly progress?: ((done: number) => void) | undefined
  /** Called for each change before it is sent. */
  readonly onOperation?: ((step: Operation<Entry>) => void) | undefined
  /** Nothing is sent. */
  readonly dryRun?: boolean | undefined
}

/** The requests to send; `undefined` for an entry with which there is nothing to do. */
export type Requests<Entry> = Generator<OperationRequest<Entry> | undefined, void, undefined>

/** Sends the requests of many operations in their order, as fast as the kernel takes them, and notes its refusals. */
export class Sender<Entry> {
  readonly #connection: Connection
  readonly #rules: EntryRules<Entry>
  readonly #outcome: Outcome<Entry>
  readonly #options: CycleOptions<Entry>
  /** Requests that the kernel has answered. */
  requests = 0

  constructor(connection: Connection, rules: EntryRules<Entry>, outcome: Outcome<Entry>, options: CycleOptions<Entry>) {
    this.#connection = connection
    this.#rules = rules
    this.#outcome = outcome
    this.#options = options
  }

  /** Counts the operation of a request that is about to be sent, and calls `onOperation`. */
  begin(request: OperationRequest<Entry>): void {
    if (request.part) return
    this.#outcome.count(request.action)
    this.#options.onOperation?.(request.planned)
  }

  /**
   * Resolves once the kernel has answered all requests. The generator finds the next requests while earlier ones are in flight.
   * @param requests requests for which `begin` was called; `undefined` lets the event loop run where there is nothing to do
   * @throws {NetlinkError} no permission: the rest is not tried
   */
  async send(requests: Requests<Entry>): Promise<void> {
    const { signal, dryRun } = this.#options
    if (dryRun === true) {
      const slice = new TimeSlice()
      for (const _request of requests) {
        if (slice.over()) await slice.next()
        signal?.throwIfAborted()
      }
    } else {
      // If the kernel denies permission for the first request, it would for all of them.
      await this.#request(first(requests))
      await this.#request(requests)
    }
    signal?.throwIfAborted()
  }

  async #request(requests: Requests<Entry>): Promise<void> {
    const { signal, progress } = this.#options
    const before = this.requests
    const { failed } = await this.#connection.requestAll(requests, {
      signal,
      progress: (done, refused) => {
        if (this.requests === before + done + refused) return
        this.requests = before + done + refused
        if (refused > 0) this.#outcome.refused = true
        progress?.(this.requests)
      },
    })
    await inTurns(failed, ({ request, error }) => this.#refused(request, error))
  }

  #refused({ action, planned: step, part, type }: OperationRequest<Entry>, error: Error): void {
    if (error instanceof NetlinkError) {
      if (error.errno === Errno.EPERM || error.errno === Errno.EACCES) throw error
      const removal = type === this.#rules.definition.types.delete
      if (
        removal &&
        (this.#rules.missing.includes(error.errno) || this.#rules.wentWith?.(step.old ?? step.entry, error))
      )
        return
    }
    if (!part) this.#outcome.count(action, -1)
    this.#outcome.failed.push({ ...step, error })
  }
}

/** The requests up to the first one that is something. */
function* first<Entry>(requests: Requests<Entry>): Requests<Entry> {
  for (let next = requests.next(); next.done !== true; next = requests.next()) {
    yield next.value
    if (next.value !== undefined) return
  }
}
