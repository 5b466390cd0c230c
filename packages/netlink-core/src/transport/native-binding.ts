/** What the addon exports. Failed system calls are thrown as `NativeError`. */
export interface NativeBinding {
  readonly Socket: {
    /**
     * Opens and binds a netlink socket.
     * @param netns descriptor of the network namespace to open it in, -1 for the current one. Not kept.
     * @param pendingLimit bytes received and not read at which receiving pauses, until half of them were read.
     */
    new (protocol: number, netns: number, pendingLimit: number): NativeSocket
  }
  /** The most bytes that one `read` gives. A larger datagram counts as truncated. */
  readonly readBytes: number
  /** Opens a file as a network namespace; `ENOTTY` says that it is none. Throws a `NativeError`. */
  openNetworkNamespace(path: string): number
  closeDescriptor(descriptor: number): void
}

export interface NativeSocket {
  readonly portId: number
  /** `setsockopt` with an `int`. */
  setOption(level: number, option: number, value: number): void
  /** `getsockopt` of an `int`. */
  getOption(level: number, option: number): number
  /** Lets the kernel use large datagrams from the first dump on. For a new socket of rtnetlink. */
  expectDumps(): void
  /**
   * Starts the I/O thread. `readable` is called when there is something to read; not again until `read` has returned
   * `NativeRead.None`. It must not throw. The socket keeps it alive until it is closed.
   */
  start(readable: () => void): void
  /** Queues a datagram, which is copied. Tokens increase from call to call. */
  send(bytes: Uint8Array, token: number): void
  /** Queues a fence, answered by `NativeRead.Sync`. */
  sync(token: number): void
  /**
   * Takes the next item. Its bytes are written to `target`, which has `readBytes`, what else is to say to `details`
   * (`NativeDetail`).
   */
  read(target: Uint8Array, details: Float64Array): number
  /** Writes the counters (`NativeCounter`) to `target`. */
  counters(target: Float64Array): void
  /** Whether the socket keeps the process alive: yes, once it was started, until told otherwise. */
  ref(): void
  unref(): void
  close(): void
}

export interface NativeError extends Error {
  readonly errno: number
  readonly syscall: string
}

/** The kinds of items that `NativeSocket.read` returns (`Kind` in `native/inbox.h`). */
export const NativeRead = {
  /** Nothing is left. */
  None: 0,
  /** Datagrams, each padded to 4 bytes. */
  Data: 1,
  /** The kernel dropped messages. */
  Overrun: 2,
  /** A datagram was cut short, and dropped. */
  Truncated: 3,
  /** A fence was reached. */
  Sync: 4,
  /** A datagram was refused. */
  SendFailed: 5,
  /** Receiving failed; the last item. */
  Failed: 6,
  /** A datagram of no bytes. */
  Empty: 7,
} as const

/** Indices into the `details` of `NativeSocket.read`. */
export const NativeDetail = {
  /** Of `Data`: bytes written. */
  Length: 0,
  /** Of `Data`: id of the namespace, -1 for the socket's own. */
  Nsid: 1,
  /** Of `SendFailed` and `Failed`. */
  Errno: 2,
  /** Of `Sync` and `SendFailed`. */
  Token: 3,
  /** Of every item: no datagram up to this token will be reported as failed after it. */
  Settled: 4,
  Count: 5,
} as const

/** Indices into the target of `NativeSocket.counters`; see `TransportStats`. */
export const NativeCounter = {
  Datagrams: 0,
  Bytes: 1,
  Overruns: 2,
  Truncated: 3,
  Foreign: 4,
  Drops: 5,
  Pending: 6,
  Count: 7,
} as const
