/**
 * What the addon exports. Failed system calls are thrown as `NativeError`, calls of what is closed as `NativeClosedError`. Arguments are checked and never converted: one of
 * another type raises a `TypeError`, one out of range a `RangeError`, with its name.
 */
export interface NativeBinding {
  readonly constants: NativeConstants
  readonly NetworkNamespace: {
    /**
     * Opens a file as a network namespace. Throws a `NativeError`: that of `ioctl` says that the file is no network
     * namespace.
     */
    new (path: string): NativeNamespace
  }
  readonly Announcer: {
    /**
     * @param ready called with the `readable` functions of the sockets that have something to read. The next call comes when
     *   others have, or one of these has again after its `read` returned `Kind.None`.
     */
    new (ready: (readables: readonly (() => void)[]) => void): NativeAnnouncer
  }
  readonly IoThread: {
    /**
     * A thread that serves any number of sockets, in turn. It runs while one is started.
     * @param urgent it goes before other threads of the process while it is behind, where `CAP_SYS_NICE` permits that
     */
    new (announcer: NativeAnnouncer, urgent: boolean): NativeIoThread
  }
  readonly Socket: {
    /**
     * Opens and binds a netlink socket.
     * @param netns the network namespace to open it in, the current one if undefined. It may be closed afterwards.
     * @param pendingLimit bytes received and not read at which receiving pauses, until half of them were read.
     */
    new (protocol: number, netns: NativeNamespace | undefined, pendingLimit: number): NativeSocket
  }
}

/** An open network namespace. It closes itself when it is collected as garbage, and when its thread or the process ends. */
export interface NativeNamespace {
  /** A path that leads to the namespace while this is open, for `stat`. Throws after `close`. */
  readonly path: string
  /** Idempotent. Sockets that were opened in the namespace stay there. */
  close(): void
}

declare const brand: unique symbol

/** Tells JavaScript which sockets have something to read. One for all threads of an environment. */
export interface NativeAnnouncer {
  readonly [brand]: 'Announcer'
}

/** It has no methods: it ends by itself with its last socket, and when the environment ends. */
export interface NativeIoThread {
  readonly [brand]: 'IoThread'
}

export interface NativeSocket {
  readonly portId: number
  /** `setsockopt` with an `int`, which is not negative. */
  setOption(level: number, option: number, value: number): void
  /** `getsockopt` of an `int`. */
  getOption(level: number, option: number): number
  /** Lets the kernel use large datagrams from the first dump on. For a new socket of rtnetlink. */
  expectDumps(): void
  /**
   * Lets a thread serve the socket. The announcer of the thread gives `readable` when there is something to read; not
   * again until `read` has returned `Kind.None`. The socket keeps it alive until it is closed.
   */
  start(thread: NativeIoThread, readable: () => void): void
  /** Lets another thread of the same announcer go on, behind what the first one does at this moment. Nothing is lost. */
  moveTo(thread: NativeIoThread): void
  /** Queues a datagram of one byte or more, which is copied. Tokens increase from call to call. */
  send(bytes: Uint8Array, token: number): void
  /** Queues a fence, answered by `Kind.Sync`. */
  sync(token: number): void
  /**
   * Takes the next item and returns its `Kind`. Its bytes are written to `target`, which has `readBytes`, what else is to
   * say to `details` (`Detail`).
   */
  read(target: Uint8Array, details: Float64Array): number
  /** Writes the counters (`Counter`) to `target`. */
  counters(target: Float64Array): void
  /** `ref` makes the socket keep the process alive, `unref` ends that. A socket keeps it alive from its start on. */
  ref(): void
  unref(): void
  /** Does not wait for the thread. If the kernel is at work on a request, the descriptor is closed when that is done. */
  close(): void
}

/** A failed system call. */
export interface NativeError extends Error {
  readonly errno: number
  readonly syscall: string
}

/** A call of what was closed before. */
export interface NativeClosedError extends Error {
  /** What was closed, for people: `'network namespace'`. */
  readonly closed: string
}

/**
 * The numbers of both sides. They are written in `native/numbers.h` alone, which says what each means, or come from the
 * system's headers.
 */
export interface NativeConstants {
  /** The most bytes that one `read` gives. A larger datagram counts as truncated. */
  readonly readBytes: number
  /** The most bytes that `pendingLimit` or a buffer of the kernel may have. */
  readonly largestSize: number
  /** What `NativeSocket.read` returns. */
  readonly Kind: Numbers<'None' | 'Data' | 'Overrun' | 'Truncated' | 'Sync' | 'SendFailed' | 'Failed' | 'Empty'>
  /** Indices into the `details` of `NativeSocket.read`. */
  readonly Detail: Numbers<'Length' | 'Nsid' | 'Errno' | 'Token' | 'Settled' | 'Count'>
  /** Indices into the target of `NativeSocket.counters`; see `TransportStats`. */
  readonly Counter: Numbers<
    'Datagrams' | 'Bytes' | 'Overruns' | 'Truncated' | 'Foreign' | 'Drops' | 'Pending' | 'Count'
  >
  /** Levels and options of `setsockopt`. */
  readonly SocketOption: Numbers<
    | 'SOL_SOCKET'
    | 'SO_SNDBUF'
    | 'SO_RCVBUF'
    | 'SO_RCVBUFFORCE'
    | 'SOL_NETLINK'
    | 'NETLINK_ADD_MEMBERSHIP'
    | 'NETLINK_DROP_MEMBERSHIP'
    | 'NETLINK_LISTEN_ALL_NSID'
    | 'NETLINK_CAP_ACK'
    | 'NETLINK_EXT_ACK'
    | 'NETLINK_GET_STRICT_CHK'
  >
}

type Numbers<Name extends string> = Readonly<Record<Name, number>>
