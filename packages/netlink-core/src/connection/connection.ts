import { clearTimeout, setTimeout } from 'node:timers'
import { ClosedError, DecodeError } from '../errors.ts'
import type { Netns } from '../netns.ts'
import { TimeSlice } from '../time-slice.ts'
import { noStats } from '../transport/no-stats.ts'
import type { SocketPurpose, Transport, TransportFactory, TransportStats } from '../transport/transport.ts'
import type { BulkOptions, BulkRequest, BulkResult } from './bulk-request.ts'
import { BulkRequester } from './bulk-requester.ts'
import { Dumper, type DumpSink } from './dumper.ts'
import { HeldDump } from './held-dump.ts'
import { type ConnectionCounters, Monitor } from './monitor.ts'
import { type CallOptions, checkLimit, type DumpOptions, type DumpRequest, type Request } from './request.ts'
import { RequestSocket } from './request-socket.ts'
import { Requester } from './requester.ts'
import { systemTransports } from './system-transports.ts'

/** How a connection is opened. */
export interface ConnectionOptions {
  /** The network namespace. Default: that of the process. */
  readonly netns?: Netns | undefined
  /**
   * Bytes of the notification socket's receive buffer. Default: 32 MiB. The kernel counts some 800 bytes for a
   * small notification, and takes memory only for what is queued. Without CAP_NET_ADMIN in the initial user namespace
   * the kernel caps the buffer at `net.core.rmem_max`; `Connection.stats().receiveBuffer` adds up what was granted.
   */
  readonly receiveBuffer?: number | undefined
  /**
   * Bytes of received notifications that the addon holds for a busy event loop. Default: 64 MiB. Up to 0.5 MiB more are taken. Beyond
   * that the receive buffer fills, and when it is full the kernel drops messages, which is told as an overrun. Each dump
   * under way holds up to 4.5 MiB beside.
   */
  readonly pendingLimit?: number | undefined
  /**
   * Sockets for notifications also hear the namespaces that have an id in this one (`NETLINK_LISTEN_ALL_NSID`): those to
   * which `ip netns set` gave one, and those at the other end of a veth. Default: false. Needs `CAP_NET_BROADCAST` in both.
   */
  readonly allNsid?: boolean | undefined
  /** Sockets of another kind, such as the fake kernel of `@rtnl/netlink-core/testing`. */
  readonly transports?: TransportFactory | undefined
}

/**
 * Milliseconds after which a socket for dumps is closed that nobody uses. To open one takes a fraction of a millisecond; a
 * thousand namespaces would hold a thousand of them.
 */
const longestIdle = 1000

/** Times that a dump of which messages were lost begins anew on another socket. */
const mostLosses = 8

function add(total: TransportStats, stats: TransportStats): void {
  for (const name of Object.keys(noStats) as (keyof TransportStats)[]) total[name] += stats[name]
}

/**
 * A way to the kernel in one network namespace: requests with acks on one socket, dumps on sockets of their own, so
 * that a long dump holds up no request, and sockets for notifications.
 * An idle connection does not keep the process alive.
 */
export class Connection implements AsyncDisposable, Disposable {
  readonly #transports: TransportFactory
  /** Counts and traces what the connection's sockets do, those of `openNotifications` included. */
  readonly monitor: Monitor
  /** Whether sockets for notifications hear other namespaces too. */
  readonly allNsid: boolean
  readonly #sockets = new Set<Transport>()
  /** Of sockets for notifications: who is to hear that the connection is closed. */
  readonly #followers = new Map<Transport, (error: Error) => void>()
  /** The sum of the counters of closed sockets. */
  readonly #retired: TransportStats = { ...noStats }
  readonly #dumpers = new Map<Dumper, Transport>()
  #idleDumper: Dumper | undefined
  #idleTimer: NodeJS.Timeout | undefined
  #requests: { readonly socket: RequestSocket; readonly single: Requester; readonly bulk: BulkRequester } | undefined
  #closed = false

  private constructor(transports: TransportFactory, allNsid: boolean) {
    this.#transports = transports
    this.allNsid = allNsid
    this.monitor = new Monitor(transports.name)
  }

