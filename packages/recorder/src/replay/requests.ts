import {
  ControlMessage,
  DecodeError,
  type DumpRequest,
  ExtendedAck,
  formatHex,
  littleEndian,
  type MessageCursor,
  MessageFlag,
  messageHeaderLength,
  readMessages,
  Writer,
} from '@rtnl/netlink-core'
import type { RecordedEvent } from '../recording.ts'

/** A request, by what it asks for. */
export interface RequestHead {
  /** Equal for requests that ask for the same. */
  readonly key: string
  readonly type: number
  readonly seq: number
  readonly isDump: boolean
}

/** The requests of a datagram; those before one that is malformed. */
export function readRequests(datagram: Uint8Array): RequestHead[] {
  const requests: RequestHead[] = []
  readWhole(datagram, ({ view, type, flags, seq, body, end }) => {
    const isDump = isGet(type) && (flags & MessageFlag.DUMP) === MessageFlag.DUMP
    const key = `${type} ${isDump ? 'dump' : 'one'} ${formatHex(view, body, end - body)}`
    requests.push({ key, type, seq, isDump })
  })
  return requests
}

/** As `readMessages`, as far as messages are whole. @returns whether all are */
export function readWhole(bytes: Uint8Array, each: (cursor: MessageCursor) => void): boolean {
  try {
    readMessages(bytes, each)
    return true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

/** A dump as `Connection` requests it. */
export function dumpHead<Entry>({ message, type, entry, attributes }: DumpRequest<Entry>): RequestHead {
  const writer = new Writer(256)
  const start = writer.beginMessage(type, MessageFlag.REQUEST | MessageFlag.DUMP, 0)
  message.encode(writer, entry, attributes)
  writer.endMessage(start)
  return readRequests(writer.bytes().slice())[0]!
}

/** Whether requests of a type change nothing: in rtnetlink the types of one object are NEW, DEL, GET, SET, four in a row. */
export function isGet(type: number): boolean {
  return type >= ControlMessage.MIN_TYPE && (type & 3) === 2
}

/** At which events of a recording which dumps are asked for. */
export class DumpIndex {
  /** By key: the place of the first one. */
  readonly #first = new Map<string, number>()
  /** By type, then by key: the place of the last one. */
  readonly #last = new Map<number, Map<string, number>>()

  #places = 0

  /** Takes the next event. */
  add({ kind, messages }: RecordedEvent): void {
    const place = this.#places++
    if (kind !== 'sent') return
    for (const { type, key, isDump } of readRequests(messages)) {
      if (!isDump) continue
      const keys = this.#last.get(type) ?? new Map<string, number>()
      this.#last.set(type, keys.set(key, place))
      if (!this.#first.has(key)) this.#first.set(key, place)
    }
  }

  /** The place of the first of these dumps; `undefined` if the recording has none. */
  firstOf({ key }: RequestHead): number | undefined {
    return this.#first.get(key)
  }

  /** The place of the last of these dumps; `undefined` if the recording has none. */
  lastOf({ type, key }: RequestHead): number | undefined {
    return this.#last.get(type)?.get(key)
  }

  /**
   * Whether a dump will never come after a place, although others of its type do, or is nowhere at all. Whoever asks for it has to
   * ask for another one: a part of a table that the recorded program did not read alone.
   */
  isHopeless({ type, key }: RequestHead, place: number): boolean {
    const keys = this.#last.get(type)
    const last = keys?.get(key)
    if (keys === undefined || last === undefined) return true
    return last < place && [...keys.values()].some((other) => other >= place)
  }
}

/** `EIO`, `EOPNOTSUPP`: what a replay refuses with. */
export const Refusal = { NOT_RECORDED: 5, READ_ONLY: 95 } as const

/** Answers a request with an ack. @param errno 0 for success */
export function ackOf(request: RequestHead, portId: number, errno: number, reason = ''): Uint8Array {
  const text = new TextEncoder().encode(`${reason}\0`)
  const withReason = reason !== ''
  const length = messageHeaderLength * 2 + 4 + (withReason ? 4 + text.length : 0)
  const bytes = new Uint8Array((length + 3) & ~3)
  const view = new DataView(bytes.buffer)
  const flags = MessageFlag.CAPPED | (withReason ? MessageFlag.ACK_TLVS : 0)
  writeHead(view, 0, length, ControlMessage.ERROR, flags, request.seq, portId)
  view.setInt32(messageHeaderLength, -errno, littleEndian)
  writeHead(view, messageHeaderLength + 4, messageHeaderLength, request.type, 0, request.seq, portId)
  if (withReason) {
    const at = messageHeaderLength * 2 + 4
    view.setUint16(at, 4 + text.length, littleEndian)
    view.setUint16(at + 2, ExtendedAck.MSG, littleEndian)
    bytes.set(text, at + 4)
  }
  return bytes
}

function writeHead(
  view: DataView,
  at: number,
  length: number,
  type: number,
  flags: number,
  seq: number,
  portId: number,
): void {
  view.setUint32(at, length, littleEndian)
  view.setUint16(at + 4, type, littleEndian)
  view.setUint16(at + 6, flags, littleEndian)
  view.setUint32(at + 8, seq, littleEndian)
  view.setUint32(at + 12, portId, littleEndian)
}

/** A recorded answer as the answer to another request: with its number and port id. */
export function readdressed({ view, start, end }: MessageCursor, seq: number, portId: number): Uint8Array {
  const bytes = new Uint8Array((end - start + 3) & ~3)
  bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, end - start))
  const copy = new DataView(bytes.buffer)
  copy.setUint32(8, seq, littleEndian)
  copy.setUint32(12, portId, littleEndian)
  return bytes
}
