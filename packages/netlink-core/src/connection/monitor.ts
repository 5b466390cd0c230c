import { channel } from 'node:diagnostics_channel'
import type { Message } from '../codec/message.ts'
import { type MessageCursor, readBatch } from '../codec/message-reader.ts'
import { DecodeError, type NetlinkError } from '../errors.ts'
import { surface } from '../surface.ts'
import { MessageTrace } from './trace.ts'

/** Counters of a connection since it was opened; those of its sockets are in `TransportStats`. */
export interface ConnectionCounters {
  /** Requests handed to the system, those that begin dumps included. One that is sent again counts again. */
  requests: number
  /** Bytes of requests handed to the system. */
  sentBytes: number
  /** Messages received on all sockets. */
  receivedMessages: number
  /** Bytes of them. */
  receivedBytes: number
  /** Requests that the kernel refused. */
  refused: number
  /** Dumps that were begun anew because the table changed meanwhile. */
  restarts: number
  /** Times that messages were lost on any socket. */
  overruns: number
  /** Messages that could not be decoded. */
  malformed: number
  /** Answers that belong to no request. */
  strays: number
}

/**
 * Names of the `diagnostics_channel` channels; subscribers get `{ connection: string, ... }` objects.
 * - `rtnl:refused`: `{ error }`, the kernel refused a request
 * - `rtnl:restart`: `{ operation }`, a dump begins anew
 * - `rtnl:overrun`: `{ socket }`, messages were lost
 * - `rtnl:malformed`: `{ error }`, bytes that could not be decoded
 */
export const diagnosticsChannels = {
  /** The kernel refused a request. */
  refused: 'rtnl:refused',
  /** A dump begins anew. */
  restart: 'rtnl:restart',
  /** Messages were lost. */
  overrun: 'rtnl:overrun',
  /** Bytes could not be decoded. */
  malformed: 'rtnl:malformed',
} as const

const refusals = channel(diagnosticsChannels.refused)
const restarts = channel(diagnosticsChannels.restart)
const overruns = channel(diagnosticsChannels.overrun)
const malformations = channel(diagnosticsChannels.malformed)

/** Sees all that a connection does: counts, publishes and, with `RTNL_DEBUG=netlink`, prints. */
export class Monitor {
  /** What has been counted so far. */
  readonly counters: ConnectionCounters = {
    requests: 0,
    sentBytes: 0,
    receivedMessages: 0,
    receivedBytes: 0,
    refused: 0,
    restarts: 0,
    overruns: 0,
    malformed: 0,
    strays: 0,
  }
  /** For people: which connection, e.g. the name of its namespace. */
  readonly #connection: string
  readonly #trace: MessageTrace | undefined

  constructor(connection: string) {
    this.#connection = connection
    this.#trace = MessageTrace.fromEnvironment(connection)
  }

  /** Sets the declaration of a message type, for printing. */
  describe(type: number, message: Message<never> | Message<unknown>): void {
    this.#trace?.describe(type, message as Message<unknown>)
  }

  /**
   * A socket sent requests.
   * @param requests how many messages the bytes are
   */
  sent(bytes: Uint8Array, requests: number): void {
    this.counters.requests += requests
    this.counters.sentBytes += bytes.length
    this.#trace?.print('send', bytes)
  }

  /** Whether each message is printed. */
  get tracing(): boolean {
    return this.#trace !== undefined
  }

  /** Counts messages that went another way. */
  received(messages: number, bytes: number): void {
    this.counters.receivedMessages += messages
    this.counters.receivedBytes += bytes
  }

  /**
   * Calls `each` with every message of received bytes. If `each` throws for one message, it still gets the others: a
   * `DecodeError` counts as a malformed message, any other error surfaces as an uncaught exception.
   * @returns the error of a message whose end is unknown, or the last `DecodeError` of `each`, if there is one
   */
  receive(bytes: Uint8Array, each: (cursor: MessageCursor) => void): DecodeError | undefined {
    this.counters.receivedBytes += bytes.length
    this.#trace?.print('receive', bytes)
    let malformed: DecodeError | undefined
    const fault = (error: unknown): void => {
      if (error instanceof DecodeError) {
        malformed = error
        this.malformed(error)
      } else {
        surface(error)
      }
    }
    try {
      readBatch(bytes, each, this.counters, fault)
    } catch (error) {
      fault(error)
    }
    return malformed
  }

  /** The kernel refused a request. */
  refused(error: NetlinkError): void {
    this.counters.refused++
    refusals.publish({ connection: this.#connection, error })
  }

  /** A dump begins again. */
  restarted(operation: string): void {
    this.counters.restarts++
    restarts.publish({ connection: this.#connection, operation })
  }

  /** A socket lost messages. */
  overrun(socket: 'request' | 'dump' | 'notification'): void {
    this.counters.overruns++
    overruns.publish({ connection: this.#connection, socket })
  }

  /** Bytes are no message. */
  malformed(error: unknown): void {
    this.counters.malformed++
    malformations.publish({ connection: this.#connection, error })
  }

  /** A message came that nobody asked for. */
  stray(_cursor: MessageCursor): void {
    this.counters.strays++
  }
}
