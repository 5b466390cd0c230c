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

  /** @param nsid the id of the namespace from which the message comes, if it is another one */
  dispatch(cursor: MessageCursor, nsid: number | undefined): void {
    const list = this.#byType[cursor.type]
    if (list === undefined) return
    for (const { active, sink } of list) if (active && hears(sink, nsid)) this.#give(sink, cursor, nsid)
  }

  /** @param nsid the id of the namespace whose messages were lost, if only those of another one were */
  lost(reason: LossReason, nsid?: number): void {
    for (const { active, sink } of [...this.#attached.values()]) {
      if (active && hears(sink, nsid)) guarded(() => sink.lost(reason))
    }
  }

  #give(sink: MessageSink, cursor: MessageCursor, nsid: number | undefined): void {
    try {
      sink.message(cursor, nsid)
    } catch (error) {
      if (error instanceof DecodeError) this.#malformed(error)
      else surface(error)
      guarded(() => sink.lost('malformed'))
    }
  }
}

/** Whether a sink gets messages of a namespace. A message from another one has that namespace's interface indexes. */
function hears(sink: MessageSink, nsid: number | undefined): boolean {
  return nsid === undefined || sink.allNsid === true
}

/** Calls a function of a sink. What it throws surfaces as an uncaught exception, and the caller goes on. */
export function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    surface(error)
  }
}
