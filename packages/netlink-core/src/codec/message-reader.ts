import { DecodeError } from '../errors.ts'
import { littleEndian, messageHeaderLength } from '../netlink.ts'

/** One message inside a batch. The reader reuses the object for the next message: copy what you keep. */
export interface MessageCursor {
  /** The batch as a view from its first byte. */
  readonly view: DataView
  /** The batch as 32-bit words. */
  readonly words: Int32Array
  /** `nlmsg_type` */
  readonly type: number
  /** `nlmsg_flags` */
  readonly flags: number
  /** `nlmsg_seq` */
  readonly seq: number
  /** `nlmsg_pid`: port id of who asked, or of who caused a notification. */
  readonly pid: number
  /** Offset of the header in the batch, in bytes. */
  readonly start: number
  /** Offset of what follows the header. */
  readonly body: number
  /** Offset behind the message, without the bytes that align it. */
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
  const counters = { receivedMessages: 0 }
  readBatch(bytes, each, counters, (error) => {
    throw error
  })
  return counters.receivedMessages
}

/**
 * As `readMessages`. It looks at words and calls nothing but `each`, since the first thousands of messages of a process pass
 * here before a compiler has seen the code.
 * @param counters count each message before `each` gets it
 * @param failed called with what `each` throws for a message. If it returns, the others are still read
 */
export function readBatch(
  bytes: Uint8Array,
  each: (cursor: MessageCursor) => void,
  counters: { receivedMessages: number },
  failed: (error: unknown) => void,
): void {
  const { byteLength } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, byteLength >> 2)
  const cursor: Mutable<MessageCursor> = { view, words, type: 0, flags: 0, seq: 0, pid: 0, start: 0, body: 0, end: 0 }
  const low = littleEndian
  for (let at = 0; at < byteLength; ) {
    const word = at >> 2
    const left = byteLength - at
    const length = left < messageHeaderLength ? 0 : words[word]! >>> 0
    if (length < messageHeaderLength || length > left) {
      throw new DecodeError('netlink', '', at, `message length ${length} with ${left} bytes left`)
    }
    const head = words[word + 1]!
    cursor.type = low ? head & 0xffff : head >>> 16
    cursor.flags = low ? head >>> 16 : head & 0xffff
    cursor.seq = words[word + 2]! >>> 0
    cursor.pid = words[word + 3]! >>> 0
    cursor.start = at
    cursor.body = at + messageHeaderLength
    cursor.end = at + length
    at += (length + 3) & ~3
    counters.receivedMessages++
    try {
      each(cursor)
    } catch (error) {
      failed(error)
    }
  }
}
