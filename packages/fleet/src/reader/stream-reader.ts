import { type ConsumerMessages, DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream'
import { NoStreamError } from '../errors.ts'
import { streamName } from '../names.ts'
import type { Server } from '../nats/server.ts'
import { type StreamState, streamState } from '../nats/stream.ts'
import { BackOff, pauseUntil } from '../nats/waits.ts'

/** Messages that are asked for ahead of the one that is read: what bounds the memory of a reader that is slow. */
const readAhead = 128
/** Milliseconds between two signs of life of the server while there are no messages; without two of them it is asked anew. */
const heartbeat = 2000
/** Milliseconds after which the server forgets a reader that asks no more. */
const forgottenAfter = 60_000

export interface StreamListener {
  /**
   * @param age of a message that may have been in the stream for long: the milliseconds that it was there when this reader came, by the
   * server's clock; `undefined` for one that came since
   */
  message(message: JsMsg, age: number | undefined): void
  /** All that the stream held has been read. */
  caughtUp(): void
  /** The stream is read from its beginning: it is another one, or something is missing. */
  restarted(): void
  problem(error: Error | undefined): void
}

/** Reads the stream of a fleet in order, again from its beginning where the server may have other messages than were read. */
export class StreamReader {
  readonly #server: Server
  readonly #listener: StreamListener
  readonly #signal: AbortSignal
  #created = ''
  #seen = 0
  /** Read again from behind this sequence. */
  #rewound = Number.POSITIVE_INFINITY
  /** How far was read when something was missing. */
  #missedAt = 0
  readonly #pauses = new BackOff()
  #isCaughtUp = false
  /** Ends the reading of the present consumer. */
  #interrupt = (): void => {}
  readonly #waiting = new Set<() => void>()
  #idle = 0

  constructor(server: Server, listener: StreamListener, signal: AbortSignal) {
    this.#server = server
    this.#listener = listener
    this.#signal = signal
    server.reconnected.add(() => this.#interrupt())
    signal.addEventListener('abort', () => {
      this.#interrupt()
      this.#progress()
    })
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  /**
   * Reads once more what comes behind a sequence: something there is missing. Servers of version 2.9 now and then leave out messages
   * beside one that is removed meanwhile.
   */
  rewind(sequence: number): void {
    // What was missing before is not what is missing now.
    if (this.#seen > this.#missedAt) this.#pauses.reset()
    this.#rewound = Math.min(this.#rewound, sequence)
    this.#missedAt = Math.max(this.#missedAt, this.#seen)
    this.#interrupt()
  }

  /** Reads until the signal is aborted. @throws {NoStreamError} there is no stream at first @throws {Error} the server refuses at first */
  async run(): Promise<void> {
    const backOff = new BackOff()
    while (!this.#signal.aborted) {
      try {
        await this.#server.up(this.#signal)
        const state = await streamState(this.#server.connection, this.#server.fleet)
        if (state === undefined) throw new NoStreamError(this.#server.fleet, streamName(this.#server.fleet))
        await this.#read(state)
        backOff.reset()
      } catch (error) {
        if (this.#signal.aborted) return
        if (this.#created === '') throw error
        this.#listener.problem(error as Error)
        await pauseUntil(backOff.next(), this.#signal)
      }
    }
  }

  /** Resolves once everything is read that the stream held before the call. @throws the reason of the signals */
  async reached(signal: AbortSignal | undefined): Promise<void> {
    const { fleet, connection } = this.#server
    const backOff = new BackOff()
    while (true) {
      await this.#server.up(this.#signal)
      const idle = this.#idle
      const state = await streamState(connection, fleet).catch(() => undefined)
      const isThere = (): boolean =>
        state !== undefined &&
        this.#isCaughtUp &&
        this.#created === state.created &&
        (this.#seen >= state.lastSequence || this.#idle > idle + 1)
      while (state?.created === this.#created && !isThere()) {
        signal?.throwIfAborted()
        this.#signal.throwIfAborted()
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve)
          signal?.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      if (isThere()) return
      signal?.throwIfAborted()
      this.#signal.throwIfAborted()
      await pauseUntil(backOff.next(), this.#signal)
    }
  }

  async #read({ created, lastSequence }: StreamState): Promise<void> {
    this.#isCaughtUp = false
    if (this.#rewound !== Number.POSITIVE_INFINITY) {
      await pauseUntil(this.#pauses.next(), this.#signal)
      this.#seen = Math.min(this.#seen, this.#rewound)
    }
    this.#rewound = Number.POSITIVE_INFINITY
    if (created !== this.#created || lastSequence < this.#seen) this.#restart(created)
    let isOver = false
    let messages: ConsumerMessages | undefined
    this.#interrupt = () => {
      isOver = true
      messages?.stop()
    }
    const consumer = await jetstream(this.#server.connection).consumers.get(streamName(this.#server.fleet), {
      inactive_threshold: forgottenAfter,
      ...(this.#seen === 0
        ? { deliver_policy: DeliverPolicy.All }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#seen + 1 }),
    })
    // What the server's clock said at that moment: a reader's own may say anything.
    const began = Date.parse((await consumer.info(true)).created as unknown as string)
    messages = await consumer.consume({ max_messages: readAhead, idle_heartbeat: heartbeat, expires: 2 * heartbeat })
    void this.#watch(messages)
    this.#listener.problem(undefined)
    if (this.#seen >= lastSequence) this.#caughtUp()
    for await (const message of messages) {
      if (isOver || this.#signal.aborted) break
      this.#seen = message.info.streamSequence
      this.#listener.message(message, this.#isCaughtUp ? undefined : Math.max(began - message.time.getTime(), 0))
      // The number of pending messages counts those that have been rolled up.
      if (this.#seen >= lastSequence) this.#caughtUp()
      this.#progress()
    }
    this.#interrupt = () => {}
    messages.stop()
    // Of a reader that ends the connection is closed: nothing would answer. The server forgets it by itself.
    if (!this.#signal.aborted) await consumer.delete().catch(() => false)
  }

  /** The client goes on by itself where its consumer is away. Whether it may is decided here: by the stream. */
  async #watch(messages: ConsumerMessages): Promise<void> {
    for await (const { type } of messages.status()) {
      if (type === 'heartbeat') {
        this.#idle++
        this.#caughtUp()
      } else if (type !== 'next' && type !== 'debug' && type !== 'discard') this.#interrupt()
    }
  }

  #restart(created: string): void {
    this.#created = created
    this.#seen = 0
    this.#missedAt = 0
    this.#listener.restarted()
  }

  #caughtUp(): void {
    if (!this.#isCaughtUp) {
      this.#isCaughtUp = true
      this.#listener.caughtUp()
    }
    this.#progress()
  }

  #progress(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
