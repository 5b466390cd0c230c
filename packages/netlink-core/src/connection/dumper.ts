import { onAbort, pause } from '../abort.ts'
import type { MessageCursor } from '../codec/message-reader.ts'
import { Writer } from '../codec/writer.ts'
import { Errno } from '../errno.ts'
import {
  ClosedError,
  DecodeError,
  DumpInterruptedError,
  DumpTruncatedError,
  NetlinkError,
  TimeoutError,
} from '../errors.ts'
import { ControlMessage, MessageFlag } from '../netlink.ts'
import type { Transport, TransportHandler } from '../transport/transport.ts'
import { waits } from '../waits.ts'
import { type Ack, ackError, readAck } from './ack.ts'
import type { Monitor } from './monitor.ts'
import { type CallOptions, checkTimeout, type DumpRequest, offendingField } from './request.ts'

/** Takes the messages of a dump as they arrive. What it throws ends the dump, which rejects with it. */
export interface DumpSink {
  /** One message of the table. The cursor is reused for the next one: copy what you keep. */
  message(cursor: MessageCursor): void
  /** All that came so far is void: the table changed meanwhile, and the dump begins anew. */
  restart(): void
}

// The table is read again at once the first time, then after 1, 2, 4, ... milliseconds: some 250 ms in all.
const attempts = 9

/** Time-outs that one attempt may take: a dump that goes on and on has an end too. */
const timeoutsOfAttempt = 10

/** Milliseconds between the end of the time and the end of the dump. */
const secondLook = 10
/** What a timer can wait for. */
const longestTimer = 0x7fffffff

interface Running {
  readonly request: DumpRequest<unknown>
  readonly sink: DumpSink
  readonly seq: number
  interrupted: boolean
  /** The part of the dump that the caller wants has ended. The requester ignores the rest. */
  over: boolean
  /** Whether something was received since `lastAnswer`, which is the time of the last data with an answer. */
  answered: boolean
  lastAnswer: number
  done(): void
  fail(error: unknown): void
}

/** Dumps on one socket, one at a time: the kernel answers a second one with EBUSY. */
export class Dumper implements TransportHandler {
  readonly #transport: Transport
  readonly #monitor: Monitor
  readonly #writer = new Writer(256)
  #running: Running | undefined
  #seq = 0
  #lost = false
  /** Why nothing more can be read. */
  #closed: { readonly reason: unknown } | undefined

  constructor(transport: Transport, monitor: Monitor) {
    this.#transport = transport
    this.#monitor = monitor
    transport.start(this)
    transport.unref()
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Whether it is closed since messages of a dump were lost. Another one may have more luck. */
  get lost(): boolean {
    return this.#lost
  }

  /**
   * Reads a table. Restarts when the kernel says that the table changed meanwhile (`NLM_F_DUMP_INTR`).
   * A dump that is ended half-way closes the dumper, since the kernel would go on sending.
   * @throws {DumpInterruptedError} it changed every time
   * @throws {DumpTruncatedError} the kernel cannot show an entry, nor those behind it
   * @throws {NetlinkError} the kernel refused, at the beginning or in the final `NLMSG_DONE`
   */
  async dump<Entry>(request: DumpRequest<Entry>, sink: DumpSink, options: CallOptions): Promise<void> {
    const timeout = checkTimeout(options.timeout)
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) {
        this.#monitor.restarted(request.operation)
        sink.restart()
        if (attempt > 1) await pause(2 ** (attempt - 2) * (0.5 + Math.random()), options.signal)
      }
      if (await this.#once(request as DumpRequest<unknown>, sink, timeout, options.signal)) return
    }
    throw new DumpInterruptedError(request.operation, attempts)
  }

  close(): void {
    this.#end(new ClosedError('connection'))
  }

  data(bytes: Uint8Array): void {
    const running = this.#running
    const malformed = this.#monitor.receive(bytes, this.#message)
    if (running?.answered === true) {
      running.answered = false
      running.lastAnswer = waits.now()
    }
    if (malformed !== undefined) this.#end(malformed)
  }

  empty(): void {
    const { request } = this.#running ?? {}
    if (request !== undefined) this.#end(this.#truncated(request))
  }

  overrun(): void {
    this.#monitor.overrun('dump')
    const { request } = this.#running ?? {}
    if (request === undefined) return
    // What was lost may be the end, for which the dump would wait.
    this.#lost = true
    this.#end(new NetlinkError(Errno.ENOBUFS, { operation: request.operation, hint: 'the answers were lost' }))
  }

