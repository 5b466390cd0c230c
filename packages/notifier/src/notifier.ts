import { channel } from 'node:diagnostics_channel'
import {
  ClosedError,
  Connection,
  type ConnectionOptions,
  DecodeError,
  Errno,
  type MessageCursor,
  NetlinkError,
  type OverrunReason,
  surface,
  type Transport,
  type TransportHandler,
} from '@rtnl/netlink-core'
import { deferred } from '@rtnl/netlink-core/internal'
import { Listener, type ListenerDefinition } from './listener.ts'
import type { LossReason, MessageSink } from './sink.ts'

/** `{ text }` when a listener is added to or removed from the socket. */
const activity = channel('rtnl:notifier')

// Milliseconds: the longest interval that a timer takes. It is there to keep the process alive, not to run.
const farAway = 0x7fffffff

/** By which the kernel says that there is no such multicast group. */

interface Attached {
  readonly sink: MessageSink
  /** The groups that it holds a membership in. */
  readonly groups: number[]
  /** False until everything is through that was queued before the sink was attached. */
  active: boolean
}

/**
 * One multicast socket for everybody who listens in a network namespace. It is opened with the first sink and closed
 * with the last; a group is joined with the first sink that wants it and left with the last.
 */
export class Notifier implements AsyncDisposable, Disposable, TransportHandler {
  /** For dumps and requests in the same namespace. */
  readonly connection: Connection
  readonly #ownsConnection: boolean
  readonly #attached = new Map<MessageSink, Attached>()
  /** Sinks by message type. */
  readonly #byType: (Attached[] | undefined)[] = []
  /** Sinks by group. */
  readonly #members = new Map<number, number>()
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
  }

  /**
   * @param options of the connection that is opened for it, or a `connection` to share, which is then not closed
   * @throws {NetlinkError} no such namespace, or no permission
   */
  static async open(options: ConnectionOptions & { readonly connection?: Connection } = {}): Promise<Notifier> {
    if (options.connection !== undefined) return new Notifier(options.connection, false)
    return new Notifier(await Connection.open(options), true)
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** Attached sinks; the socket is open while there are any. */
  get sinks(): number {
    return this.#attached.size
  }

  /** The multicast groups that the socket is in. */
  get groups(): readonly number[] {
    return [...this.#members.keys()]
  }

  /**
   * Plugs a sink in. Resolves once its groups are joined and everything that was queued before is through: the sink is
   * given no message from before, even if it was attached earlier and removed.
   * @throws {NetlinkError} the socket cannot be opened, or a group not joined; the sink is not attached then
   */
  async attach(sink: MessageSink): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#attached.has(sink)) throw new TypeError(`${sink.name} is attached already`)
    const attached: Attached = { sink, groups: [], active: false }
    this.#attached.set(sink, attached)
    try {
      const socket = this.#open()
      for (const group of new Set([...sink.groups, ...(sink.groupsIfKnown ?? [])])) {
        const members = this.#members.get(group) ?? 0
        if (members === 0 && !joins(socket, group, sink.groups.includes(group))) continue
        this.#members.set(group, members + 1)
        attached.groups.push(group)
      }
    } catch (error) {
      this.detach(sink)
      throw error
    }
    for (const type of new Set(sink.types)) {
      const list = this.#byType[type]
      if (list === undefined) this.#byType[type] = [attached]
      else this.#byType[type] = [...list, attached]
    }
    activity.publish({ text: `Adding ${sink.name} table watchers.` })
    await this.#fence(() => {
      attached.active = true
    })
  }

  /** Unplugs a sink at once; nothing reaches it afterwards. Unknown sinks are ignored. */
  detach(sink: MessageSink): void {
    const attached = this.#attached.get(sink)
    if (attached === undefined) return
    attached.active = false
    this.#attached.delete(sink)
    for (const type of new Set(sink.types)) {
      this.#byType[type] = this.#byType[type]?.filter((other) => other !== attached)
    }
    for (const group of attached.groups) this.#leave(group)
    activity.publish({ text: `Removing ${sink.name} table watchers.` })
    if (this.#attached.size === 0) this.#closeSocket(new ClosedError('notification socket'))
  }

  /** Resolves once everything is through that was in the kernel's queue at the time of the call. */
  async fence(): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed
    if (this.#socket !== undefined) await this.#fence(() => {})
  }

  /** A listener with a queue and data of its own, to be switched on by `update(true)`. */
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
    const { promise, resolve, reject } = deferred()
    const abort = (): void => reject(options.signal?.reason)
    options.signal?.addEventListener('abort', abort, { once: true })
    this.#waiting.add(resolve)
    this.ref()
    try {
      await promise
    } finally {
      this.unref()
      this.#waiting.delete(resolve)
      options.signal?.removeEventListener('abort', abort)
    }
  }

  /** Keeps the process alive until as many calls of `release` were made. */
  ref(): void {
    if (this.#held++ > 0) return
    this.#socket?.ref()
    // Without a socket too: one who waits for a registration that is tried again waits all the same.
    this.#life = setInterval(() => {}, farAway)
  }

  unref(): void {
    if (--this.#held > 0) return
    this.#socket?.unref()
    clearInterval(this.#life)
  }

  /** Idempotent. Ends every sink and listener. */
  close(): void {
    this.#end(new ClosedError('notifier'))
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  data(bytes: Uint8Array, nsid: number | undefined): void {
    // Interface indexes of another namespace would be mistaken for those of this one.
    if (nsid !== undefined) return
    const malformed = this.connection.monitor.receive(bytes, (cursor) => this.#dispatch(cursor))
    if (malformed !== undefined) this.#lost('malformed')
  }

  overrun(reason: OverrunReason): void {
    this.connection.monitor.overrun('notification')
    this.#lost(reason)
  }

  failed(error: Error): void {
    // No group can be left any more: the socket closed itself, or is closed here.
    this.#closeSocket(error)
    this.#end(error)
  }

  #dispatch(cursor: MessageCursor): void {
    const list = this.#byType[cursor.type]
    if (list === undefined) return
    for (const attached of list) if (attached.active) this.#give(attached.sink, cursor)
  }

  #give(sink: MessageSink, cursor: MessageCursor): void {
    try {
      sink.message(cursor)
    } catch (error) {
      if (error instanceof DecodeError) this.connection.monitor.malformed(error)
      else surface(error)
      guarded(() => sink.lost('malformed'))
    }
  }

  #lost(reason: LossReason): void {
    for (const { sink, active } of [...this.#attached.values()]) if (active) guarded(() => sink.lost(reason))
  }

  #open(): Transport {
    if (this.#socket === undefined) {
      this.#socket = this.connection.openNotifications()
      this.#socket.start(this)
      if (this.#held === 0) this.#socket.unref()
      this.#unwatch = this.connection.watchNamespace((error) => this.failed(error))
    }
    return this.#socket
  }

  #leave(group: number): void {
    const members = this.#members.get(group) ?? 0
    if (members > 1) {
      this.#members.set(group, members - 1)
      return
    }
    this.#members.delete(group)
    this.#socket?.leave(group)
  }

  #closeSocket(reason: Error): void {
    const socket = this.#socket
    if (socket === undefined) return
    this.#socket = undefined
    this.#unwatch()
    this.connection.closeNotifications(socket)
    this.#breakFences(reason)
  }

  /** Calls `passed` in the stream of messages, at the place where everything queued by now is through. */
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
    for (const { sink } of [...this.#attached.values()]) {
      this.detach(sink)
      guarded(() => sink.failed(error))
    }
    for (const listener of this.#listeners) listener.close()
    this.#listeners.clear()
    this.#breakFences(error)
    this.#wake()
    if (this.#ownsConnection) this.connection.close()
  }
}

/**
 * Joins a group.
 * @param required whether there has to be such a group
 * @returns whether there is one
 */
function joins(socket: Transport, group: number, required: boolean): boolean {
  try {
    socket.join(group)
    return true
  } catch (error) {
    if (required || !(error instanceof NetlinkError) || error.errno !== Errno.EINVAL) throw error
    return false
  }
}

/** Calls a function of a sink: what it throws surfaces, and other sinks get what they should. */
function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    surface(error)
  }
}
