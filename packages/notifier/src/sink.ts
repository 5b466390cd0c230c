import type { MessageCursor } from '@rtnl/netlink-core'

/**
 * Why a listener may have missed something.
 * - `overrun`: the kernel's queue for the socket was full (`ENOBUFS`)
 * - `truncated`: a datagram did not fit the receive buffer
 * - `malformed`: a message could not be decoded
 * - `overflow`: the listener's own queue was full, since nobody read it
 */
export type LossReason = 'overrun' | 'truncated' | 'malformed' | 'overflow'

/**
 * What plugs into the notifier: it is given messages as they arrive, in the kernel's order. What its functions throw
 * surfaces as an uncaught exception and is no matter of other sinks.
 */
export interface MessageSink {
  /** For people. */
  readonly name: string
  /** Multicast groups (`RTNLGRP_*`), joined while the sink is attached. */
  readonly groups: readonly number[]
  /** Groups that the notifier joins too, if the kernel has them. An older kernel sends nothing for them. Default: none. */
  readonly groupsIfKnown?: readonly number[]
  /** Message types (`RTM_*`) that it is given. */
  readonly types: readonly number[]
  /**
   * The sink also gets the messages of other namespaces, for which the connection has to be opened with `allNsid`. Default:
   * false, since indexes of interfaces mean others there.
   */
  readonly allNsid?: boolean
  /**
   * Called with one message. The cursor is reused for the next one: copy what you keep. A `DecodeError` that the sink throws
   * counts as a malformed message; any other error surfaces as an uncaught exception. In both cases the notifier calls
   * `lost`, and other sinks get the message.
   * @param nsid the id that the message's namespace has in this one (`ip netns list-id`), `undefined` if it comes from this one
   */
  message(cursor: MessageCursor, nsid?: number): void
  /** Called when messages were lost. Which ones is unknown. */
  lost(reason: LossReason): void
  /** Called when the socket has ended. No other call follows. */
  failed(error: Error): void
}

/** What a listener asks of its notifier. */
export interface ListenerHost {
  /** Joins the groups of a sink, and gives it messages from then on. */
  attach(sink: MessageSink): Promise<void>
  detach(sink: MessageSink): void
  /** Keeps the process alive until as many calls of `unref`. */
  ref(): void
  unref(): void
}