  failed(error: Error): void {
    this.#end(error)
  }

  /** @returns whether the dump is good: not interrupted */
  async #once(
    request: DumpRequest<unknown>,
    sink: DumpSink,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (this.#closed !== undefined) throw this.#closed.reason
    signal?.throwIfAborted()
    const seq = this.#encode(request)
    let settle: () => void = () => {}
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const running: Running = {
          request,
          sink,
          seq,
          interrupted: false,
          over: false,
          answered: false,
          lastAnswer: waits.now(),
          done: () => resolve(!running.interrupted),
          fail: reject,
        }
        this.#running = running
        const unobserve = onAbort(signal, () => this.#end(signal?.reason))
        const begin = running.lastAnswer
        const overdue = (): TimeoutError | undefined => {
          const now = waits.now()
          const longest = timeout * timeoutsOfAttempt
          if (now - running.lastAnswer >= timeout) return new TimeoutError(request.operation, timeout)
          return now - begin >= longest ? new TimeoutError(request.operation, longest, 'end') : undefined
        }
        let again: ReturnType<typeof setTimeout> | undefined
        const timer = setInterval(
          () => {
            if (overdue() === undefined) return
            // Where the event loop was held up, timers come before the answers that wait.
            again = setTimeout(() => {
              const error = overdue()
              if (error !== undefined) this.#end(error)
            }, secondLook)
          },
          Math.min(timeout, longestTimer),
        )
        settle = () => {
          unobserve()
          clearInterval(timer)
          clearTimeout(again)
        }
        this.#transport.ref()
        const bytes = this.#writer.bytes()
        this.#monitor.sent(bytes, 1)
        this.#transport.send(bytes, reject)
      })
    } finally {
      settle()
      this.#running = undefined
      if (this.#closed === undefined) this.#transport.unref()
    }
  }

  #encode(request: DumpRequest<unknown>): number {
    this.#writer.clear()
    this.#seq = (this.#seq % 0xffffffff) + 1
    const flags = MessageFlag.REQUEST | MessageFlag.DUMP | (request.flags ?? 0)
    const start = this.#writer.beginMessage(request.type, flags, this.#seq)
    request.message.encode(this.#writer, request.entry, request.attributes)
    this.#writer.endMessage(start)
    this.#monitor.describe(request.type, request.message)
    return this.#seq
  }

  /** Takes a message. All of a dump go this way, so it calls nothing but `until` and the sink. */
  readonly #message = (cursor: MessageCursor): void => {
    // What is behind the end of a dump that was ended half-way is no answer to nothing.
    if (this.#closed !== undefined) return
    const running = this.#running
    if (running === undefined || cursor.seq !== running.seq) {
      this.#monitor.stray(cursor)
      return
    }
    running.answered = true
    // The flag is set on one message only, which may be the last.
    if ((cursor.flags & MessageFlag.DUMP_INTR) !== 0) running.interrupted = true
    if (cursor.type === ControlMessage.DONE || cursor.type === ControlMessage.ERROR) {
      this.#running = undefined
      this.#finish(running, readAck(cursor))
    } else if (cursor.type >= ControlMessage.MIN_TYPE && !running.over) {
      const { request, sink } = running
      try {
        running.over = request.until?.(cursor) === true
        if (!running.over) sink.message(cursor)
      } catch (error) {
        if (error instanceof DecodeError) this.#monitor.malformed(error)
        this.#end(error)
        return
      }
      if (running.over) this.#endEarly(running)
    }
  }

  #endEarly({ interrupted, done }: Running): void {
    // An interrupted dump begins anew on this socket, once the kernel has ended it.
    if (interrupted) return
    done()
    this.#running = undefined
    this.close()
  }

  #finish({ request, interrupted, over, done, fail }: Running, ack: Ack): void {
    // What failed behind the end of what is wanted is no matter of this dump, which begins anew.
    if (ack.errno === 0 || (over && interrupted)) {
      done()
      return
    }
    if (ack.errno === Errno.EMSGSIZE) {
      fail(this.#truncated(request, ack))
      return
    }
    const error = ackError(ack, request.operation, offendingField(request, ack))
    this.#monitor.refused(error)
    fail(error)
  }

  #truncated({ operation }: DumpRequest<unknown>, ack?: Ack): DumpTruncatedError {
    const error = new DumpTruncatedError(operation, ack?.extack)
    this.#monitor.refused(error)
    return error
  }

  #end(error: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason: error }
    this.#running?.fail(error)
    this.#running = undefined
    this.#transport.close()
  }
}
