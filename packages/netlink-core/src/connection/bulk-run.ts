import { setImmediate } from 'node:timers'
import { Writer } from '../codec/writer.ts'
import { Errno } from '../errno.ts'
import { NetlinkError, TimeoutError } from '../errors.ts'
import { MessageFlag } from '../netlink.ts'
import { type Ack, ackError } from './ack.ts'
import { BulkBatch, held } from './bulk-batch.ts'
import type { BulkFailure, BulkOptions, BulkRequest, BulkResult } from './bulk-request.ts'
import { checkTimeout, offendingField } from './request.ts'
import { messagesPerSend, type RequestSocket } from './request-socket.ts'

/** Datagrams in flight: enough work for the kernel, some 5 ms of it, while the event loop does something else. */
const mostInFlight = 8
/** Time after which other events of the loop get their turn. */
const sliceMilliseconds = 1
const progressMilliseconds = 100
/** What a timer can wait for. */
const longestTimer = 0x7fffffff

/** What a run needs of its surroundings. */
export interface BulkHost {
  readonly socket: RequestSocket
  /** Sends a batch and reports the result of each of its requests to the run. */
  send(run: BulkRun, batch: BulkBatch, bytes: Uint8Array): void
  /** Reports nothing to the run any more. */
  forget(run: BulkRun): void
}

interface Report {
  readonly index: number
  readonly request: BulkRequest<unknown>
  /** `undefined` where it was lost. */
  readonly ack: Ack | undefined
}

/** One call of `requestAll`: reads the requests, has them sent in batches, and counts what becomes of them. */
export class BulkRun {
  readonly #host: BulkHost
  readonly #requests: Iterator<BulkRequest<unknown> | undefined>
  readonly #options: BulkOptions
  readonly #timeout: number
  readonly #resolve: (result: BulkResult) => void
  readonly #reject: (reason: unknown) => void
  readonly #writer = new Writer()
  /** Take what the requests of the next batches note: each is that of one batch until that is complete. */
  readonly #notes: Writer[] = []
  readonly #failed: BulkFailure[] = []
  /** Failures of which the errors are to be made: that takes longer than the kernel needs, and so has its own slices. */
  #reports: Report[] = []
  #done = 0
  #read = 0
  /** What is being put together. */
  #batch: BulkBatch | undefined
  /** What was sent and is not answered yet, oldest first. */
  #inFlight: BulkBatch[] = []
  #exhausted = false
  /** Why the run ends early. */
  #stopped: { readonly reason: unknown } | undefined
  #turn: NodeJS.Immediate | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #lastAnswer = 0
  #lastProgress = performance.now()

  constructor(
    host: BulkHost,
    requests: Iterable<BulkRequest<unknown> | undefined>,
    options: BulkOptions,
    resolve: (result: BulkResult) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#host = host
    this.#options = options
    this.#timeout = checkTimeout(options.timeout)
    this.#requests = requests[Symbol.iterator]()
    this.#resolve = resolve
    this.#reject = reject
    options.signal?.addEventListener('abort', this.#abort, { once: true })
    this.#continue()
  }

  /** The kernel carried out the next requests of a batch. */
  succeeded(batch: BulkBatch, count: number): void {
    this.#lastAnswer = performance.now()
    this.#done += count
    batch.settled += count
    if (batch.complete) this.#landed(batch)
  }

  /** The kernel answered the next request of a batch. */
  answered(batch: BulkBatch, ack: Ack): void {
    this.#lastAnswer = performance.now()
    if (ack.errno === 0) this.#done++
    else this.#report(batch, ack)
    batch.settled++
    if (batch.complete) this.#landed(batch)
  }

  /** The answers to the next requests of a batch, up to the place `end`, were lost. */
  lost(batch: BulkBatch, end: number): void {
    for (; batch.settled < end; batch.settled++) this.#report(batch, undefined)
    if (batch.complete) this.#landed(batch)
  }

  /** The system did not take a batch. */
  refused(batch: BulkBatch, error: Error): void {
    for (const [place, index] of batch.indexes.entries()) this.#fail(index, batch.request(place), error)
    this.#landed(batch)
  }

  /** Ends the run without waiting for what is in flight. */
  giveUp(reason: unknown): void {
    this.#host.forget(this)
    this.#inFlight = []
    this.#stop(reason)
  }

  readonly #abort = (): void => this.#stop(this.#options.signal?.reason)

  #stop(reason: unknown): void {
    this.#stopped ??= { reason }
    this.#continue()
  }

