import { setImmediate } from 'node:timers'
import { ClosedError } from '../errors.ts'
import { align } from '../netlink.ts'
import { surface } from '../surface.ts'
import { noStats } from '../transport/no-stats.ts'
import type {
  OverrunReason,
  SocketPurpose,
  Transport,
  TransportHandler,
  TransportStats,
} from '../transport/transport.ts'
import { concatenate } from './message-bytes.ts'

/** What the fake kernel does for its sockets. */
export interface FakeSocketHost {
  /** Carries out the messages of a datagram and returns the answers. */
  carryOut(socket: FakeTransport, bytes: Uint8Array): readonly Uint8Array[]
  /** Throws where the group is refused. */
  joining(group: number): void
  /** The error that sending fails with. */
  readonly sendError: Error | undefined
  closed(socket: FakeTransport): void
}

type Item =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly nsid: number | undefined }
  | { readonly kind: 'call'; call(): void }

// Far away: the timer is there to keep the process alive, not to run.
const farAway = 0x7fffffff

/** A socket of a `FakeKernel`. It keeps the promises of `Transport`: all calls come from the event loop, in order. */
export class FakeTransport implements Transport {
  readonly portId: number
  /** What the socket is for. */
  readonly purpose: SocketPurpose
  /** The multicast groups that it is in. */
  readonly groups = new Set<number>()
  /** The datagrams that were sent. */
  readonly sent: Uint8Array[] = []
  readonly #host: FakeSocketHost
  readonly #counters: TransportStats = { ...noStats }
  #handler: TransportHandler | undefined
  /** Datagrams, and fences behind them. */
  #outgoing: ({ readonly bytes: Uint8Array; readonly failed: (error: Error) => void } | (() => void))[] = []
  #incoming: Item[] = []
  /** Items that may be delivered; all unless held. */
  #allowed = Number.POSITIVE_INFINITY
  /** The queue overflowed, and takes nothing until it was read empty. */
  #losing = false
  #turn: NodeJS.Immediate | undefined
  #life: NodeJS.Timeout | undefined
  #closed = false

  constructor(host: FakeSocketHost, purpose: SocketPurpose, portId: number) {
    this.#host = host
    this.purpose = purpose
    this.portId = portId
    this.ref()
  }

  /** Whether the socket keeps the process alive. */
  get referenced(): boolean {
    return this.#life !== undefined
  }

