import type { Writer } from '../codec/writer.ts'
import type { NetlinkError } from '../errors.ts'
import type { CallOptions, Request } from './request.ts'

/** One of many messages to the kernel. The connection holds the object until the kernel has answered: do not change it, unless it has `note`. */
export interface BulkRequest<Entry> extends Omit<Request<Entry>, 'operation'> {
  /** The text for errors that says what is attempted: `add route 10.0.0.0/8`. A function is called only on an error. */
  readonly operation: string | (() => string)
  /**
   * Writes what follows the message header, if the caller already has it as bytes. Default: `entry` is encoded. The connection
   * calls it once, when it reads the request from the iterable.
   */
  encode?(writer: Writer): void
  /**
   * Writes what `restore` needs. With both functions one object can be given as many requests: the connection has read it by the
   * time it takes the next one from the iterable, and holds these bytes in place of an object for each request.
   */
  note?(writer: Writer): void
  /** Makes the request of which `note` wrote these bytes, from `start` to `end`. The connection calls it for a request that fails. */
  restore?(view: DataView, start: number, end: number): BulkRequest<unknown>
}

/** How many requests are made. */
export interface BulkOptions extends CallOptions {
  /**
   * Stops sending. The call rejects with `signal.reason` once the kernel has answered the requests that were sent before, or
   * after the time-out. `progress` has received the number of requests that were carried out.
   */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for which the kernel may answer nothing at all while requests are in flight. Default: 60,000. */
  readonly timeout?: number | undefined
  /**
   * Called every 100 ms at most, and once in the end, also where the call rejects. What it throws ends the call as the
   * signal does.
   * @param done requests that were carried out
   * @param failed requests that were not, or are not known to have been
   */
  readonly progress?: ((done: number, failed: number) => void) | undefined
}

/** A request that was not carried out, or is not known to have been. */
export interface BulkFailure<Asked = BulkRequest<unknown>> {
  /** Its place in the order in which the requests were given, from 0. */
  readonly index: number
  /** As it was given. */
  readonly request: Asked
  /**
   * `TypeError` or `RangeError`: the entry does not fit its declaration; nothing of the request was sent.
   * `NetlinkError`: the kernel refused the request. With `ENOBUFS` and without `extack` the ack was lost, and the kernel may
   * have carried out the request.
   */
  readonly error: NetlinkError | TypeError | RangeError
}

/** What became of many requests. */
export interface BulkResult<Asked = BulkRequest<unknown>> {
  /** Requests that were carried out. */
  readonly done: number
  /** All others, by index. */
  readonly failed: readonly BulkFailure<Asked>[]
}
