import { channel } from 'node:diagnostics_channel'
import {
  ClosedError,
  Connection,
  type ConnectionOptions,
  type OverrunReason,
  type Transport,
  type TransportHandler,
} from '@rtnl/netlink-core'
import { deferred, unlessAborted } from '@rtnl/netlink-core/internal'
import { AttachedSinks, guarded } from './attached-sinks.ts'
import { Listener, type ListenerDefinition } from './listener.ts'
import { Memberships } from './memberships.ts'
import type { MessageSink } from './sink.ts'

/** `{ text }` when a listener is added to or removed from the socket. */
const activity = channel('rtnl:notifier')

// Milliseconds: the longest interval of a timer. The timer keeps the process alive; it does nothing when it runs.
const farAway = 0x7fffffff

/**
 * One multicast socket for all sinks and listeners in a network namespace. The notifier opens it for the first sink and closes
 * it with the last. It joins a group for the first sink that has it and leaves it with the last.
 */
export class Notifier implements AsyncDisposable, Disposable, TransportHandler {
  /** For dumps and requests in the same namespace. */
  readonly connection: Connection
  readonly #ownsConnection: boolean
  readonly #sinks: AttachedSinks
  readonly #memberships = new Memberships()
  readonly #listeners = new Set<Listener<unknown>>()
  readonly #fences = new Set<(reason: unknown) => void>()
  readonly #waiting = new Set<() => void>()
  #socket: Transport | undefined
  #unwatch: () => void = () => {}
  #held = 0
  #life: ReturnType<typeof setInterval> | undefined
  #closed: Error | undefined

  private constructor(connection: Connection, ownsConnection: boolean) {
    this.connection = connection
    this.#ownsConnection = ownsConnection
    this.#sinks = new AttachedSinks((error) => connection.monitor.malformed(error))
  }

