import { loadAddon } from '../addon.ts'
import { ClosedError } from '../errors.ts'
import { newIoThread, sharedIoThread } from './io-threads.ts'
import type { NativeConstants, NativeError, NativeNamespace, NativeSocket } from './native-binding.ts'
import { attempt } from './native-error.ts'
import { NativeReader } from './native-reader.ts'
import { type NativeTransportFeatures, SocketOptions } from './socket-options.ts'
import type { SocketPurpose, Transport, TransportHandler, TransportStats } from './transport.ts'

export interface NativeTransportOptions {
  /** `NETLINK_*` protocol number; `NETLINK_ROUTE` (0) by default. */
  readonly protocol?: number | undefined
  /**
   * The network namespace to open the socket in, as `openNetns` gives it; the current one by default. It may be closed
   * afterwards: the socket stays in the namespace, and keeps it in existence, until the socket is closed.
   */
  readonly netns?: NativeNamespace | undefined
  /**
   * Bytes to ask for as receive buffer; 32 MiB by default, of which the kernel grants twice: room for 80,000 small
   * notifications, at some 830 bytes each. A writer that does nothing else makes as many in 0.2 to 0.4 s, and so long the I/O
   * thread may be kept from a processor. The kernel uses memory only for what is queued, and the thread empties the queue
   * even while JavaScript is busy. Without `CAP_NET_ADMIN` the buffer is limited by `net.core.rmem_max`, often to 212,992
   * bytes: 500 notifications, which is 2 ms. `stats().receiveBuffer` is what was granted.
   */
  readonly receiveBuffer?: number | undefined
  /**
   * Bytes received and not yet handled at which reading from the kernel pauses; 64 MiB by default: some 500,000 routes,
   * at 50 to 130 bytes each, a tenth of what they take in the kernel's buffer. From there on the
   * receive buffer fills, and when it is full the kernel drops messages, which is reported as an overrun. Commands
   * wait during a pause too. Up to 0.5 MiB more are taken, and buffers may have up to twice the size of what is in them.
   */
  readonly pendingLimit?: number | undefined
  /**
   * The socket is for dumps of rtnetlink: the kernel uses large datagrams from the first one on. Without it an entry of
   * more than 4 KB at the beginning of a table ends the first dump of the socket.
   */
  readonly dumps?: boolean | undefined
  /** Which of the shared I/O threads serves the socket: that for notifications by default. */
  readonly purpose?: SocketPurpose | undefined
  /** `NETLINK_LISTEN_ALL_NSID`: hear also the namespaces that have an id in this one. Needs `CAP_NET_BROADCAST`. */
  readonly allNsid?: boolean | undefined
}

const MIB = 1024 * 1024
/** What the kernel does not let a datagram have of the send buffer. */
const SEND_OVERHEAD = 32

/** A netlink socket of the kernel. Once started it lives until `close()`; it is not collected as garbage before. */
export class NativeTransport implements Transport {
  readonly portId: number
  readonly largestSend: number
  readonly features: NativeTransportFeatures
  readonly #constants: NativeConstants
  readonly #socket: NativeSocket
  readonly #options: SocketOptions
  readonly #reader: NativeReader
  readonly #receiveBuffer: number
  readonly #purpose: SocketPurpose
  #token = 0
  #referenced = true
  #closed = false

  /**
   * Opens a socket. Throws a `NetlinkError` when the kernel refuses, an `UnsupportedError` where there is no netlink
   * or no addon, a `ClosedError` when `netns` is closed.
   */
  static open(options: NativeTransportOptions = {}): NativeTransport {
    return new NativeTransport(options)
  }

  private constructor(options: NativeTransportOptions) {
    const { protocol = 0, netns, receiveBuffer = 32 * MIB, pendingLimit = 64 * MIB } = options
    const { constants, Socket } = loadAddon()
    requireSize('receiveBuffer', receiveBuffer, constants.largestSize)
    requireSize('pendingLimit', pendingLimit, constants.largestSize)
    this.#constants = constants
    this.#purpose = options.purpose ?? 'notification'
    this.#socket = attempt('open netlink socket', () => new Socket(protocol, netns, pendingLimit))
    this.#options = new SocketOptions(this.#socket, constants.SocketOption)
    this.#reader = new NativeReader(this.#socket, constants, () => this.close())
    try {
      this.portId = this.#socket.portId
      this.#receiveBuffer = this.#options.requestReceiveBuffer(receiveBuffer)
      this.largestSend = this.#options.requestSendBuffer() - SEND_OVERHEAD
      this.features = this.#options.enableFeatures()
      if (options.dumps === true) attempt('prepare for dumps', () => this.#socket.expectDumps())
      if (options.allNsid === true) this.#options.listenToAllNamespaces()
    } catch (error) {
      this.#socket.close()
      throw error
    }
  }

  start(handler: TransportHandler): void {
    this.#requireOpen()
    attempt('start netlink socket', () => this.#reader.start(sharedIoThread(this.#purpose), handler))
    if (!this.#referenced) this.#socket.unref()
  }

  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    this.#requireOpen()
    this.#token += 1
    attempt('send to kernel', () => this.#socket.send(bytes, this.#token))
    this.#reader.expectOutcome(this.#token, failed)
  }

  bulk(running: boolean): void {
    if (this.#closed) return
    try {
      this.#socket.moveTo(running ? newIoThread() : sharedIoThread(this.#purpose))
    } catch (error) {
      // Without another thread the socket stays where it is: others wait longer, nothing else.
      if ((error as Partial<NativeError>).errno === undefined) throw error
    }
  }

  join(group: number): void {
    this.#requireOpen()
    this.#options.join(group)
  }

  leave(group: number): void {
    this.#requireOpen()
    this.#options.leave(group)
  }

  sync(done: () => void): void {
    this.#requireOpen()
    this.#token += 1
    attempt('wait for what the kernel has sent', () => this.#socket.sync(this.#token))
    this.#reader.expectFence(this.#token, done)
  }

  ref(): void {
    if (this.#referenced) return
    this.#referenced = true
    this.#socket.ref()
    this.#reader.ref()
  }

  unref(): void {
    if (!this.#referenced) return
    this.#referenced = false
    this.#socket.unref()
    this.#reader.unref()
  }

  stats(): TransportStats {
    const { Counter } = this.#constants
    const counters = new Float64Array(Counter.Count)
    this.#socket.counters(counters)
    const counter = (index: number): number => counters[index] ?? 0
    return {
      datagrams: counter(Counter.Datagrams),
      bytes: counter(Counter.Bytes),
      batches: this.#reader.batches,
      overruns: counter(Counter.Overruns),
      truncated: counter(Counter.Truncated),
      foreign: counter(Counter.Foreign),
      drops: counter(Counter.Drops),
      pending: counter(Counter.Pending),
      receiveBuffer: this.#receiveBuffer,
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
    this.#reader.close()
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClosedError('netlink socket')
  }
}

function requireSize(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value <= 0 || value > most) {
    throw new RangeError(`${name} is ${value}, not a number of bytes between 1 and ${most}`)
  }
}
