import { NetlinkError } from '../errors.ts'
import { align, messageHeaderLength } from '../netlink.ts'
import { turns } from './io-threads.ts'
import type { NativeConstants, NativeIoThread, NativeSocket } from './native-binding.ts'
import { giveReadBuffer, type ReadBuffer, takeReadBuffer } from './read-buffer.ts'
import type { TransportHandler } from './transport.ts'
import type { TurnTaker } from './turns.ts'

/**
 * Bytes that are handed over between two looks at the clock, and the messages that they cut: so few that a turn is not
 * much longer than it should be even in the first dump of a process, whose code no compiler has seen yet.
 */
const PART_BYTES = 2 * 1024

/** Reads what a socket received and hands it to the handler, when it is its turn. */
export class NativeReader implements TurnTaker {
  /** Times that data was handed over. */
  batches = 0
  readonly #socket: NativeSocket
  readonly #constants: NativeConstants
  readonly #closeSocket: () => void
  readonly #details: Float64Array
  /** Held while there is something to read. */
  #buffer: ReadBuffer | undefined
  /** The part of the buffer that was not delivered yet, and the namespace from which it comes. */
  #partStart = 0
  #partsEnd = 0
  #nsid: number | undefined
  #handler: TransportHandler | undefined
  /** By token, in the order of the tokens. */
  readonly #unsettled = new Map<number, (error: Error) => void>()
  readonly #fences = new Map<number, () => void>()
  #referenced = true
  #closed = false

  /** @param closeSocket called when receiving failed, before the handler learns of the error; calls `close` */
  constructor(socket: NativeSocket, constants: NativeConstants, closeSocket: () => void) {
    this.#socket = socket
    this.#constants = constants
    this.#closeSocket = closeSocket
    this.#details = new Float64Array(constants.Detail.Count)
  }

  /** Starts the socket. Throws what it throws. */
  start(thread: NativeIoThread, handler: TransportHandler): void {
    this.#handler = handler
    this.#socket.start(thread, () => turns.add(this))
  }

  get referenced(): boolean {
    return this.#referenced
  }

  /** Calls `failed` if the datagram with this token is refused. Tokens increase from call to call. */
  expectOutcome(token: number, failed: (error: Error) => void): void {
    this.#unsettled.set(token, failed)
  }

  /** Calls `done` when the fence with this token is reached. */
  expectFence(token: number, done: () => void): void {
    this.#fences.set(token, done)
  }

  ref(): void {
    this.#referenced = true
    turns.referencesChanged()
  }

  unref(): void {
    this.#referenced = false
  }

  close(): void {
    this.#closed = true
    turns.remove(this)
    this.#handler = undefined
    this.#giveBuffer()
    this.#partStart = 0
    this.#partsEnd = 0
    this.#unsettled.clear()
    this.#fences.clear()
  }

  takeTurn(end: number): boolean {
    while (!this.#closed) {
      const handedOver = this.#handOver()
      if (!handedOver && !this.#readItem()) return false
      const isWaiting = this.#partStart < this.#partsEnd
      // What was read is begun at least, so that of many who wait for their turns few hold a buffer meanwhile.
      if ((isWaiting && !handedOver) || performance.now() < end) continue
      if (!isWaiting) this.#giveBuffer()
      return true
    }
    return false
  }

  /** Hands over the next messages that are in the buffer. Returns false when there are none. */
  #handOver(): boolean {
    const start = this.#partStart
    const end = this.#partsEnd
    if (start >= end || this.#buffer === undefined) return false
    const { bytes, words } = this.#buffer
    let at = start
    while (at < end && at - start < PART_BYTES) {
      const length = end - at < messageHeaderLength ? 0 : words[at >> 2]! >>> 0
      // Behind an impossible length the next message cannot be found. The handler reports that.
      at = length < messageHeaderLength || length > end - at ? end : Math.min(at + align(length), end)
    }
    this.#partStart = at
    this.batches += 1
    this.#handler?.data(bytes.subarray(start, at), this.#nsid)
    return true
  }

  /** Returns false when nothing is left, which makes the addon announce the next item. */
  #readItem(): boolean {
    const handler = this.#handler
    const details = this.#details
    const { Kind, Detail, readBytes } = this.#constants
    this.#buffer ??= takeReadBuffer(readBytes)
    const kind = this.#socket.read(this.#buffer.bytes, details)
    const length = details[Detail.Length] ?? 0
    const nsid = details[Detail.Nsid] ?? -1
    const errno = details[Detail.Errno] ?? 0
    const token = details[Detail.Token] ?? 0
    const settled = details[Detail.Settled] ?? 0
    const refused = kind === Kind.SendFailed ? this.#unsettled.get(token) : undefined
    this.#forgetSettled(settled)
    switch (kind) {
      case Kind.Data:
        this.#partStart = 0
        this.#partsEnd = length
        this.#nsid = nsid === -1 ? undefined : nsid
        return true
      case Kind.Overrun:
        handler?.overrun('overrun')
        return true
      case Kind.Truncated:
        handler?.overrun('truncated')
        return true
      case Kind.Sync: {
        const done = this.#fences.get(token)
        this.#fences.delete(token)
        done?.()
        return true
      }
      case Kind.SendFailed:
        refused?.(new NetlinkError(errno, { operation: 'send to kernel' }))
        return true
      case Kind.Failed:
        this.#closeSocket()
        handler?.failed(new NetlinkError(errno, { operation: 'receive from kernel' }))
        return false
      case Kind.Empty:
        handler?.empty?.()
        return true
      default:
        this.#giveBuffer()
        return false
    }
  }

  #giveBuffer(): void {
    if (this.#buffer !== undefined) giveReadBuffer(this.#buffer)
    this.#buffer = undefined
  }

  #forgetSettled(settled: number): void {
    for (const token of this.#unsettled.keys()) {
      if (token > settled) return
      this.#unsettled.delete(token)
    }
  }
}
