import type { UnknownAttribute } from '../codec/decode.ts'
import type { Message } from '../codec/message.ts'
import type { MessageCursor } from '../codec/message-reader.ts'
import { Writer } from '../codec/writer.ts'
import { messageHeaderLength } from '../netlink.ts'
import type { Ack } from './ack.ts'

/** A message to the kernel. */
export interface Request<Entry> {
  /** The declaration that `entry` is encoded by. */
  readonly message: Message<Entry>
  /** `nlmsg_type`: `RTM_NEWNEXTHOP` and the like. */
  readonly type: number
  /** `nlmsg_flags` beside `NLM_F_REQUEST` and `NLM_F_ACK`, which are always set. */
  readonly flags?: number
  /** Header fields and attributes of the request. */
  readonly entry: Partial<Entry>
  /** The text for errors that says what is attempted: `add route 10.0.0.0/8`. */
  readonly operation: string
}

/** A message to the kernel that asks for a table. */
export interface DumpRequest<Entry> extends Request<Entry> {
  /** Attributes of the request that are no fields of an entry, such as `IFLA_EXT_MASK`. */
  readonly attributes?: readonly UnknownAttribute[] | undefined
  /**
   * Ends the dump, as a good one, with the first message for which it holds; that message is no part of it, and the rest
   * is not waited for. For requests that the kernel answers with several tables in a row of which the first ones are
   * wanted: it has been through a table without an error when it begins the next one.
   */
  readonly until?: ((cursor: MessageCursor) => boolean) | undefined
}

/** Limits of a call. */
export interface CallOptions {
  /** Rejects with `signal.reason`. A request that was sent already may still be carried out by the kernel. */
  readonly signal?: AbortSignal | undefined
  /**
   * Milliseconds to wait for an answer. Default: 60,000. In a dump it limits the time between two messages; each attempt to
   * read a table may take ten times as long.
   */
  readonly timeout?: number | undefined
}

/** Limits of a dump. */
export interface DumpOptions extends CallOptions {
  /** The most bytes of an answer that are held until it is complete. Default: 1 GiB. */
  readonly limit?: number | undefined
}

const defaultTimeout = 60_000

/**
 * Names the field that an ack points at. The request is encoded once more instead of being kept, since errors are rare.
 */
export function offendingField(request: Pick<Request<unknown>, 'message' | 'entry'>, ack: Ack): string | undefined {
  const { set } = request.message
  if (ack.missingType !== undefined) {
    return set.nameOf(ack.missingType) ?? `attribute ${ack.missingType}`
  }
  if (ack.offset === undefined) return undefined
  const writer = new Writer(256)
  try {
    request.message.encode(writer, request.entry)
  } catch {
    // The caller changed the entry since.
    return undefined
  }
  return set.locate(writer.view, 0, writer.length, ack.offset - messageHeaderLength)
}

/** @throws {RangeError} a time-out that is no positive number */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return defaultTimeout
  if (typeof timeout !== 'number' || !(timeout > 0))
    throw new RangeError(`timeout: ${timeout} is not a positive number`)
  return timeout
}

const defaultLimit = 1024 ** 3

/** @throws {RangeError} a limit that is no positive number */
export function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return defaultLimit
  if (typeof limit !== 'number' || !(limit > 0)) throw new RangeError(`limit: ${limit} is not a positive number`)
  return limit
}
