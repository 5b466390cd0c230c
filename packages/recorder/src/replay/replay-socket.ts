import {
  ClosedError,
  type OverrunReason,
  type SocketPurpose,
  surface,
  type Transport,
  type TransportHandler,
  type TransportStats,
} from '@rtnl/netlink-core'
import { noStats } from '@rtnl/netlink-core/internal'

/** What a replay does for its sockets. */
export interface ReplayHost {
  /** Takes a datagram of requests. */
  asked(socket: ReplaySocket, datagram: Uint8Array): void
  /** The program waits for a fence, or has closed the socket. */
  called(): void
}

/** A socket whose other end is a recording. */
export class ReplaySocket implements Transport {
  readonly portId: number
  readonly purpose: SocketPurpose
  readonly #host: ReplayHost
  readonly #counters = { ...noStats }
  #handler: TransportHandler | undefined
  #fences: (() => void)[] = []
  #closed = false

  constructor(host: ReplayHost, purpose: SocketPurpose, portId: number) {
    this.#host = host
    this.purpose = purpose
    this.portId = portId
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Whether the program waits for a fence. */
  get hasFence(): boolean {
    return this.#fences.length > 0
  }

  start(handler: TransportHandler): void {
    this.#requireOpen()
    this.#handler = handler
  }

  send(bytes: Uint8Array): void {
    this.#requireOpen()
    this.#host.asked(this, bytes.slice())
  }

  join(): void {
    this.#requireOpen()
  }

  leave(): void {
    this.#requireOpen()
  }

  sync(done: () => void): void {
    this.#requireOpen()
    this.#fences.push(done)
    this.#host.called()
  }

  // Whoever plays the recording keeps the process alive.
  ref(): void {}
  unref(): void {}

  stats(): TransportStats {
    return { ...this.#counters }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#handler = undefined
    this.#fences = []
    this.#host.called()
  }

  /** Hands messages over. */
  receive(bytes: Uint8Array, nsid: number | undefined): void {
    this.#counters.datagrams++
    this.#counters.batches++
    this.#counters.bytes += bytes.length
    this.#call((handler) => handler.data(bytes, nsid))
  }

  lose(reason: OverrunReason): void {
    this.#counters[reason === 'overrun' ? 'overruns' : 'truncated']++
    this.#call((handler) => handler.overrun(reason))
  }

  receiveNothing(): void {
    this.#call((handler) => handler.empty?.())
  }

  /** Reaches the oldest fence. */
  passFence(): void {
    const done = this.#fences.shift()
    if (done !== undefined) this.#call(done)
  }

  fail(error: Error): void {
    const handler = this.#handler
    this.close()
    if (handler !== undefined) handler.failed(error)
  }

  /** An error of a handler is its own affair: the rest is still delivered. */
  #call(call: (handler: TransportHandler) => void): void {
    if (this.#handler === undefined) return
    try {
      call(this.#handler)
    } catch (error) {
      surface(error)
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClosedError('replayed netlink socket')
  }
}
