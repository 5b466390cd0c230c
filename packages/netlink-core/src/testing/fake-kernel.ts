import { readMessages } from '../codec/message-reader.ts'
import { ControlMessage, MessageFlag } from '../netlink.ts'
import type { SocketPurpose, TransportFactory } from '../transport/transport.ts'
import { type Answer, answer, type FakeRequest } from './answer.ts'
import { type FakeSocketHost, FakeTransport } from './fake-transport.ts'

/** Carries out a request and says what is answered. */
export type RequestHandler = (request: FakeRequest) => Answer

/**
 * A kernel made of code, for tests of programs that use netlink: `Connection.open({ transports: kernel })`.
 * Requests are acknowledged unless `on` says otherwise. It works while the event loop runs, never inside a call.
 */
export class FakeKernel implements TransportFactory, FakeSocketHost {
  readonly name = 'fake kernel'
  /** Opening a socket throws it. */
  openError: Error | undefined
  /** Joining a group throws it. */
  joinError: Error | undefined
  /** Sending fails with it. */
  sendError: Error | undefined
  readonly #handlers = new Map<number, RequestHandler>()
  readonly #sockets = new Set<FakeTransport>()
  readonly #held = new Set<SocketPurpose>()
  #portId = 0

  /** Says how requests of a type are answered. The last call for a type counts. */
  on(type: number, handler: RequestHandler): void {
    this.#handlers.set(type, handler)
  }

  /** The open sockets, oldest first. */
  sockets(purpose?: SocketPurpose): FakeTransport[] {
    return [...this.#sockets].filter((socket) => purpose === undefined || socket.purpose === purpose)
  }

  /**
   * Sends a datagram to the sockets that are in a multicast group. `messageBytes` makes one.
   * @param nsid the id of the namespace that it comes from, if that is another one
   */
  notify(group: number, datagram: Uint8Array, nsid?: number): void {
    for (const socket of this.#sockets) if (socket.groups.has(group)) socket.receive(datagram.slice(), nsid)
  }

  /** The queues of the sockets overflow: what they get is lost until they were read empty. */
  overrun(purpose: SocketPurpose = 'notification'): void {
    for (const socket of this.sockets(purpose)) socket.overrun()
  }

  /** A datagram that does not fit arrives at the sockets. */
  truncated(purpose: SocketPurpose = 'notification'): void {
    for (const socket of this.sockets(purpose)) socket.truncated()
  }

  /** A datagram of a sender that is not the kernel arrives at the sockets. */
  foreign(purpose: SocketPurpose = 'notification'): void {
    for (const socket of this.sockets(purpose)) socket.foreign()
  }

  /** The sockets break. */
  fail(error: Error, purpose: SocketPurpose = 'notification'): void {
    for (const socket of this.sockets(purpose)) socket.fail(error)
  }

  /**
   * Holds back what the sockets have to deliver, those opened later included; requests are still carried out, but for
   * those behind answers that wait.
   */
  hold(purpose: SocketPurpose): void {
    this.#held.add(purpose)
    for (const socket of this.sockets(purpose)) socket.hold()
  }

  /** Lets so many datagrams of each socket through; fences and losses count as one. */
  deliver(purpose: SocketPurpose, count = 1): void {
    for (const socket of this.sockets(purpose)) socket.deliver(count)
  }

  /** Ends `hold`. */
  resume(purpose: SocketPurpose): void {
    this.#held.delete(purpose)
    for (const socket of this.sockets(purpose)) socket.resume()
  }

  /** Opens a socket to it. */
  open(purpose: SocketPurpose): FakeTransport {
    if (this.openError !== undefined) throw this.openError
    const socket = new FakeTransport(this, purpose, ++this.#portId)
    if (this.#held.has(purpose)) socket.hold()
    this.#sockets.add(socket)
    return socket
  }

  /** Called by a connection that closes. The kernel goes on: other connections may use it. */
  close(): void {}

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** @internal */
  carryOut(socket: FakeTransport, datagram: Uint8Array): readonly Uint8Array[] {
    const answers: Uint8Array[] = []
    readMessages(datagram, ({ view, type, flags, seq, start, body, end }) => {
      // As in the kernel, control messages and what is no request are ignored.
      if (type < ControlMessage.MIN_TYPE || (flags & MessageFlag.REQUEST) === 0) return
      const request: FakeRequest = {
        type,
        flags,
        seq,
        portId: socket.portId,
        bytes: datagram.slice(start, end),
        decode: (message) => message.decode(view, body, end),
      }
      const handler = this.#handlers.get(type) ?? answer.ack
      answers.push(...handler(request)(request))
    })
    return answers
  }

  /** @internal */
  joining(_group: number): void {
    if (this.joinError !== undefined) throw this.joinError
  }

  /** @internal */
  closed(socket: FakeTransport): void {
    this.#sockets.delete(socket)
  }
}
