import {
  ClosedError,
  Errno,
  NetlinkError,
  type SocketPurpose,
  type Transport,
  type TransportHandler,
  type TransportStats,
} from '@rtnl/netlink-core'
import { noStats } from '@rtnl/netlink-core/internal'
import type { Choices } from './choices.ts'
import { joined } from './joined.ts'

/** A part of a dump, as the kernel makes it. */
export interface DumpPart {
  readonly bytes: Uint8Array
  /** The dump ends with it. */
  readonly last: boolean
}

/** What a socket asks of the kernel. */
export interface SocketHost {
  readonly choices: Choices
  /** Begins to carry out the messages of a datagram. The answers come by `receive` and `beginDump`. */
  carryOut(socket: ScheduledSocket, datagram: Uint8Array): void
  closed(socket: ScheduledSocket): void
  /** Called when a loss is reported to the program. */
  lost(socket: ScheduledSocket): void
}

type Outgoing = { readonly bytes: Uint8Array; readonly failed: (error: Error) => void } | (() => void)
type Item = Uint8Array | ((handler: TransportHandler) => void)

/** Errors by which the system refuses to send. */
const sendErrors = [Errno.ENOBUFS, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM] as const

/**
 * A socket with the queues that a real one has, each emptied when the schedule says so: from the program to the thread, from
 * the kernel to the thread, and from the thread to the program.
 */
export class ScheduledSocket implements Transport {
  readonly portId: number
  readonly purpose: SocketPurpose
  readonly groups = new Set<number>()
  readonly #host: SocketHost
  #handler: TransportHandler | undefined
  #outgoing: Outgoing[] = []
  /** What the kernel has queued. */
  #queue: Uint8Array[] = []
  /** The kernel drops messages until its queue was read empty. */
  #congested = false
  /** The next read ends with `ENOBUFS`. */
  #overrun = false
  /** Fences behind so many datagrams of the kernel's queue. */
  #fences: { left: number; readonly done: () => void }[] = []
  #inbox: Item[] = []
  #dump: (() => DumpPart) | undefined
  #dumped = 0
  /** The kernel carries out what was sent last. */
  busy = false
  #closed = false

  constructor(host: SocketHost, purpose: SocketPurpose, portId: number) {
    this.#host = host
    this.purpose = purpose
    this.portId = portId
  }

  /** Who gets what the socket delivers. */
  get handler(): TransportHandler | undefined {
    return this.#handler
  }

  start(handler: TransportHandler): void {
    this.#requireOpen()
    if (this.#handler !== undefined) throw new Error('the transport was started already')
    this.#handler = handler
  }

  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    this.#requireOpen()
    this.#outgoing.push({ bytes: bytes.slice(), failed })
  }

  join(group: number): void {
    this.#requireOpen()
    this.groups.add(group)
  }

  leave(group: number): void {
    this.#requireOpen()
    this.groups.delete(group)
  }

  sync(done: () => void): void {
    this.#requireOpen()
    this.#outgoing.push(done)
  }

  ref(): void {}

  unref(): void {}

  stats(): TransportStats {
    return { ...noStats }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.groups.clear()
    this.#handler = undefined
    this.#outgoing = []
    this.#queue = []
    this.#inbox = []
    this.#fences = []
    this.#dump = undefined
    this.#host.closed(this)
  }

  /** The thread can read something. */
  get canRead(): boolean {
    return this.#queue.length > 0 || this.#overrun
  }

