import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { loadAddon } from '../addon.ts'
import { ClosedError, NetlinkError } from '../errors.ts'
import { align, littleEndian, messageHeaderLength } from '../netlink.ts'
import { surface } from '../surface.ts'
import { NativeCounter, NativeDetail, type NativeError, NativeRead, type NativeSocket } from './native-binding.ts'
import { giveReadBuffer, type ReadBuffer, takeReadBuffer } from './read-buffer.ts'
import type { Transport, TransportHandler, TransportStats } from './transport.ts'

export interface NativeTransportOptions {
  /** `NETLINK_*` protocol number; `NETLINK_ROUTE` (0) by default. */
  readonly protocol?: number | undefined
  /**
   * Descriptor of the network namespace to open the socket in, as `openNetns` gives it; the current one by default.
   * It is used during the call only. The socket stays in the namespace, and keeps it in existence, until it is closed.
   */
  readonly netns?: number | undefined
  /**
   * Bytes to ask for as receive buffer; 32 MiB by default. The kernel uses memory only for what is queued, and the
   * I/O thread empties the queue even while JavaScript is busy, so this covers bursts that are faster than the thread.
   * Without `CAP_NET_ADMIN` it is limited by `net.core.rmem_max`; `stats().receiveBuffer` is what was granted.
   */
  readonly receiveBuffer?: number | undefined
  /**
   * Bytes received and not yet handled at which reading from the kernel pauses; 64 MiB by default. From there on the
   * receive buffer fills, and when it is full the kernel drops messages, which is reported as an overrun. Commands
   * wait during a pause too. Up to 0.5 MiB more are taken, and buffers may have up to twice the size of what is in them.
   */
  readonly pendingLimit?: number | undefined
  /**
   * The socket is for dumps of rtnetlink: the kernel uses large datagrams from the first one on. Without it an entry of
   * more than 4 KB at the beginning of a table ends the first dump of the socket.
   */
  readonly dumps?: boolean | undefined
  /** `NETLINK_LISTEN_ALL_NSID`: hear also the namespaces that have an id in this one. Needs `CAP_NET_BROADCAST`. */
  readonly allNsid?: boolean | undefined
}

/** Options that older kernels do not have and that one can do without, and whether the socket has them. */
export interface NativeTransportFeatures {
  /** `NETLINK_EXT_ACK` (Linux 4.12): error texts and the place of the offending attribute. */
  readonly extAck: boolean
  /** `NETLINK_CAP_ACK` (Linux 4.3): errors do not repeat the request. */
  readonly capAck: boolean
  /** `NETLINK_GET_STRICT_CHK` (Linux 4.20): dump requests are checked, and their filters obeyed. */
  readonly strictCheck: boolean
}

const SocketOption = {
  SOL_SOCKET: 1,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_RCVBUFFORCE: 33,
  SOL_NETLINK: 270,
  NETLINK_ADD_MEMBERSHIP: 1,
  NETLINK_DROP_MEMBERSHIP: 2,
  NETLINK_LISTEN_ALL_NSID: 8,
  NETLINK_CAP_ACK: 10,
  NETLINK_EXT_ACK: 11,
  NETLINK_GET_STRICT_CHK: 12,
} as const

const EPERM = 1
const EACCES = 13
const ENOSYS = 38
const ENOPROTOOPT = 92
const EAFNOSUPPORT = 97
/** What sandboxes answer to a system call that they do not let through. */
const FORBIDDEN: ReadonlySet<number> = new Set([EPERM, EACCES, ENOSYS, EAFNOSUPPORT])

const MIB = 1024 * 1024
/** Twice of it holds a batch of 64 KiB and a message as large behind it. */
const SEND_BYTES = 96 * 1024
/** What the kernel does not let a datagram have of the send buffer. */
const SEND_OVERHEAD = 32
/** Time after which other events of the loop get their turn. */
const TURN_MILLISECONDS = 2
/**
 * Bytes that are handed over between two looks at the clock, and the messages that they cut: so few that a turn is not
 * much longer than it should be even in the first dump of a process, whose code no compiler has seen yet.
 */
const PART_BYTES = 2 * 1024

/** A netlink socket of the kernel. Once started it lives until `close()`; it is not collected as garbage before. */
export class NativeTransport implements Transport {
  readonly portId: number
  readonly largestSend: number
  readonly features: NativeTransportFeatures
  readonly #socket: NativeSocket
  readonly #receiveBuffer: number
  readonly #details = new Float64Array(NativeDetail.Count)
  /** Held while there is something to read. */
  #buffer: ReadBuffer | undefined
  /** What is in the buffer and was not handed over yet, and the namespace that it comes from. */
  #partStart = 0
  #partsEnd = 0
  #nsid: number | undefined
  #handler: TransportHandler | undefined
  #token = 0
  /** By token, in the order of the tokens. */
  readonly #unsettled = new Map<number, (error: Error) => void>()
  readonly #fences = new Map<number, () => void>()
  /** The next turn, where there is something left to hand over; a timer if the process is not to stay alive for it. */
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #referenced = true
  #batches = 0
  #closed = false

