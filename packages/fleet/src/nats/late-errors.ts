import type { NatsConnection } from '@nats-io/nats-core'

/** As much of a socket of Node.js as is needed. */
interface SocketLike {
  on(event: 'error', listener: () => void): unknown
  removeAllListeners(event?: string): unknown
}

interface TransportLike {
  socket?: SocketLike
  setupHandlers?(): void
}

const guarded = new WeakSet<object>()

/**
 * Keeps late errors of sockets from ending the process. `@nats-io/transport-node` (3.4.0) takes all listeners from a socket that it
 * gives up; what then fails to be written, as to a server that was killed, is an 'error' that nobody hears, for which Node.js ends.
 */
export function hearLateErrors(connection: NatsConnection): void {
  const transport = (connection as unknown as { protocol?: { transport?: TransportLike } }).protocol?.transport
  if (transport?.socket === undefined) return
  hear(transport.socket)
  const prototype: TransportLike = Object.getPrototypeOf(transport)
  const { setupHandlers } = prototype
  if (setupHandlers === undefined || guarded.has(prototype)) return
  guarded.add(prototype)
  // Called for the socket of each connection that is made again.
  prototype.setupHandlers = function (this: TransportLike): void {
    if (this.socket !== undefined) hear(this.socket)
    setupHandlers.call(this)
  }
}

function hear(socket: SocketLike): void {
  if (guarded.has(socket)) return
  guarded.add(socket)
  const remove = socket.removeAllListeners.bind(socket)
  socket.removeAllListeners = (event) => {
    remove(event)
    return socket.on('error', () => {})
  }
}