  /** The thread can send, or begin a fence: it reads all answers to a datagram first. */
  canExecute(isLocked: boolean): boolean {
    const [next] = this.#outgoing
    if (next === undefined || this.busy) return false
    if (typeof next === 'function')
      return this.purpose === 'notification' || (!this.canRead && this.#fences.length === 0)
    return !this.canRead && this.#fences.length === 0 && !(isLocked && this.purpose === 'request')
  }

  get canDeliver(): boolean {
    return this.#inbox.length > 0 && this.#handler !== undefined
  }

  get inboxLength(): number {
    return this.#inbox.length
  }

  /** The kernel queues a datagram. */
  receive(bytes: Uint8Array): void {
    if (!this.#closed && !this.#congested) this.#queue.push(bytes)
  }

  /** The kernel's queue is full. */
  overflow(): void {
    if (this.#closed || this.#congested) return
    this.#congested = true
    this.#overrun = true
  }

  /** The kernel begins to dump. It makes the first part at once, and the next one when a part was read. */
  beginDump(next: () => DumpPart): void {
    this.#dump = next
    this.#dumped = 0
    this.#continueDump()
  }

  /** The thread reads once. */
  read(): void {
    if (this.#overrun) {
      this.#overrun = false
      this.#lose('overrun')
    } else {
      const bytes = this.#queue.shift()
      if (bytes === undefined) return
      const { choices } = this.#host
      if (this.purpose === 'notification' && choices.fault('cut short', 0.02)) this.#lose('truncated')
      else this.#inbox.push(bytes)
      for (const fence of this.#fences) fence.left--
      if (this.#dump !== undefined && this.#queue.length === 0) this.#continueDump()
    }
    if (this.canRead) {
      // What is behind an overrun has still to be read.
      this.#passFences((left) => left <= 0 && !this.#overrun)
      return
    }
    this.#congested = false
    this.#passFences(() => true)
  }

  /** The thread takes the next order of the program. */
  execute(): void {
    const next = this.#outgoing.shift()
    if (next === undefined) return
    if (typeof next === 'function') {
      if (this.canRead) this.#fences.push({ left: this.#queue.length, done: next })
      else {
        this.#congested = false
        this.#inbox.push(() => next())
      }
      return
    }
    const { choices } = this.#host
    if (choices.fault('send refused', 0.02)) {
      const error = new NetlinkError(choices.order.pick(sendErrors), { operation: 'send' })
      this.#inbox.push(() => next.failed(error))
      return
    }
    this.#host.carryOut(this, next.bytes)
  }

  /** Hands over to the program what the thread has read: so many items, in one turn of the event loop. */
  deliver(most: number): void {
    for (let left = most; left > 0 && this.#inbox.length > 0; ) {
      const [first] = this.#inbox
      const handler = this.#handler
      if (handler === undefined || first === undefined) return
      if (typeof first === 'function') {
        this.#inbox.shift()
        left--
        first(handler)
        continue
      }
      let count = 1
      while (count < left && this.#inbox[count] instanceof Uint8Array) count++
      const datagrams = this.#inbox.splice(0, count) as Uint8Array[]
      left -= count
      handler.data(joined(datagrams), undefined)
    }
  }

  /** The socket breaks. */
  fail(error: Error): void {
    this.#inbox.push((handler) => {
      this.close()
      handler.failed(error)
    })
  }

  #lose(reason: 'overrun' | 'truncated'): void {
    this.#inbox.push((handler) => {
      this.#host.lost(this)
      handler.overrun(reason)
    })
  }

  #continueDump(): void {
    const part = this.#dump?.()
    if (part === undefined) return
    if (part.last) this.#dump = undefined
    // The end of a dump is not lost: the kernel makes it again where there is no room.
    if (!part.last && this.#dumped++ > 0 && this.#host.choices.fault('dump overrun', 0.05)) {
      this.#lose(this.#host.choices.order.chance(0.5) ? 'overrun' : 'truncated')
      this.#continueDump()
    } else this.#queue.push(part.bytes)
  }

  #passFences(isPassed: (left: number) => boolean): void {
    while (this.#fences[0] !== undefined && isPassed(this.#fences[0].left)) {
      const { done } = this.#fences[0]
      this.#fences.shift()
      this.#inbox.push(() => done())
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClosedError('scheduled socket')
  }
}
