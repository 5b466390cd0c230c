import {
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream'
import { headers as makeHeaders, type NatsConnection } from '@nats-io/nats-core'
import { streamName } from '../names.ts'
import { type MessageHead, type Packet, readHead } from '../protocol/messages.ts'
import { type StreamOptions, setUpStream } from './stream.ts'

/** What became of a message that was published: its sequence in the stream, or why it is not there. */
export type Published =
  | { readonly sequence: number }
  /** The last message of the subject is another one than was expected. */
  | { readonly refused: 'sequence' }
  /** The stream or the disk of the server is full. */
  | { readonly refused: 'full'; readonly error: Error }
  /** No answer, or another refusal: the message may be there. */
  | { readonly refused: 'unknown'; readonly error: Error }

/** The last message of a subject. */
export interface LastMessage {
  readonly sequence: number
  /** `undefined` if it is none of this protocol. */
  readonly head: MessageHead | undefined
  readonly payload: Uint8Array
  header(name: string): string
}

const wrongSequence = 10_071
/** Storing failed; the account, its storage, or the memory of the server is used up. */
const fullCodes: ReadonlySet<number> = new Set([10_077, 10_002, 10_047, 10_023])
const requestTimeout = 5000

/** A connection to the server, and the stream of a fleet there. */
export class Server implements Disposable {
  readonly fleet: string
  readonly #connection: NatsConnection
  readonly #client: JetStreamClient
  readonly #manager: JetStreamManager
  readonly #stream: StreamOptions | undefined
  #isUp = true
  readonly #waiting = new Set<() => void>()
  /** Called after each loss of the connection, once there is one again. */
  readonly reconnected = new Set<() => void>()
  /** Called with what the server says against us: permissions. */
  readonly refused = new Set<(error: Error) => void>()

  private constructor(connection: NatsConnection, manager: JetStreamManager, fleet: string, stream?: StreamOptions) {
    this.#connection = connection
    this.#client = jetstream(connection, { timeout: requestTimeout })
    this.#manager = manager
    this.fleet = fleet
    this.#stream = stream
    void this.#follow()
  }

  /** @param connection is closed with this */
  static async on(connection: NatsConnection, fleet: string, stream?: StreamOptions): Promise<Server> {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestTimeout })
    return new Server(connection, manager, fleet, stream)
  }

  get connection(): NatsConnection {
    return this.#connection
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** The most bytes of a message, as the server says. */
  get maxPayload(): number {
    return this.#connection.info?.max_payload ?? 1024 * 1024
  }

  /** Resolves as soon as the server is connected. @throws the reason of the signal */
  async up(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#isUp) return
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(settle)
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(signal.reason)
        else resolve()
      }
      this.#waiting.add(settle)
      signal.addEventListener('abort', settle)
    })
  }

  /**
   * Publishes a message, and waits for the server's acknowledgement.
   * @param expected the sequence of the last message of the subject, without which the server refuses; 0 if there is none
   * @param rollup whether older messages of the subject go
   */
  async publish(subject: string, packet: Packet, expected: number, rollup: boolean): Promise<Published> {
    const headers = makeHeaders()
    for (const [name, value] of Object.entries(packet.headers)) headers.set(name, value)
    if (rollup) headers.set('Nats-Rollup', 'sub')
    try {
      const { seq } = await this.#client.publish(subject, packet.payload, {
        headers,
        expect: { streamName: streamName(this.fleet), lastSubjectSequence: expected },
      })
      return { sequence: seq }
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === wrongSequence) return { refused: 'sequence' }
      const isFull = error instanceof JetStreamApiError && fullCodes.has(error.code)
      return { refused: isFull ? 'full' : 'unknown', error: error as Error }
    }
  }

  /** @throws {Error} no answer */
  async last(subject: string): Promise<LastMessage | undefined> {
    const message = await this.#manager.direct.getMessage(streamName(this.fleet), { last_by_subj: subject })
    if (message === null) return undefined
    const header = (name: string): string => message.header.get(name)
    const head = readHead(header)
    return { sequence: message.seq, head: typeof head === 'string' ? undefined : head, payload: message.data, header }
  }

  /** Makes the stream if it is away and may be made. @throws {Error} the server refuses, or gives no answer */
  async repair(): Promise<void> {
    if (this.#stream !== undefined) await setUpStream(this.#connection, this.fleet, this.#stream)
  }

  /** Idempotent. */
  close(): void {
    this.reconnected.clear()
    this.refused.clear()
    void this.#connection.close().catch(() => {})
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #follow(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#isUp = false
      if (status.type === 'error') for (const listener of this.refused) listener(status.error)
      if (status.type === 'reconnect') {
        this.#isUp = true
        for (const resolve of [...this.#waiting]) resolve()
        for (const listener of this.reconnected) listener()
      }
    }
  }
}
