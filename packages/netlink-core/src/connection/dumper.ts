import { setTimeout as delay } from 'node:timers/promises'
import type { MessageCursor } from '../codec/message-reader.ts'
import { Writer } from '../codec/writer.ts'
import { ClosedError, DumpInterruptedError, TimeoutError } from '../errors.ts'
import { ControlMessage, MessageFlag } from '../netlink.ts'
import type { Transport, TransportHandler } from '../transport/transport.ts'
import { ackError, readAck } from './ack.ts'
import type { Monitor } from './monitor.ts'
import { type CallOptions, checkTimeout, offendingField, type Request } from './request.ts'

/** Takes the messages of a dump as they arrive. */
export interface DumpSink {
  /** One message of the table. The cursor is reused: copy what is kept. */
  message(cursor: MessageCursor): void
  /** All that came so far is void: the table changed meanwhile, and the dump begins anew. */
  restart(): void
}

// The table is read again at once the first time, then after 1, 2, 4, ... milliseconds: some 250 ms in all.
const attempts = 9

interface Running {
  readonly request: Request<unknown>
  readonly sink: DumpSink
  readonly seq: number
  interrupted: boolean
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
  #closed: Error | undefined

  constructor(transport: Transport, monitor: Monitor) {
    this.#transport = transport
    this.#monitor = monitor
    transport.start(this)
    transport.unref()
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /**
   * Reads a table. Restarts when the kernel says that the table changed meanwhile (`NLM_F_DUMP_INTR`).
   * A dump that is given up half-way closes the dumper, since the kernel would go on sending.
   * @throws {DumpInterruptedError} it changed every time
   * @throws {NetlinkError} the kernel refused, at the beginning or in the final `NLMSG_DONE`
   */
  async dump<Entry>(request: Request<Entry>, sink: DumpSink, options: CallOptions): Promise<void> {
    const timeout = checkTimeout(options.timeout)
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) {
        this.#monitor.restarted(request.operation)
        sink.restart()
        if (attempt > 1) await pause(2 ** (attempt - 2) * (0.5 + Math.random()), options.signal)
      }
      if (await this.#once(request as Request<unknown>, sink, timeout, options.signal)) return
    }
    throw new DumpInterruptedError(request.operation, attempts)
  }

  close(): void {
    this.#end(new ClosedError('connection'))
  }

  data(bytes: Uint8Array): void {
    if (this.#running !== undefined) this.#running.lastAnswer = performance.now()
    const malformed = this.#monitor.receive(bytes, (cursor) => this.#message(cursor))
    if (malformed !== undefined) this.#end(malformed)
  }

  overrun(): void {
    this.#monitor.overrun('dump')
    if (this.#running !== undefined) this.#running.interrupted = true
  }

  failed(error: Error): void {
    this.#end(error)
  }

  /** @returns whether the dump is good: not interrupted */
  async #once(
    request: Request<unknown>,
    sink: DumpSink,
    timeout: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (this.#closed !== undefined) throw this.#closed
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
          lastAnswer: performance.now(),
          done: () => resolve(!running.interrupted),
          fail: reject,
        }
        this.#running = running
        const abort = (): void => this.#end(signal?.reason)
        signal?.addEventListener('abort', abort, { once: true })
        const timer = setInterval(
          () => {
            if (performance.now() - running.lastAnswer >= timeout)
              this.#end(new TimeoutError(request.operation, timeout))
          },
          Math.min(timeout, 0x7fffffff),
        )
        settle = () => {
          signal?.removeEventListener('abort', abort)
          clearInterval(timer)
        }
        this.#transport.ref()
        const bytes = this.#writer.bytes()
        this.#monitor.sent(bytes)
        this.#transport.send(bytes, reject)
      })
    } finally {
      settle()
      this.#running = undefined
      if (this.#closed === undefined) this.#transport.unref()
    }
  }

  #encode(request: Request<unknown>): number {
    this.#writer.clear()
    this.#seq = (this.#seq % 0xffffffff) + 1
    const flags = MessageFlag.REQUEST | MessageFlag.DUMP | (request.flags ?? 0)
    const start = this.#writer.beginMessage(request.type, flags, this.#seq)
    request.message.encode(this.#writer, request.entry)
    this.#writer.endMessage(start)
    this.#monitor.describe(request.type, request.message)
    return this.#seq
  }

  #message(cursor: MessageCursor): void {
    const running = this.#running
    if (running === undefined || cursor.seq !== running.seq) {
      this.#monitor.stray(cursor)
      return
    }
    // The flag is set on one message only, which may be the last.
    if ((cursor.flags & MessageFlag.DUMP_INTR) !== 0) running.interrupted = true
    if (cursor.type === ControlMessage.DONE || cursor.type === ControlMessage.ERROR) {
      const ack = readAck(cursor)
      this.#running = undefined
      if (ack.errno === 0) {
        running.done()
        return
      }
      const error = ackError(ack, running.request.operation, offendingField(running.request, ack))
      this.#monitor.refused(error)
      running.fail(error)
    } else if (cursor.type >= ControlMessage.MIN_TYPE) {
      running.sink.message(cursor)
    }
  }

  #end(error: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    this.#running?.fail(error)
    this.#running = undefined
    this.#transport.close()
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal })
  } catch (error) {
    // The timer rejects with an error of its own.
    throw signal?.aborted === true ? signal.reason : error
  }
}