  /**
   * Opens the namespace and a socket in it.
   * @throws {NetlinkError} no such namespace, or no permission
   * @throws {UnsupportedError} this system has no netlink
   */
  static async open(options: ConnectionOptions = {}): Promise<Connection> {
    const connection = new Connection(options.transports ?? systemTransports(options), options.allNsid === true)
    try {
      const socket = new RequestSocket(connection.#open('request'), connection.monitor)
      connection.#requests = { socket, single: new Requester(socket), bulk: new BulkRequester(socket) }
    } catch (error) {
      connection.close()
      throw error
    }
    return connection
  }

  /** The name of the namespace, for messages to people. */
  get name(): string {
    return this.#transports.name
  }

  /**
   * The netlink port id (`nl_pid`) of the socket that sends requests. Notifications that these requests cause carry it, except
   * where the kernel sends 0 instead.
   */
  get portId(): number {
    if (this.#requests === undefined) throw new ClosedError('connection')
    return this.#requests.socket.portId
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed
  }

  /** What happened so far, counted. */
  get counters(): Readonly<ConnectionCounters> {
    return this.monitor.counters
  }

  /** The counters of all sockets of the connection, added up; `pending` and `receiveBuffer` of the open ones. */
  stats(): TransportStats {
    const total = { ...this.#retired }
    for (const socket of this.#sockets) add(total, socket.stats())
    return total
  }

  /**
   * Sends a request and resolves with the entries it is answered with (for a get, or with `NLM_F_ECHO`) once the
   * kernel acknowledged it. Requests that are made in one turn of the event loop are sent together, and are carried out
   * in the order of the calls. Where a flood from other processes makes the kernel drop an answer, a request that changes
   * nothing (`RTM_GET*`) is sent again, eight times at most.
   * @throws {TypeError | RangeError} the entry does not fit its declaration; nothing is sent
   * @throws {NetlinkError} the kernel refused, or its answer was lost (`ENOBUFS`): the change may have been made
   * @throws {TimeoutError} no answer in time
   */
  async request<Entry>(request: Request<Entry>, options: CallOptions = {}): Promise<Entry[]> {
    if (this.#closed || this.#requests === undefined) throw new ClosedError('connection')
    return this.#requests.single.request(request, options)
  }

  /**
   * Sends many requests, each with an ack, at the kernel's speed: hundreds of thousands a second. The call reads `requests`
   * while it sends, so that a generator of a million takes no memory. It works in slices of a few milliseconds, between
   * which the event loop runs, with about 1,000 requests in flight. The kernel carries them out in their order. A refusal
   * stops none of the others; the result lists every request that failed.
   *
   * The call waits for acks only. `NLM_F_ECHO` and get requests are possible, but their answers are dropped. Dumps are not
   * possible. An iterable that has to search for its next request yields `undefined` now and then, so that other events of
   * the loop get their turn.
   *
   * The kernel carries out earlier calls of `request` before these requests. Between these and requests that are made
   * meanwhile there is no promised order.
   *
   * @throws {NetlinkError} the socket broke. After this and the other errors `options.progress` has received the number of
   *   requests that were carried out; the kernel may have carried out those in flight too
   * @throws {TimeoutError} the kernel answered nothing in time
   * @throws {ClosedError} the connection was closed
   * @throws what `requests`, `operation` and `progress` throw, once the kernel has answered the requests in flight
   */
  async requestAll<Entry, More = unknown>(
    requests: Iterable<(BulkRequest<Entry> & More) | undefined>,
    options: BulkOptions = {},
  ): Promise<BulkResult<BulkRequest<Entry> & More>> {
    if (this.#closed || this.#requests === undefined) throw new ClosedError('connection')
    return this.#requests.bulk.requestAll(requests, options)
  }

  /**
   * Reads a table to its end, then yields its entries in batches. The call holds the answer as bytes until the kernel has
   * ended it without an interruption, so that the entries are one consistent dump.
   * @throws {DumpInterruptedError} the table changed every time that it was read
   * @throws {DumpTruncatedError} the kernel cannot show an entry of more than 32 KiB, nor those behind it
   * @throws {DecodeError} a message cannot be decoded
   * @throws {NetlinkError} the kernel refused
   * @throws {RangeError} the answer has more bytes than `options.limit`
   */
  async *dump<Entry>(request: DumpRequest<Entry>, options: DumpOptions = {}): AsyncGenerator<Entry[], void, undefined> {
    const held = new HeldDump(request.operation, checkLimit(options.limit))
    await this.dumpInto(request, held, options)
    // A reader who finds each batch ready would not let the event loop run.
    const slice = new TimeSlice(1)
    for (const batch of held.batches((view, start, end) => this.#decode(request, view, start, end))) {
      yield batch
      if (slice.over()) await slice.next()
    }
  }

  /**
   * Reads a table and gives every message to `sink` as it arrives: the fast way, with nothing held in between. Where messages
   * are lost, the dump begins anew on another socket, eight times at most.
   * See `dump` for the errors; after an error the sink has seen a part of the table.
   * @throws what the sink and `request.until` throw
   */
  async dumpInto<Entry>(request: DumpRequest<Entry>, sink: DumpSink, options: CallOptions = {}): Promise<void> {
    for (let losses = 0; ; losses++) {
      if (this.#closed) throw new ClosedError('connection')
      const dumper = this.#takeIdleDumper() ?? this.#openDumper()
      try {
        await dumper.dump(request, sink, options)
        return
      } catch (error) {
        if (!dumper.lost || losses === mostLosses) throw error
      } finally {
        if (!dumper.closed && this.#idleDumper === undefined && !this.#closed) this.#keepIdle(dumper)
        else this.#closeDumper(dumper)
      }
      this.monitor.restarted(request.operation)
      sink.restart()
    }
  }

  /**
   * Opens another socket of this namespace for multicast groups. It is closed with the connection at the latest.
   * @param ended called if the connection is closed before the socket
   */
  openNotifications(ended?: (error: Error) => void): Transport {
    if (this.#closed) throw new ClosedError('connection')
    const socket = this.#open('notification')
    if (ended !== undefined) this.#followers.set(socket, ended)
    return socket
  }

  /** Closes a socket that `openNotifications` gave. */
  closeNotifications(socket: Transport): void {
    this.#retire(socket)
  }

  /**
   * Calls `gone` with a `NetnsGoneError` when the namespace has lost its name: after `ip netns del`, or when the process ends
   * by whose id it was opened. Sockets keep a namespace alive and do not report this. The call comes within about a second.
   * @returns a function that ends the watch
   */
  watchNamespace(gone: (error: Error) => void): () => void {
    const end = this.#closed ? undefined : this.#transports.watch?.(gone)
    return end ?? (() => {})
  }

  /** Idempotent. Rejects what is in flight with a `ClosedError`. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#takeIdleDumper()
    const error = new ClosedError('connection')
    this.#requests?.socket.close(error)
    for (const ended of [...this.#followers.values()]) ended(error)
    for (const dumper of this.#dumpers.keys()) dumper.close()
    for (const socket of this.#sockets) this.#retire(socket)
    this.#transports.close()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #open(purpose: SocketPurpose): Transport {
    const socket = this.#transports.open(purpose)
    this.#sockets.add(socket)
    return socket
  }

  #retire(socket: Transport): void {
    if (!this.#sockets.delete(socket)) return
    this.#followers.delete(socket)
    add(this.#retired, { ...socket.stats(), pending: 0, receiveBuffer: 0 })
    socket.close()
  }

  #openDumper(): Dumper {
    const socket = this.#open('dump')
    try {
      const dumper = new Dumper(socket, this.monitor)
      this.#dumpers.set(dumper, socket)
      return dumper
    } catch (error) {
      this.#retire(socket)
      throw error
    }
  }

  /** For the next dump, if it comes soon. */
  #keepIdle(dumper: Dumper): void {
    this.#idleDumper = dumper
    this.#idleTimer = setTimeout(() => {
      this.#idleDumper = undefined
      this.#closeDumper(dumper)
    }, longestIdle).unref()
  }

  #takeIdleDumper(): Dumper | undefined {
    const dumper = this.#idleDumper
    this.#idleDumper = undefined
    clearTimeout(this.#idleTimer)
    return dumper
  }

  #closeDumper(dumper: Dumper): void {
    const socket = this.#dumpers.get(dumper)
    this.#dumpers.delete(dumper)
    if (socket !== undefined) this.#retire(socket)
    dumper.close()
  }

  #decode<Entry>(request: Request<Entry>, view: DataView, start: number, end: number): Entry {
    try {
      return request.message.decode(view, start, end)
    } catch (error) {
      if (error instanceof DecodeError) this.monitor.malformed(error)
      throw error
    }
  }
}