  /**
   * Opens a socket. Throws a `NetlinkError` when the kernel refuses, an `UnsupportedError` where there is no netlink
   * or no addon.
   */
  static open(options: NativeTransportOptions = {}): NativeTransport {
    return new NativeTransport(options)
  }

  private constructor(options: NativeTransportOptions) {
    const { protocol = 0, netns = -1, receiveBuffer = 32 * MIB, pendingLimit = 64 * MIB } = options
    requireSize('receiveBuffer', receiveBuffer)
    requireSize('pendingLimit', pendingLimit)
    const { Socket } = loadAddon()
    this.#socket = attempt('open netlink socket', () => new Socket(protocol, netns, pendingLimit))
    try {
      this.portId = this.#socket.portId
      this.#receiveBuffer = requestReceiveBuffer(this.#socket, receiveBuffer)
      this.largestSend = requestSendBuffer(this.#socket) - SEND_OVERHEAD
      this.features = {
        extAck: enable(this.#socket, SocketOption.NETLINK_EXT_ACK),
        capAck: enable(this.#socket, SocketOption.NETLINK_CAP_ACK),
        strictCheck: enable(this.#socket, SocketOption.NETLINK_GET_STRICT_CHK),
      }
      if (options.dumps === true) attempt('prepare for dumps', () => this.#socket.expectDumps())
      if (options.allNsid === true) {
        attempt('listen to all namespaces', () => this.#set(SocketOption.NETLINK_LISTEN_ALL_NSID, 1))
      }
    } catch (error) {
      this.#socket.close()
      throw error
    }
  }

  start(handler: TransportHandler): void {
    this.#requireOpen()
    this.#handler = handler
    attempt('start netlink socket', () => this.#socket.start(() => this.#read()))
    if (!this.#referenced) this.#socket.unref()
  }

  send(bytes: Uint8Array, failed: (error: Error) => void): void {
    this.#requireOpen()
    this.#token += 1
    this.#socket.send(bytes, this.#token)
    this.#unsettled.set(this.#token, failed)
  }

  join(group: number): void {
    this.#requireOpen()
    attempt(`join multicast group ${group}`, () => this.#set(SocketOption.NETLINK_ADD_MEMBERSHIP, group))
  }

  leave(group: number): void {
    this.#requireOpen()
    attempt(`leave multicast group ${group}`, () => this.#set(SocketOption.NETLINK_DROP_MEMBERSHIP, group))
  }

  sync(done: () => void): void {
    this.#requireOpen()
    this.#token += 1
    this.#socket.sync(this.#token)
    this.#fences.set(this.#token, done)
  }

  ref(): void {
    if (this.#referenced) return
    this.#referenced = true
    this.#socket.ref()
    this.#timer?.ref()
  }

  unref(): void {
    if (!this.#referenced) return
    this.#referenced = false
    this.#socket.unref()
    this.#timer?.unref()
  }

  stats(): TransportStats {
    const counters = new Float64Array(NativeCounter.Count)
    this.#socket.counters(counters)
    const counter = (index: number): number => counters[index] ?? 0
    return {
      datagrams: counter(NativeCounter.Datagrams),
      bytes: counter(NativeCounter.Bytes),
      batches: this.#batches,
      overruns: counter(NativeCounter.Overruns),
      truncated: counter(NativeCounter.Truncated),
      foreign: counter(NativeCounter.Foreign),
      drops: counter(NativeCounter.Drops),
      pending: counter(NativeCounter.Pending),
      receiveBuffer: this.#receiveBuffer,
    }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close()
    clearImmediate(this.#turn)
    clearTimeout(this.#timer)
    this.#handler = undefined
    this.#giveBuffer()
    this.#partStart = 0
    this.#partsEnd = 0
    this.#unsettled.clear()
    this.#fences.clear()
  }

  /** Hands over what has come, for the length of a turn at most. Never throws: the addon has no use for it. */
  #read(): void {
    this.#turn = undefined
    this.#timer = undefined
    const end = performance.now() + TURN_MILLISECONDS
    try {
      while (!this.#closed && (this.#handOver() || this.#readItem())) {
        if (performance.now() < end) continue
        this.#continueLater()
        return
      }
    } catch (error) {
      // An error of a handler is its own affair: it surfaces as an uncaught exception, the rest is still delivered.
      surface(error)
      if (!this.#closed) this.#continueLater()
    }
  }

  #continueLater(): void {
    if (this.#referenced) this.#turn = setImmediate(() => this.#read())
    // The loop would sleep in spite of an immediate that does not keep the process alive; for such a timer it wakes up.
    else this.#timer = setTimeout(() => this.#read(), 0).unref()
  }

  /** Hands over the next messages that are in the buffer. Returns false when there are none. */
  #handOver(): boolean {
    const start = this.#partStart
    const end = this.#partsEnd
    if (start >= end || this.#buffer === undefined) return false
    const { bytes, view } = this.#buffer
    let at = start
    while (at < end && at - start < PART_BYTES) {
      const length = end - at < messageHeaderLength ? 0 : view.getUint32(at, littleEndian)
      // Behind a length that cannot be nobody can tell messages apart; the handler says so.
      at = length < messageHeaderLength ? end : Math.min(at + align(length), end)
    }
    this.#partStart = at
    this.#batches += 1
    this.#handler?.data(bytes.subarray(start, at), this.#nsid)
    return true
  }

  /** Returns false when nothing is left, which makes the addon announce the next item. */
  #readItem(): boolean {
    const handler = this.#handler
    const details = this.#details
    this.#buffer ??= takeReadBuffer(loadAddon().readBytes)
    const kind = this.#socket.read(this.#buffer.bytes, details)
    const length = details[NativeDetail.Length] ?? 0
    const nsid = details[NativeDetail.Nsid] ?? -1
    const errno = details[NativeDetail.Errno] ?? 0
    const token = details[NativeDetail.Token] ?? 0
    const settled = details[NativeDetail.Settled] ?? 0
    const refused = kind === NativeRead.SendFailed ? this.#unsettled.get(token) : undefined
    this.#forgetSettled(settled)
    switch (kind) {
      case NativeRead.Data:
        this.#partStart = 0
        this.#partsEnd = length
        this.#nsid = nsid === -1 ? undefined : nsid
        return true
      case NativeRead.Overrun:
        handler?.overrun('overrun')
        return true
      case NativeRead.Truncated:
        handler?.overrun('truncated')
        return true
      case NativeRead.Sync: {
        const done = this.#fences.get(token)
        this.#fences.delete(token)
        done?.()
        return true
      }
      case NativeRead.SendFailed:
        refused?.(new NetlinkError(errno, { operation: 'send to kernel' }))
        return true
      case NativeRead.Failed:
        this.close()
        handler?.failed(new NetlinkError(errno, { operation: 'receive from kernel' }))
        return false
      case NativeRead.Empty:
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

  #set(option: number, value: number): void {
    this.#socket.setOption(SocketOption.SOL_NETLINK, option, value)
  }

  #requireOpen(): void {
    if (this.#closed) throw new ClosedError('netlink socket')
  }
}

function requireSize(name: string, value: number): void {
  if (!Number.isInteger(value) || value <= 0 || value > 0x3fffffff) {
    throw new RangeError(`${name} is ${value}, not a number of bytes between 1 and ${0x3fffffff}`)
  }
}

/** Returns the size that the kernel granted, which is twice what is asked for, or twice its limit. */
function requestReceiveBuffer(socket: NativeSocket, bytes: number): number {
  const { SOL_SOCKET, SO_RCVBUF, SO_RCVBUFFORCE } = SocketOption
  try {
    socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes)
  } catch (error) {
    if ((error as NativeError).errno !== EPERM) throw wrap('set receive buffer', error)
    attempt('set receive buffer', () => socket.setOption(SOL_SOCKET, SO_RCVBUF, bytes))
  }
  return attempt('get receive buffer', () => socket.getOption(SOL_SOCKET, SO_RCVBUF))
}

/** Returns the size that the kernel granted; see `requestReceiveBuffer`. */
function requestSendBuffer(socket: NativeSocket): number {
  const { SOL_SOCKET, SO_SNDBUF } = SocketOption
  return attempt('set send buffer', () => {
    // The default is a setting of the system, which may be as small as 4,608 bytes.
    if (socket.getOption(SOL_SOCKET, SO_SNDBUF) < 2 * SEND_BYTES) socket.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BYTES)
    return socket.getOption(SOL_SOCKET, SO_SNDBUF)
  })
}

/** Returns false when the kernel does not know the option. */
function enable(socket: NativeSocket, option: number): boolean {
  try {
    socket.setOption(SocketOption.SOL_NETLINK, option, 1)
    return true
  } catch (error) {
    if ((error as NativeError).errno === ENOPROTOOPT) return false
    throw wrap(`set netlink option ${option}`, error)
  }
}

function attempt<Result>(operation: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw wrap(operation, error)
  }
}

function wrap(operation: string, cause: unknown): unknown {
  const { errno } = cause as NativeError
  return errno === undefined ? cause : new NetlinkError(errno, { operation, hint: hintOf(cause as NativeError), cause })
}

function hintOf({ syscall, errno }: NativeError): string | undefined {
  if (syscall === 'setns' && errno === EPERM) return 'entering a network namespace needs CAP_SYS_ADMIN'
  // The kernel refuses nobody a socket of rtnetlink.
  if (syscall === 'socket' && FORBIDDEN.has(errno)) {
    return 'AF_NETLINK is forbidden here: by a seccomp profile of the container, by RestrictAddressFamilies= of the systemd unit, or by a policy such as SELinux'
  }
  return undefined
}
