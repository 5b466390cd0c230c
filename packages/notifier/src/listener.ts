import { clearTimeout, setTimeout } from 'node:timers'
import type { MessageCursor } from '@rtnl/netlink-core'
import { deferred } from '@rtnl/netlink-core/internal'
import { type Vector, valueVector } from '@rtnl/vec-utils'
import type { ListenerHost, LossReason, MessageSink } from './sink.ts'

/** One kind of notification, and what a listener's queue holds of each message. */
export interface ListenerDefinition<T> {
  /** For people: `'nexthop'`. */
  readonly name: string
  /** Multicast groups (`RTNLGRP_*`). */
  readonly groups: readonly number[]
  /** Message types (`RTM_*`). */
  readonly types: readonly number[]
  /** As that of `MessageSink`: whether messages of other namespaces come too. Default: false. */
  readonly allNsid?: boolean
  /**
   * Returns what the queue keeps of a message, or `undefined` for nothing. If it throws, the listener reports the loss
   * `malformed`. An error that is no `DecodeError` also surfaces as an uncaught exception.
   * @param nsid the id that the message's namespace has in this one, `undefined` if it comes from this one
   */
  decode(cursor: MessageCursor, nsid?: number): T | undefined
  /** Makes the listener's queue. Default: `valueVector`. In a `numberVector('u32')` an id takes four bytes. */
  readonly queue?: () => Vector<T>
  /** The most messages that the queue holds. Default: 65,536. The listener drops later ones and reports a loss. */
  readonly capacity?: number
  /** `Notifier.run` shrinks a queue with room for more messages than this. Default: 1024. */
  readonly shrinkAbove?: number
}

/** What a listener has for its reader. A loss means: read the table anew, then go on. */
export type ListenerEvent<T, Messages = Vector<T>> =
  | {
      /** What there is. */
      readonly kind: 'messages'
      /** In the order in which they arrived. */
      readonly messages: Messages
    }
  | {
      /** What there is. */
      readonly kind: 'lost'
      /** How messages were lost. */
      readonly reason: LossReason
    }

/**
 * - `off`: not registered
 * - `registering`: the groups are being joined
 * - `on`: messages arrive
 * - `retrying`: the registration failed with `error` and is tried again with growing pauses
 * - `closed`: for good, by `close` or with the notifier; `error` where that failed
 */
export interface ListenerStatus {
  /** How far the registration is. */
  readonly state: 'off' | 'registering' | 'on' | 'retrying' | 'closed'
  /** Of `retrying` and `closed`: what failed. */
  readonly error?: Error
}

const firstRetry = 100
const longestRetry = 10_000

/**
 * A queue of notifications with two ways to read it: `take` and `flush` for programs that work in turns, and
 * `for await` for all others. Made by `Notifier.listen`.
 */
export class Listener<T> implements AsyncIterable<ListenerEvent<T, T[]>>, AsyncDisposable, Disposable {
  readonly #host: ListenerHost
  readonly #definition: ListenerDefinition<T>
  readonly #wake: () => void
  readonly #forget: () => void
  readonly #sink: MessageSink
  readonly #queue: Vector<T>
  #lost: LossReason | undefined
  #status: ListenerStatus = { state: 'off' }
  /** Counts the registrations; one that was ended is none any more. */
  #registration = 0
  #retryAfter = firstRetry
  #retry: NodeJS.Timeout | undefined
  #reader: (() => void) | undefined

