import { type ConnectionOptions, errors, type NatsConnection } from '@nats-io/nats-core'
import { inbox } from '../names.ts'
import { hearLateErrors } from './late-errors.ts'
import { pauseUntil } from './waits.ts'

/** Options of the NATS client for authentication, TLS and the like. */
export type NatsOptions = Omit<ConnectionOptions, 'servers'>

/** Where the server is, and how a client gets in. */
export interface ServerOptions {
  /** One or more servers of a cluster: `nats://host:4222`, `tls://host:4222`, or `ws://host:8080`, `wss://host`. */
  readonly servers: string | readonly string[]
  /** How the client authenticates itself, its TLS and more, as `@nats-io/nats-core` takes it. `secretsFrom` reads files. */
  readonly nats?: NatsOptions | undefined
}

/** Milliseconds between two tries to reach a server that is away. */
const reconnectWait = 500

/**
 * Connects a node as soon as a server answers.
 * @param waiting is told why it did not
 * @throws {TypeError} the servers are no URLs of the same kind @throws {Error} the server refuses the client
 * @throws the reason of the signal
 */
export async function connectWhenThere(
  options: ServerOptions & { readonly node: string },
  waiting: (problem: Error) => void,
  signal: AbortSignal,
): Promise<NatsConnection> {
  while (true) {
    signal.throwIfAborted()
    try {
      const connection = await connectTo({ ...options, nats: { inboxPrefix: inbox(options.node), ...options.nats } })
      if (!signal.aborted) return connection
      await connection.close()
    } catch (error) {
      if (error instanceof TypeError || error instanceof errors.AuthorizationError) throw error
      waiting(error as Error)
      await pauseUntil(reconnectWait, signal)
    }
  }
}

/**
 * Connects to a server, and again whenever the connection is lost, without end. In a browser only WebSockets can be used.
 * @throws {TypeError} the servers are no URLs of the same kind @throws {Error} no server answers, or it refuses the client
 */
export async function connectTo({ servers, nats = {} }: ServerOptions): Promise<NatsConnection> {
  const list = typeof servers === 'string' ? [servers] : [...servers]
  const kinds = new Set(list.map(kindOf))
  if (kinds.size !== 1)
    throw new TypeError(`servers: ${JSON.stringify(list)} are not URLs of one kind: nats://, tls://, or ws://, wss://`)
  const options: ConnectionOptions = {
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWait,
    ignoreAuthErrorAbort: true,
    pingInterval: 20_000,
    ...nats,
    servers: list,
  }
  if (kinds.has('ws')) {
    if (!('WebSocket' in globalThis) && !('wsFactory' in nats))
      throw new TypeError(`servers: this runtime has no WebSocket for ${list[0]}: Node.js has one from version 22 on`)
    const { wsconnect } = await import('@nats-io/nats-core')
    return await wsconnect(options)
  }
  const { connect } = await import('@nats-io/transport-node')
  const connection = await connect(options)
  hearLateErrors(connection)
  return connection
}

function kindOf(server: unknown): 'ws' | 'nats' {
  if (typeof server !== 'string' || server === '')
    throw new TypeError(`servers: ${JSON.stringify(server)} is no URL such as nats://host:4222`)
  if (/^wss?:\/\//.test(server)) return 'ws'
  if (/^(nats|tls):\/\//.test(server) || !server.includes('://')) return 'nats'
  throw new TypeError(`servers: ${JSON.stringify(server)} does not begin with nats://, tls://, ws:// or wss://`)
}
