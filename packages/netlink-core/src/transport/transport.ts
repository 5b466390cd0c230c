/**
 * The seam between netlink and the system: whatever moves datagrams. `NativeTransport` is a kernel socket, the
 * fake of `@rtnl/netlink-core/testing` a kernel made of code. A transport knows nothing of messages but that they
 * are padded to 4 bytes.
 */
export interface Transport {
  /** The netlink port id (`nl_pid`) of the socket, never 0. */
  readonly portId: number

  /** The most bytes that one datagram may have. Left out, the number is unknown and at least 200,000. */
  readonly largestSend?: number | undefined

  /**
   * Begins delivery. Called exactly once, before anything is sent.
   * All calls of the handler come from the event loop, never from inside another call of this transport.
   */
  start(handler: TransportHandler): void

  /**
   * Queues one datagram of complete messages. The transport copies the bytes before the call returns. It sends datagrams in
   * the order of the calls, and receives the answers to one before it sends the next one. So a queue of requests cannot
   * overflow the receive buffer with acks as long as one datagram has at most 128 requests.
   * @param failed called instead of any answer if the system refused the datagram
   */
  send(bytes: Uint8Array, failed: (error: Error) => void): void

  /**
   * Says that large datagrams of requests follow, or that they are over. The kernel carries requests out while they are sent,
   * which must not hold up other sockets meanwhile. Order and answers stay as they are.
   */
  bulk?(running: boolean): void

  /** Joins a multicast group (a number of `RTNLGRP_*`). Throws a `NetlinkError` when the kernel refuses. */
  join(group: number): void

  /** Leaves a multicast group. Messages that the kernel queued before are still delivered. */
  leave(group: number): void

  /**
   * A fence: calls `done` after the handler was given everything that was in the kernel's queue at the time of the
   * call, and the answers to everything that was sent before. This also ends an overrun, since the kernel drops messages until its queue was read empty.
   */
  sync(done: () => void): void

  /** Lets the process stay alive for this transport (the default), or not. */
  ref(): void
  /** Lets the process end while the socket is open. */
  unref(): void

  /** Counters of the socket. */
  stats(): TransportStats

  /** Idempotent. No handler is called after it, pending `sync` and `failed` callbacks included. */
  close(): void
}

/** Who hears a transport. */
export interface TransportHandler {
  /**
   * Called with complete datagrams, one behind the other, each padded to 4 bytes; `byteOffset` is a multiple of 4. The transport
   * reuses the memory after the call: copy what you keep. An error that the handler throws surfaces as an uncaught exception;
   * the transport does not deliver the rest of the bytes again.
   * @param nsid the id of the namespace from which the messages come, if the socket listens to all
   *   (`NETLINK_LISTEN_ALL_NSID`) and they come from another one
   */
  data(bytes: Uint8Array, nsid: number | undefined): void

  /** Messages were lost: the kernel's queue overflowed, or a datagram was cut short. */
  overrun(reason: OverrunReason): void

  /**
   * Called for a datagram of no bytes. In some dumps the kernel sends one if the next entry does not fit into a datagram, and
   * again for each further read.
   */
  empty?(): void

  /** Called when the transport is broken and has closed itself. No other call follows. */
  failed(error: Error): void
}

/** Why messages were lost: the kernel's queue was full (`ENOBUFS`), or a datagram did not fit (`MSG_TRUNC`). */
export type OverrunReason = 'overrun' | 'truncated'

/** Counters since the transport was opened. */
export interface TransportStats {
  /** Datagrams received and believed. */
  datagrams: number
  /** Bytes of them. */
  bytes: number
  /** Times that data was handed over to the event loop. */
  batches: number
  /** Times that the kernel reported `ENOBUFS`. */
  overruns: number
  /** Datagrams cut short. */
  truncated: number
  /** Datagrams from senders that are not the kernel, ignored. */
  foreign: number
  /** Messages that the kernel dropped for this socket, by its own account (`SO_MEMINFO`). */
  drops: number
  /** Bytes received and not yet given to the handler. */
  pending: number
  /** Size of the receive buffer in bytes as the kernel granted it (`SO_RCVBUF`, which is twice the requested size). */
  receiveBuffer: number
}

/** What a connection opens a socket for. */
export type SocketPurpose = 'request' | 'dump' | 'notification'

/** Opens the sockets of a connection; all of one factory are in one namespace. */
export interface TransportFactory {
  /** For people: `'netns a'`. */
  readonly name: string
  /** Opens a socket. */
  open(purpose: SocketPurpose): Transport
  /**
   * Calls `gone` when the network namespace of the sockets has lost its name, although the sockets still work.
   * @returns a function that ends the watching
   */
  watch?(gone: (error: Error) => void): () => void
  /** Closes what all sockets share. */
  close(): void
}