  #landed(batch: BulkBatch): void {
    this.#inFlight = this.#inFlight.filter((other) => other !== batch)
    batch.notes.clear()
    this.#notes.push(batch.notes)
    this.#continue()
  }

  /** Goes on in a turn of its own: not inside a call of the user's, nor of the transport's, which has its own slice. */
  #continue(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#work()
    })
  }

  #work(): void {
    const begin = performance.now()
    const end = begin + sliceMilliseconds
    try {
      if (!this.#makeErrors(end)) {
        this.#continue()
        return
      }
      if (begin - this.#lastProgress >= progressMilliseconds) this.#tellProgress()
      while (this.#stopped === undefined && !this.#exhausted && this.#inFlight.length < mostInFlight) {
        if (!this.#fill(end)) {
          this.#continue()
          return
        }
        this.#send()
      }
    } catch (reason) {
      this.#stopped ??= { reason }
    }
    if (this.#inFlight.length === 0 && (this.#stopped !== undefined || this.#exhausted)) this.#finish()
  }

  #report(batch: BulkBatch, ack: Ack | undefined): void {
    const place = batch.settled
    this.#reports.push({ index: batch.indexes[place]!, request: batch.request(place), ack })
  }

  /** @returns false when the time was over before all were made */
  #makeErrors(end: number): boolean {
    let made = 0
    for (const report of this.#reports) {
      this.#fail(report.index, report.request, this.#errorOf(report))
      made++
      if (performance.now() >= end) break
    }
    this.#reports.splice(0, made)
    return this.#reports.length === 0
  }

  #errorOf({ request, ack }: Report): NetlinkError {
    const operation = this.#operation(request)
    if (ack === undefined) {
      const hint = 'the ack was lost, the request may have been carried out'
      return new NetlinkError(Errno.ENOBUFS, { operation, hint })
    }
    const error = ackError(ack, operation, offendingField(request, ack))
    this.#host.socket.monitor.refused(error)
    return error
  }

  /** Makes the batch ready for sending. @returns false when the time was over before */
  #fill(end: number): boolean {
    this.#batch ??= new BulkBatch(this.#host.socket.reserve(messagesPerSend), this.#notes.pop() ?? new Writer(0))
    while (this.#batch.size < messagesPerSend && this.#writer.length < this.#host.socket.bytesPerSend) {
      // An iterator that throws has ended.
      this.#exhausted = true
      const next = this.#requests.next()
      this.#exhausted = next.done === true
      // The iterator is the caller's code: it may have aborted or closed.
      if (next.done === true || this.#stopped !== undefined) return true
      if (next.value !== undefined) this.#add(this.#batch, next.value, this.#read++)
      // Behind the request, so that each turn does something, however long this thread had to wait for a processor.
      if (performance.now() >= end) return false
    }
    return true
  }

  #add(batch: BulkBatch, request: BulkRequest<unknown>, index: number): void {
    const writer = this.#writer
    const before = writer.length
    try {
      const flags = MessageFlag.REQUEST | MessageFlag.ACK | (request.flags ?? 0)
      const start = writer.beginMessage(request.type, flags, batch.nextSequenceNumber)
      if (request.encode === undefined) request.message.encode(writer, request.entry)
      else request.encode(writer)
      writer.endMessage(start)
    } catch (error) {
      writer.truncate(before)
      this.#fail(index, held(request), error as TypeError | RangeError)
      return
    }
    this.#host.socket.monitor.describe(request.type, request.message)
    batch.add(request, index)
  }

  #send(): void {
    const batch = this.#batch
    if (batch === undefined || batch.size === 0 || this.#stopped !== undefined) return
    this.#batch = undefined
    if (this.#inFlight.length === 0) this.#lastAnswer = performance.now()
    this.#inFlight.push(batch)
    this.#watch(this.#timeout)
    this.#host.send(this, batch, this.#writer.bytes())
    this.#writer.clear()
  }

  #operation(request: BulkRequest<unknown>): string {
    if (typeof request.operation === 'string') return request.operation
    try {
      return request.operation()
    } catch (reason) {
      this.#stop(reason)
      return 'request'
    }
  }

  #fail(index: number, request: BulkRequest<unknown>, error: BulkFailure['error']): void {
    const failed = this.#failed
    const failure = { index, request, error }
    if (index > (failed.at(-1)?.index ?? -1)) failed.push(failure)
    // Entries that do not fit fail before those in flight do.
    else failed.splice(failed.findLastIndex((other) => other.index < index) + 1, 0, failure)
  }

  #watch(milliseconds: number): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined
        this.#checkTime()
      },
      Math.min(milliseconds, longestTimer),
    )
  }

  #checkTime(): void {
    const oldest = this.#inFlight[0]
    if (oldest === undefined) return
    const left = this.#lastAnswer + this.#timeout - performance.now()
    if (left > 0) {
      this.#watch(left)
      return
    }
    this.giveUp(new TimeoutError(this.#operation(oldest.request(oldest.settled)), this.#timeout))
  }

  #finish(): void {
    clearTimeout(this.#timer)
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#host.forget(this)
    try {
      if (!this.#exhausted) this.#requests.return?.()
      this.#tellProgress()
    } catch (reason) {
      this.#stopped ??= { reason }
    }
    if (this.#stopped !== undefined) this.#reject(this.#stopped.reason)
    else this.#resolve({ done: this.#done, failed: this.#failed })
  }

  #tellProgress(): void {
    this.#lastProgress = performance.now()
    this.#options.progress?.(this.#done, this.#failed.length)
  }
}