  /** @internal */
  constructor(host: ListenerHost, definition: ListenerDefinition<T>, wake: () => void, forget: () => void) {
    this.#host = host
    this.#forget = forget
    this.#definition = definition
    this.#wake = wake
    this.#queue = definition.queue?.() ?? valueVector<T>()
    this.#sink = {
      name: definition.name,
      groups: definition.groups,
      types: definition.types,
      allNsid: definition.allNsid === true,
      message: (cursor, nsid) => this.#message(cursor, nsid),
      lost: (reason) => this.#lose(reason),
      failed: (error) => this.#end(error),
    }
  }

  /** Whether it hears the kernel, and the error if not. */
  get status(): ListenerStatus {
    return this.#status
  }

  /** Something can be taken. */
  get ready(): boolean {
    return this.#lost !== undefined || this.#queue.length > 0
  }

  /**
   * Registers or removes the listener. Asking twice for the same changes nothing. The call resolves after the first attempt.
   * The notifier repeats one that failed until it succeeds or `update(false)` is called; `status` shows that.
   * The listener delivers no message from before its registration. Removal drops messages that nobody took.
   */
  async update(enabled: boolean): Promise<void> {
    const { state } = this.#status
    if (state === 'closed') return
    if (enabled) {
      if (state === 'off') await this.#register()
      return
    }
    if (state === 'off') return
    this.#stop()
    this.#status = { state: 'off' }
  }

  /**
   * Returns what there is to read, without waiting. A loss comes once, before the messages that followed it. The
   * messages are the queue itself: call `flush` when you are done with them.
   */
  take(): ListenerEvent<T> | undefined {
    if (this.#lost !== undefined) {
      const reason = this.#lost
      this.#lost = undefined
      return { kind: 'lost', reason }
    }
    return this.#queue.length === 0 ? undefined : { kind: 'messages', messages: this.#queue }
  }

  /** Empties the queue; its memory stays for the next messages. */
  flush(): void {
    this.#queue.clear()
  }

  /** @internal For `Notifier.run`. */
  shrink(): void {
    if (this.#queue.capacity > (this.#definition.shrinkAbove ?? 1024)) this.#queue.shrinkToFit()
  }

  /** Idempotent. Ends the iteration. */
  close(): void {
    this.#end(undefined)
    this.#forget()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /**
   * Registers, yields what arrives in batches, and keeps the process alive while it waits. Leaving the loop removes
   * the listener. Throws when the socket broke.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<ListenerEvent<T, T[]>, void, undefined> {
    await this.update(true)
    this.#host.ref()
    try {
      while (true) {
        const event = this.take()
        if (event?.kind === 'lost') yield event
        else if (event !== undefined) {
          const messages = [...event.messages]
          this.flush()
          yield { kind: 'messages', messages }
        } else if (this.#status.state === 'closed') {
          if (this.#status.error !== undefined) throw this.#status.error
          return
        } else {
          const { promise, resolve } = deferred()
          this.#reader = resolve
          await promise
        }
      }
    } finally {
      this.#host.unref()
      await this.update(false)
    }
  }

  async #register(): Promise<void> {
    const registration = ++this.#registration
    this.#status = { state: 'registering' }
    // Switched off while the registration is under way: whatever becomes of it is no affair of this listener.
    const outdated = (): boolean => registration !== this.#registration
    try {
      await this.#host.attach(this.#sink)
      if (outdated()) return
      this.#status = { state: 'on' }
      this.#retryAfter = firstRetry
    } catch (error) {
      if (outdated()) return
      this.#status = { state: 'retrying', error: error instanceof Error ? error : new Error(String(error)) }
      this.#retry = setTimeout(() => void this.#register(), this.#retryAfter)
      this.#retry.unref()
      this.#retryAfter = Math.min(this.#retryAfter * 2, longestRetry)
    }
  }

  #message(cursor: MessageCursor, nsid: number | undefined): void {
    const kept = this.#definition.decode(cursor, nsid)
    if (kept === undefined) return
    if (this.#queue.length >= (this.#definition.capacity ?? 65_536)) {
      this.#lose('overflow')
      return
    }
    this.#queue.push(kept)
    this.#notify()
  }

  /** Drops the queued messages: they are older than the dump that the reader has to make after the loss. */
  #lose(reason: LossReason): void {
    this.#queue.clear()
    this.#lost = reason
    this.#notify()
  }

  #notify(): void {
    this.#wake()
    this.#reader?.()
    this.#reader = undefined
  }

  #stop(): void {
    this.#registration++
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#retryAfter = firstRetry
    this.#host.detach(this.#sink)
    this.#queue.clear()
    this.#queue.shrinkToFit()
    this.#lost = undefined
  }

  #end(error: Error | undefined): void {
    if (this.#status.state === 'closed') return
    this.#stop()
    this.#status = error === undefined ? { state: 'closed' } : { state: 'closed', error }
    this.#notify()
  }
}
