import type { Message } from '../codec/message.ts'
import { ControlMessage, MessageFlag, messageHeaderLength } from '../netlink.ts'
import { build, concatenate, type ErrorDetails, hasDetails, messageBytes, writeDetails } from './message-bytes.ts'

/** A message that a program sent to the fake kernel. */
export interface FakeRequest {
  /** `nlmsg_type` */
  readonly type: number
  /** `nlmsg_flags` */
  readonly flags: number
  /** `nlmsg_seq` */
  readonly seq: number
  /** Port id of the socket that sent it. */
  readonly portId: number
  /** The message from `struct nlmsghdr` on. */
  readonly bytes: Uint8Array
  /** @throws {DecodeError} the message does not fit the declaration */
  decode<Entry>(message: Message<Entry>): Entry
}

/** What the fake kernel sends back: datagrams, in order. */
export type Answer = (request: FakeRequest) => readonly Uint8Array[]

export interface ErrorOptions extends ErrorDetails {
  /** Whether the ack has the whole request, as without `NETLINK_CAP_ACK`. Default: the header of the request alone. */
  readonly echo?: boolean | undefined
}

/** How a dump is answered. */
export interface DumpOptions {
  /** Messages in a datagram. Default: 100. */
  readonly chunk?: number | undefined
  /** Where `NLM_F_DUMP_INTR` is set: the index of a message, or on `NLMSG_DONE`. */
  readonly interrupted?: number | 'done' | undefined
  /** A positive error number in `NLMSG_DONE`. */
  readonly doneErrno?: number | undefined
  /** What `NLMSG_DONE` says beside it. */
  readonly details?: ErrorDetails | undefined
}

/**
 * Whether the request asks for a table. The bits of `NLM_F_DUMP` have other meanings in requests that change one; in
 * rtnetlink the types of one object are NEW, DEL, GET and SET, beginning at a multiple of four.
 */
export function isDump({ type, flags }: FakeRequest): boolean {
  return (type & 3) === 2 && (flags & MessageFlag.DUMP) === MessageFlag.DUMP
}

function error(errno: number, options: ErrorOptions = {}): Answer {
  return ({ seq, portId, bytes }) => {
    const flags = (options.echo ? 0 : MessageFlag.CAPPED) | (hasDetails(options) ? MessageFlag.ACK_TLVS : 0)
    return [
      build({ type: ControlMessage.ERROR, flags, seq, pid: portId }, (writer) => {
        writer.u32(-errno >>> 0)
        writer.raw(options.echo ? bytes : bytes.subarray(0, messageHeaderLength))
        writer.pad()
        writeDetails(writer, options)
      }),
    ]
  }
}

function ack(): Answer {
  return (request) => ((request.flags & MessageFlag.ACK) === 0 ? [] : error(0)(request))
}

function reply<Entry>(message: Message<Entry>, type: number, ...entries: readonly Partial<Entry>[]): Answer {
  return (request) => {
    const { seq, portId } = request
    const messages = entries.map((entry) => messageBytes(message, { type, seq, pid: portId }, entry))
    return [...messages, ...ack()(request)]
  }
}

function dump<Entry>(
  message: Message<Entry>,
  type: number,
  entries: Iterable<Partial<Entry>>,
  options: DumpOptions = {},
): Answer {
  const { chunk = 100, interrupted, doneErrno = 0, details = {} } = options
  return ({ seq, portId }) => {
    const messages = Array.from(entries, (entry, index) => {
      const flags = MessageFlag.MULTI | (index === interrupted ? MessageFlag.DUMP_INTR : 0)
      return messageBytes(message, { type, flags, seq, pid: portId }, entry)
    })
    const datagrams: Uint8Array[] = []
    for (let at = 0; at < messages.length; at += chunk) datagrams.push(concatenate(messages.slice(at, at + chunk)))
    const flags =
      MessageFlag.MULTI |
      (interrupted === 'done' ? MessageFlag.DUMP_INTR : 0) |
      (hasDetails(details) ? MessageFlag.ACK_TLVS : 0)
    const done = build({ type: ControlMessage.DONE, flags, seq, pid: portId }, (writer) => {
      writer.u32(-doneErrno >>> 0)
      writeDetails(writer, details)
    })
    return [...datagrams, done]
  }
}

/** The answers that a kernel gives. */
export const answer = {
  /** Success, if the request asks for an ack. */
  ack,
  /** `NLMSG_ERROR`. With 0 as error number it is success with a warning. */
  error,
  /** Entries, and success. */
  reply,
  /** Entries in datagrams of many messages, and `NLMSG_DONE`. */
  dump,
  /** Datagrams as they are, well formed or not. */
  raw:
    (...datagrams: readonly Uint8Array[]): Answer =>
    () =>
      datagrams,
  /** Nothing at all, ever. */
  silence: (): Answer => () => [],
} as const
