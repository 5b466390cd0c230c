import { onAbort } from '../abort.ts'
import type { MessageCursor } from '../codec/message-reader.ts'
import { Writer } from '../codec/writer.ts'
import { Errno } from '../errno.ts'
import { NetlinkError, TimeoutError } from '../errors.ts'
import { ControlMessage, MessageFlag } from '../netlink.ts'
import { waits } from '../waits.ts'
import { ackError, readAck } from './ack.ts'
import { type CallOptions, checkTimeout, offendingField, type Request } from './request.ts'
import { type Asker, messagesPerSend, type RequestSocket } from './request-socket.ts'

interface Pending {
  /** Another one after each time that it was sent. */
  seq: number
  /** Times that its answer was lost. */
  losses: number
  readonly request: Request<unknown>
  readonly replies: unknown[]
  readonly deadline: number
  readonly timeout: number
  resolve(replies: unknown[]): void
  reject(reason: unknown): void
}

/** Times that a request is sent again. */
const mostRepeats = 8

/** Requests one by one, as many in flight as the caller likes. Those of the same turn of the event loop go out together. */
export class Requester implements Asker {
  readonly #socket: RequestSocket
  readonly #writer = new Writer()
  readonly #pending = new Map<number, Pending>()
  #queued: number[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  /** When the timer fires; `Infinity` without one. */
  #wakeAt = Number.POSITIVE_INFINITY

  constructor(socket: RequestSocket) {
    this.#socket = socket
    socket.attach(this)
  }

  /** Sends a request and resolves with the entries that it is answered with, once it is acknowledged. */
  request<Entry>(request: Request<Entry>, options: CallOptions = {}): Promise<Entry[]> {
    return new Promise<unknown[]>((resolve, reject) => {
      if (this.#socket.end !== undefined) throw this.#socket.end
      options.signal?.throwIfAborted()
      const timeout = checkTimeout(options.timeout)
      const deadline = waits.now() + timeout
      const seq = this.#encode(request)
      const settle = onAbort(options.signal, () => this.#take(pending.seq)?.reject(options.signal?.reason))
      const pending: Pending = {
        seq,
        losses: 0,
        request: request as Request<unknown>,
        replies: [],
        deadline,
        timeout,
        resolve(replies) {
          settle()
          resolve(replies)
        },
        reject(reason) {
          settle()
          reject(reason)
        },
      }
      this.#await(pending)
    }) as Promise<Entry[]>
  }

  answered(cursor: MessageCursor): boolean {
    const pending = this.#pending.get(cursor.seq)
    if (pending === undefined) return false
    if (cursor.type === ControlMessage.ERROR) {
      const ack = readAck(cursor)
      this.#take(cursor.seq)
      if (ack.errno === 0) {
        pending.resolve(pending.replies)
        return true
      }
      const error = ackError(ack, pending.request.operation, offendingField(pending.request, ack))
      this.#socket.monitor.refused(error)
      pending.reject(error)
    } else if (isAbout(cursor.type, pending.request.type)) {
      try {
        pending.replies.push(pending.request.message.decode(cursor.view, cursor.body, cursor.end))
      } catch (error) {
        this.#socket.monitor.malformed(error)
        this.#take(cursor.seq)?.reject(error)
      }
    }
    return true
  }

  lost(): void {
    const queued = new Set(this.#queued)
    const inDoubt = [...this.#pending.values()].filter(({ seq }) => !queued.has(seq))
    if (inDoubt.length === 0) return
    // What is answered has its answer in front of the fence.
    this.#socket.sync(() => {
      for (const { seq } of inDoubt) {
        const pending = this.#take(seq)
        if (pending !== undefined) this.#lose(pending)
      }
    })
  }

  /** Sends a request again that only asks. Whether others were carried out is unknown. */
  #lose(pending: Pending): void {
    const { request, replies } = pending
    pending.losses++
    if (!isGet(request.type) || pending.losses > mostRepeats) {
      const hint = isGet(request.type) ? 'the answers were lost' : 'the requests may have been carried out'
      pending.reject(new NetlinkError(Errno.ENOBUFS, { operation: 'read acks', hint }))
      return
    }
    replies.length = 0
    try {
      pending.seq = this.#encode(request)
      this.#await(pending)
    } catch (error) {
      // The caller changed the entry since.
      pending.reject(error)
    }
  }

  #await(pending: Pending): void {
    this.#pending.set(pending.seq, pending)
    this.#socket.hold(this)
    this.#schedule(pending.deadline)
  }

  ended(error: Error): void {
    for (const pending of this.#takeAll()) pending.reject(error)
  }

  #encode(request: Request<never> | Request<unknown>): number {
    const writer = this.#writer
    const before = writer.length
    const seq = this.#socket.reserve(1)
    const flags = MessageFlag.REQUEST | MessageFlag.ACK | (request.flags ?? 0)
    try {
      const start = writer.beginMessage(request.type, flags, seq)
      ;(request as Request<unknown>).message.encode(writer, request.entry)
      writer.endMessage(start)
    } catch (error) {
      writer.truncate(before)
      throw error
    }
    this.#socket.monitor.describe(request.type, request.message)
    if (this.#queued.push(seq) === 1) queueMicrotask(() => this.#flush())
    if (this.#queued.length === messagesPerSend || writer.length >= this.#socket.bytesPerSend) this.#flush()
    return seq
  }

  #flush(): void {
    if (this.#queued.length === 0 || this.#socket.end !== undefined) return
    const sent = this.#queued
    this.#queued = []
    this.#socket.send(this.#writer.bytes(), sent.length, (error) => {
      for (const seq of sent) this.#take(seq)?.reject(error)
    })
    this.#writer.clear()
  }

  #take(seq: number): Pending | undefined {
    const pending = this.#pending.get(seq)
    if (pending !== undefined) {
      this.#pending.delete(seq)
      if (this.#pending.size === 0) this.#idle()
    }
    return pending
  }

  #takeAll(): Pending[] {
    const all = [...this.#pending.values()]
    this.#pending.clear()
    this.#idle()
    return all
  }

  #idle(): void {
    clearTimeout(this.#timer)
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.#socket.release(this)
  }

  /** One timer for all requests, since hundreds of thousands may be in flight: it fires at the first deadline. */
  #schedule(deadline: number): void {
    if (deadline >= this.#wakeAt) return
    clearTimeout(this.#timer)
    this.#wakeAt = deadline
    const milliseconds = Math.max(deadline - waits.now(), 1)
    this.#timer = setTimeout(() => this.#expire(), Math.min(milliseconds, 0x7fffffff))
  }

  #expire(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY
    const now = waits.now()
    let next = Number.POSITIVE_INFINITY
    for (const [seq, pending] of this.#pending) {
      if (pending.deadline > now) next = Math.min(next, pending.deadline)
      else this.#take(seq)?.reject(new TimeoutError(pending.request.operation, pending.timeout))
    }
    this.#schedule(next)
  }
}

/** Whether a request changes nothing. In rtnetlink the types of one object are four in a row: NEW, DEL, GET, SET. */
function isGet(type: number): boolean {
  return type >= ControlMessage.MIN_TYPE && (type & 3) === 2
}

/**
 * Whether an answer is about the object of a request: see `isGet`. With `NLM_F_ECHO` the kernel also sends what else the request changed: the routes of a nexthop.
 */
function isAbout(type: number, requestType: number): boolean {
  return type >= ControlMessage.MIN_TYPE && type >> 2 === requestType >> 2
}
