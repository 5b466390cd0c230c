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
   * Queues one datagram of whole messages; the bytes are copied before the call returns. Datagrams go out in the
   * order of the calls, and the answers to one are received before the next one is sent, so that a queue of requests
   * cannot overflow the receive buffer with acks as long as one datagram has at most 128 of them.
   * @param failed called instead of any answer when the system refused the datagram.
   */
  send(bytes: Uint8Array, failed: (error: Error) => void): void

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
  unref(): void

  stats(): TransportStats

  /** Idempotent. No handler is called after it, pending `sync` and `failed` callbacks included. */
  close(): void
}

export interface TransportHandler {
  /**
   * Whole datagrams, one behind the other, each padded to 4 bytes; `byteOffset` is a multiple of 4. The memory is
   * reused after the call returns: copy what is kept. An error that it throws surfaces as an uncaught exception, and
   * what it has not read of the bytes does not come again.
   * @param nsid the id of the namespace the messages come from, where the socket listens to all
   *   (`NETLINK_LISTEN_ALL_NSID`) and they come from another one.
   */
  data(bytes: Uint8Array, nsid: number | undefined): void

  /** Messages were lost: the kernel's queue overflowed, or a datagram was cut short. */
  overrun(reason: OverrunReason): void

  /**
   * A datagram of no bytes. So the kernel says in some dumps that the next entry does not fit into a datagram, and says it
   * as often as it is asked.
   */
  empty?(): void

  /** The transport is broken and closed itself; nothing more comes. */
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
  /** Size of the receive buffer in bytes as the kernel granted it (`SO_RCVBUF`, which counts twice what was asked). */
  receiveBuffer: number
}

/** Opens the sockets of a connection; all of one factory are in one namespace. */
export interface TransportFactory {
  /** For people: `'netns a'`. */
  readonly name: string
  open(purpose: 'request' | 'dump' | 'notification'): Transport
  /**
   * Tells when what the sockets are in has gone, although they still work.
   * @returns a function that ends the watching
   */
  watch?(gone: (error: Error) => void): () => void
  close(): void
}