  start(handler: TransportHandler): void {
    this.#requireOpen()
    if (this.#handler !== undefined) throw new Error('the transport was started already')
    this.#handler = handler
    this.#schedule()
  }

  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    this.#requireOpen()
    if (this.#handler === undefined) throw new Error('the transport was not started')
    const copy = bytes.slice()
    this.sent.push(copy)
    this.#outgoing.push({ bytes: copy, failed })
    this.#schedule()
  }

  join(group: number): void {
    this.#requireOpen()
    this.#host.joining(group)
    this.groups.add(group)
  }

  leave(group: number): void {
    this.#requireOpen()
    this.groups.delete(group)
  }

  sync(done: () => void): void {
    this.#requireOpen()
    if (this.#outgoing.length === 0) {
      this.#push({ kind: 'call', call: done })
    } else {
      this.#outgoing.push(done)
      this.#schedule()
    }
  }

  ref(): void {
    if (!this.#closed) this.#life ??= setInterval(() => {}, farAway)
  }

  /** Lets the process end. */
  unref(): void {
    clearInterval(this.#life)
    this.#life = undefined
  }

  /** Counters of the socket. */
  stats(): TransportStats {
    const pending = this.#incoming.reduce((sum, item) => sum + (item.kind === 'data' ? item.bytes.length : 0), 0)
    return { ...this.#counters, pending }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.unref()
    this.groups.clear()
    this.#handler = undefined
    this.#outgoing = []
    this.#incoming = []
    this.#host.closed(this)
  }

  /** A datagram arrives. */
  receive(bytes: Uint8Array, nsid?: number): void {
    if (this.#losing) this.#counters.drops++
    else this.#push({ kind: 'data', bytes, nsid })
  }

  /**
   * The queue overflows: the transport drops what arrives until the queue has been read empty. It reports the overrun before it
   * delivers what is in the queue.
   */
  overrun(): void {
    if (this.#closed) return
    this.#counters.overruns++
    this.#losing = true
    this.#incoming.unshift(this.#loss('overrun'))
    this.#schedule()
  }

  /** A datagram arrives that does not fit. */
  truncated(): void {
    this.#counters.truncated++
    this.#push(this.#loss('truncated'))
  }

  /** A datagram arrives that is not from the kernel. */
  foreign(): void {
    this.#counters.foreign++
  }

  /** The socket breaks. */
  fail(error: Error): void {
    this.#push({
      kind: 'call',
      call: () => {
        const handler = this.#handler
        this.close()
        handler?.failed(error)
      },
    })
  }

  /** Delivers nothing until `deliver` or `resume`. */
  hold(): void {
    this.#allowed = 0
  }

  /** Lets so many datagrams (fences and losses count as one) through although the socket is held. */
  deliver(count: number): void {
    this.#allowed += count
    this.#schedule()
  }

  /** Delivers again. */
  resume(): void {
    this.deliver(Number.POSITIVE_INFINITY)
  }

  #loss(reason: OverrunReason): Item {
    return { kind: 'call', call: () => this.#handler?.overrun(reason) }
  }

  #push(item: Item): void {
    if (this.#closed) return
    this.#incoming.push(item)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#turn !== undefined || this.#handler === undefined) return
    const sending = this.#outgoing.length > 0 && this.#incoming.length === 0
    const delivering = this.#incoming.length > 0 && this.#allowed > 0
    if (sending || delivering) this.#turn = setImmediate(() => this.#run())
  }

  #run(): void {
    this.#turn = undefined
    try {
      // The answers to one datagram are received before the next one is sent.
      if (this.#incoming.length === 0) this.#sendNext()
      for (let left = this.#incoming.length; left > 0 && this.#allowed > 0; ) left -= this.#deliverNext(left)
    } catch (error) {
      // An error of a handler is its own affair: the rest is still delivered.
      surface(error)
    }
    if (this.#incoming.length === 0) this.#losing = false
    this.#schedule()
  }

  #sendNext(): void {
    const next = this.#outgoing.shift()
    if (next === undefined) return
    if (typeof next === 'function') {
      this.#incoming.push({ kind: 'call', call: next })
      return
    }
    const error = this.#host.sendError
    if (error !== undefined) this.#incoming.push({ kind: 'call', call: () => next.failed(error) })
    else for (const bytes of this.#host.carryOut(this, next.bytes)) this.receive(bytes)
  }

  /** Delivers the next item, and with a datagram those behind it. @returns how many items that were */
  #deliverNext(most: number): number {
    const first = this.#incoming[0]
    if (first === undefined) return most
    let count = 1
    if (first.kind === 'data') {
      const follows = (item: Item | undefined): boolean =>
        item?.kind === 'data' && item.nsid === first.nsid && item.bytes.length > 0 && first.bytes.length > 0
      while (count < Math.min(most, this.#allowed) && follows(this.#incoming[count])) count++
    }
    const items = this.#incoming.splice(0, count)
    this.#allowed -= count
    if (first.kind === 'call') first.call()
    else this.#deliverData(items, first.nsid)
    return count
  }

  #deliverData(items: readonly Item[], nsid: number | undefined): void {
    const datagrams = items.flatMap((item) => (item.kind === 'data' ? [item.bytes] : []))
    this.#counters.datagrams += datagrams.length
    this.#counters.bytes += datagrams.reduce((sum, { length }) => sum + align(length), 0)
    const bytes = concatenate(datagrams)
    if (bytes.length === 0) {
      this.#handler?.empty?.()
      return
    }
    this.#counters.batches++
    this.#handler?.data(bytes, nsid)
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClosedError('fake netlink socket')
  }
}
