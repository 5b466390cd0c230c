import { DecodeError } from '../errors.ts'
import { align, littleEndian, messageHeaderLength } from '../netlink.ts'

/** One message inside a batch. The reader reuses the object for the next message: copy what you keep. */
export interface MessageCursor {
  /** The batch as a view from its first byte, and as 32-bit words. */
  readonly view: DataView
  readonly words: Int32Array
  /** `nlmsg_type`, `nlmsg_flags`, `nlmsg_seq`, `nlmsg_pid`. */
  readonly type: number
  readonly flags: number
  readonly seq: number
  readonly pid: number
  /** Offset of the message's header, of what follows it, and of the end of the message, in bytes. */
  readonly start: number
  readonly body: number
  readonly end: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Calls `each` for every message of a batch of datagrams that are padded to 4 bytes.
 * @returns the number of messages
 * @throws {DecodeError} a length field that is less than a header or reaches beyond the batch. The messages before it
 *   were delivered. What follows is not: where its messages begin is unknown.
 */
export function readMessages(bytes: Uint8Array, each: (cursor: MessageCursor) => void): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  const cursor: Mutable<MessageCursor> = { view, words, type: 0, flags: 0, seq: 0, pid: 0, start: 0, body: 0, end: 0 }
  let at = 0
  let count = 0
  while (at < bytes.byteLength) {
    const left = bytes.byteLength - at
    const length = left < messageHeaderLength ? 0 : view.getUint32(at, littleEndian)
    if (length < messageHeaderLength || length > left) {
      throw new DecodeError('netlink', '', at, `message length ${length} with ${left} bytes left`)
    }
    cursor.type = view.getUint16(at + 4, littleEndian)
    cursor.flags = view.getUint16(at + 6, littleEndian)
    cursor.seq = view.getUint32(at + 8, littleEndian)
    cursor.pid = view.getUint32(at + 12, littleEndian)
    cursor.start = at
    cursor.body = at + messageHeaderLength
    cursor.end = at + length
    at += align(length)
    count++
    each(cursor)
  }
  return count
}
