import { DecodeError, type MessageCursor, surface } from '@rtnl/netlink-core'
import type { LossReason, MessageSink } from './sink.ts'

export interface Attached {
  readonly sink: MessageSink
  /** The groups that the sink holds a membership in. */
  readonly groups: number[]
  /** Whether the sink gets messages: not before all messages have passed that were queued when it was attached. */
  active: boolean
}

/** The sinks that are attached to a notifier. Gives each message to the sinks that take its type. */
export class AttachedSinks {
  readonly #attached = new Map<MessageSink, Attached>()
  readonly #byType: (Attached[] | undefined)[] = []
  readonly #malformed: (error: DecodeError) => void

  /** @param malformed is called when a sink cannot decode a message */
  constructor(malformed: (error: DecodeError) => void) {
    this.#malformed = malformed
  }

  get size(): number {
    return this.#attached.size
  }

  /** The sinks at the time of the call. */
  list(): MessageSink[] {
    return [...this.#attached.keys()]
  }

  /** @throws {TypeError} the sink is attached already */
  add(sink: MessageSink): Attached {
    if (this.#attached.has(sink)) throw new TypeError(`${sink.name} is attached already`)
    const attached: Attached = { sink, groups: [], active: false }
    this.#attached.set(sink, attached)
    for (const type of new Set(sink.types)) this.#byType[type] = [...(this.#byType[type] ?? []), attached]
    return attached
  }

  /** @returns the sink that was removed; `undefined` if it was not attached */
  remove(sink: MessageSink): Attached | undefined {
    const attached = this.#attached.get(sink)
    if (attached === undefined) return undefined
    attached.active = false
    this.#attached.delete(sink)
    for (const type of new Set(sink.types)) {
      this.#byType[type] = this.#byType[type]?.filter((other) => other !== attached)
    }
    return attached
  }

  dispatch(cursor: MessageCursor): void {
    const list = this.#byType[cursor.type]
    if (list === undefined) return
    for (const attached of list) if (attached.active) this.#give(attached.sink, cursor)
  }

  lost(reason: LossReason): void {
    for (const { sink, active } of [...this.#attached.values()]) if (active) guarded(() => sink.lost(reason))
  }

  #give(sink: MessageSink, cursor: MessageCursor): void {
    try {
      sink.message(cursor)
    } catch (error) {
      if (error instanceof DecodeError) this.#malformed(error)
      else surface(error)
      guarded(() => sink.lost('malformed'))
    }
  }
}

/** Calls a function of a sink. What it throws surfaces as an uncaught exception, and the caller goes on. */
export function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    surface(error)
  }
}