  /**
   * @param options of a connection to open, or a `connection` to share, which the notifier does not close
   * @throws {NetlinkError} no such namespace, or no permission
   */
  static async open(options: ConnectionOptions & { readonly connection?: Connection } = {}): Promise<Notifier> {
    if (options.connection !== undefined) return new Notifier(options.connection, false)
    return new Notifier(await Connection.open(options), true)
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Attached sinks; the socket is open while there are any. */
  get sinks(): number {
    return this.#sinks.size
  }

  /** The multicast groups that the socket is in. */
  get groups(): readonly number[] {
    return this.#memberships.groups
  }

  /**
   * Attaches a sink. Resolves once its groups are joined and all messages that were queued before have passed. The sink gets
   * no message from before the call, even if it was attached earlier and detached.
   * @throws {NetlinkError} the socket cannot be opened, or a group not joined; the sink is not attached then
   * @throws {TypeError} the sink is attached already, or is for all namespaces and the connection is not
   */
  async attach(sink: MessageSink): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    if (sink.allNsid === true && !this.connection.allNsid) {
      throw new TypeError(
        `${sink.name} is to hear all namespaces: open the notifier or its connection with allNsid: true`,
      )
    }
    const attached = this.#sinks.add(sink)
    try {
      const socket = this.#open()
      for (const group of new Set([...sink.groups, ...(sink.groupsIfKnown ?? [])])) {
        if (this.#memberships.join(socket, group, sink.groups.includes(group))) attached.groups.push(group)
      }
    } catch (error) {
      this.detach(sink)
      throw error
    }
    activity.publish({ text: `Adding ${sink.name} table watchers.` })
    await this.#fence(() => {
      attached.active = true
    })
  }

  /** Detaches a sink at once. It gets no message after the call. Unknown sinks are ignored. */
  detach(sink: MessageSink): void {
    const attached = this.#sinks.remove(sink)
    if (attached === undefined) return
    for (const group of attached.groups) this.#memberships.leave(this.#socket, group)
    activity.publish({ text: `Removing ${sink.name} table watchers.` })
    if (this.#sinks.size === 0) this.#closeSocket(new ClosedError('notification socket'))
  }

  /** Resolves once the sinks got all messages that were in the kernel's queue at the time of the call. */
  async fence(): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#socket !== undefined) await this.#fence(() => {})
  }

  /** Makes a listener with a queue and data of its own. `update(true)` switches it on. */
  listen<T>(definition: ListenerDefinition<T>): Listener<T> {
    if (this.#closed !== undefined) throw this.#closed
    const wake = (): void => this.#wake()
    const listener: Listener<T> = new Listener(this, definition, wake, () =>
      this.#listeners.delete(listener as Listener<unknown>),
    )
    this.#listeners.add(listener as Listener<unknown>)
    return listener
  }

  /**
   * For programs that work in turns. Shrinks queues that have grown beyond their bound and returns whether any listener has
   * something to read. Messages arrive while the event loop runs, so the program calls `wait` before `run`.
   */
  run(): boolean {
    let ready = false
    for (const listener of this.#listeners) {
      listener.shrink()
      ready ||= listener.ready
    }
    return ready
  }

  /** Resolves when a listener has something to read, or the notifier was closed. Keeps the process alive meanwhile. */
  async wait(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    options.signal?.throwIfAborted()
    if ([...this.#listeners].some((listener) => listener.ready) || this.#closed !== undefined) return
    const { promise, resolve } = deferred()
    this.#waiting.add(resolve)
    this.ref()
    try {
      await unlessAborted(promise, options.signal)
    } finally {
      this.unref()
      this.#waiting.delete(resolve)
    }
  }

  /** Keeps the process alive until `unref` was called as often. */
  ref(): void {
    if (this.#held++ > 0) return
    this.#socket?.ref()
    // Without a socket too, for callers that wait while a registration is tried again. A reader waits after each batch, and
    // to make a timer costs as much as some changes.
    if (this.#life === undefined) this.#life = setInterval(() => {}, farAway)
    else this.#life.ref()
  }

  /** Lets the process end while it is open. */
  unref(): void {
    if (--this.#held > 0) return
    this.#socket?.unref()
    if (this.#closed === undefined) this.#life?.unref()
    else this.#endLife()
  }

  /** Idempotent. Ends every sink and listener. */
  close(): void {
    this.#end(new ClosedError('notifier'))
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  data(bytes: Uint8Array, nsid: number | undefined): void {
    const malformed = this.connection.monitor.receive(bytes, (cursor) => this.#sinks.dispatch(cursor, nsid))
    if (malformed !== undefined) this.#sinks.lost('malformed', nsid)
  }

  overrun(reason: OverrunReason): void {
    this.connection.monitor.overrun('notification')
    this.#sinks.lost(reason)
  }

  failed(error: Error): void {
    // First, so that no detached sink tries to leave its groups on the broken socket.
    this.#closeSocket(error)
    this.#end(error)
  }

  #open(): Transport {
    if (this.#socket === undefined) {
      this.#socket = this.connection.openNotifications((error) => this.failed(error))
      this.#socket.start(this)
      if (this.#held === 0) this.#socket.unref()
      this.#unwatch = this.connection.watchNamespace((error) => this.failed(error))
    }
    return this.#socket
  }

  #closeSocket(reason: Error): void {
    const socket = this.#socket
    if (socket === undefined) return
    this.#socket = undefined
    this.#unwatch()
    this.connection.closeNotifications(socket)
    this.#breakFences(reason)
  }

  /** Calls `passed` in the stream of messages, once all messages have passed that are queued now. */
  async #fence(passed: () => void): Promise<void> {
    const { promise, resolve, reject } = deferred()
    this.#fences.add(reject)
    this.ref()
    try {
      this.#socket?.sync(() => {
        passed()
        resolve()
      })
      await promise
    } finally {
      this.unref()
      this.#fences.delete(reject)
    }
  }

  #breakFences(error: Error): void {
    for (const reject of this.#fences) reject(error)
    this.#fences.clear()
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #end(error: Error): void {
    if (this.#closed !== undefined) return
    this.#closed = error
    for (const sink of this.#sinks.list()) {
      this.detach(sink)
      guarded(() => sink.failed(error))
    }
    for (const listener of this.#listeners) listener.close()
    this.#listeners.clear()
    this.#breakFences(error)
    this.#wake()
    if (this.#held === 0) this.#endLife()
    if (this.#ownsConnection) this.connection.close()
  }

  #endLife(): void {
    clearInterval(this.#life)
    this.#life = undefined
  }
}
