import type { MessageCursor } from '../codec/message-reader.ts'
import type { Transport, TransportHandler } from '../transport/transport.ts'
import { plainAckLength } from './ack.ts'
import type { Monitor } from './monitor.ts'

/** An ack takes some 800 bytes of the receive buffer: 128 fit where 212,992 bytes, the smallest default, are granted. */
export const messagesPerSend = 128
/** A datagram is complete when it has as much; with less room, when half of that is taken. */
const bytesPerSend = 64 * 1024

const largestSequenceNumber = 0xffffffff

/** Somebody who sends requests by a `RequestSocket`. */
export interface Asker {
  /**
   * Takes acks that a batch of messages begins with, if each is of success, says nothing more, and comes next for this asker.
   * @returns how many
   */
  takeAcks?(words: Int32Array): number
  /** @returns whether the message answers a request of this asker */
  answered(cursor: MessageCursor): boolean
  /** Acks were lost. */
  lost(): void
  /** Called once, when the socket can neither send nor receive any more. */
  ended(error: Error): void
}

/** The socket for requests and their acks. Several requesters share it; sequence numbers say whose an answer is. */
export class RequestSocket implements TransportHandler {
  readonly monitor: Monitor
  /** Bytes with which a datagram is complete. */
  readonly bytesPerSend: number
  readonly #transport: Transport
  readonly #askers: Asker[] = []
  /** Those who wait for something: the process stays alive for them. */
  readonly #waiting = new Set<object>()
  #lastSequenceNumber = 0
  #end: Error | undefined

  constructor(transport: Transport, monitor: Monitor) {
    this.#transport = transport
    this.monitor = monitor
    this.bytesPerSend = Math.min(bytesPerSend, (transport.largestSend ?? Number.POSITIVE_INFINITY) / 2)
    transport.start(this)
    transport.unref()
  }

  get portId(): number {
    return this.#transport.portId
  }

  /** Why nothing can be sent any more. */
  get end(): Error | undefined {
    return this.#end
  }

  /** Adds an asker. Answers are offered to those who were added first, first. */
  attach(asker: Asker): void {
    this.#askers.push(asker)
  }

  /** Takes so many sequence numbers in a row, of which none is 0. @returns the first one */
  reserve(count: number): number {
    const first = this.#lastSequenceNumber > largestSequenceNumber - count ? 1 : this.#lastSequenceNumber + 1
    this.#lastSequenceNumber = first + count - 1
    return first
  }

  /** Says that many datagrams follow each other, or that they are over; see `Transport.bulk`. */
  bulk(running: boolean): void {
    if (this.#end === undefined) this.#transport.bulk?.(running)
  }

  /** Sends whole messages, so many requests, in one datagram; see `Transport.send`. */
  send(bytes: Uint8Array, requests: number, failed: (error: Error) => void): void {
    this.monitor.sent(bytes, requests)
    try {
      this.#transport.send(bytes, failed)
    } catch (error) {
      // There is no memory for a copy. The caller does not expect `failed` to be called before `send` returns.
      queueMicrotask(() => failed(error as Error))
    }
  }

  /** A fence behind the answers to everything that was sent; see `Transport.sync`. */
  sync(done: () => void): void {
    this.#transport.sync(done)
  }

  /** Keeps the process alive until `release` is called with the same object. */
  hold(waiting: object): void {
    this.#waiting.add(waiting)
    if (this.#waiting.size === 1 && this.#end === undefined) this.#transport.ref()
  }

  release(waiting: object): void {
    if (this.#waiting.delete(waiting) && this.#waiting.size === 0 && this.#end === undefined) this.#transport.unref()
  }

  /** Idempotent. */
  close(error: Error): void {
    if (this.#end !== undefined) return
    this.#end = error
    for (const asker of this.#askers) asker.ended(error)
    this.#transport.close()
  }

  data(bytes: Uint8Array): void {
    const taken = this.#takeAcks(bytes)
    if (taken === bytes.length) return
    // After a malformed message the answers behind it run into their time-outs; nothing wrong is returned.
    this.monitor.receive(bytes.subarray(taken), (cursor) => this.#message(cursor))
  }

  overrun(): void {
    this.monitor.overrun('request')
    for (const asker of this.#askers) asker.lost()
  }

  failed(error: Error): void {
    this.close(error)
  }

  /** @returns the bytes that need no more reading */
  #takeAcks(bytes: Uint8Array): number {
    // They are to be printed one by one.
    if (this.monitor.tracing) return 0
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    for (const asker of this.#askers) {
      const acks = asker.takeAcks?.(words) ?? 0
      if (acks === 0) continue
      this.monitor.received(acks, acks * plainAckLength)
      return acks * plainAckLength
    }
    return 0
  }

  #message(cursor: MessageCursor): void {
    for (const asker of this.#askers) if (asker.answered(cursor)) return
    this.monitor.stray(cursor)
  }
}
