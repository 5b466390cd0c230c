import type { Message } from '../codec/message.ts'
import { Errno } from '../errno.ts'
import { MessageFlag } from '../netlink.ts'
import { type Answer, answer, type DumpOptions, type FakeRequest, isDump } from './answer.ts'
import type { FakeKernel } from './fake-kernel.ts'
import { messageBytes } from './message-bytes.ts'

/** What a table of the kernel is. A `TableDefinition` of `@rtnl/notifier` is one. */
export interface FakeTableDefinition<Entry> {
  /** The declaration of the messages about its entries. */
  readonly message: Message<Entry>
  /** Message types (`RTM_*`). */
  readonly types: {
    /** An entry was added or changed. */
    readonly new: number
    /** An entry was removed. */
    readonly delete: number
    /** What a dump is asked for with. */
    readonly get: number
  }
  /** Multicast groups. The table announces changes in the first one. */
  readonly groups: readonly number[]
  /** What identifies an entry. */
  keyText(entry: Entry): string
}

/**
 * A table in a `FakeKernel`: answers requests that add (`NLM_F_CREATE`, `NLM_F_EXCL`, `NLM_F_REPLACE`), delete, get and
 * dump, and notifies its group of changes.
 */
export class FakeTable<Entry> {
  /** How the next dumps go. */
  dumping: DumpOptions = {}
  /** Whether a dump shows an entry, as the kernel's filters decide. Default: it shows all. */
  wanted: (entry: Entry, filter: Entry) => boolean = () => true
  readonly #kernel: FakeKernel
  readonly #definition: FakeTableDefinition<Entry>
  readonly #entries = new Map<string, Entry>()

  constructor(kernel: FakeKernel, definition: FakeTableDefinition<Entry>) {
    this.#kernel = kernel
    this.#definition = definition
    for (const type of Object.values(definition.types)) kernel.on(type, (request) => this.handle(request))
  }

  /** By key. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries
  }

  /** Adds or replaces an entry and notifies. */
  put(entry: Entry): void {
    this.putSilently(entry)
    this.#notify(this.#definition.types.new, entry)
  }

  /** Like `put`, without a notification. */
  putSilently(entry: Entry): void {
    this.#entries.set(this.#definition.keyText(entry), entry)
  }

  /** Removes the entry of a key and notifies. @returns whether there was one */
  delete(key: string): boolean {
    const entry = this.#entries.get(key)
    if (entry !== undefined) this.#notify(this.#definition.types.delete, entry)
    return this.deleteSilently(key)
  }

  /** Like `delete`, without a notification. */
  deleteSilently(key: string): boolean {
    return this.#entries.delete(key)
  }

  /** Carries a request out: the table's handler, for handlers that do something beside it. */
  handle(request: FakeRequest): Answer {
    const { message, types } = this.#definition
    const entry = request.decode(message)
    if (request.type === types.new) return this.#add(entry, request.flags)
    if (request.type === types.delete) return this.delete(this.#definition.keyText(entry)) ? answer.ack() : missing
    if (isDump(request)) {
      const wanted = [...this.#entries.values()].filter((candidate) => this.wanted(candidate, entry))
      return answer.dump(message, types.new, wanted, this.dumping)
    }
    const found = this.#entries.get(this.#definition.keyText(entry))
    return found === undefined ? missing : answer.reply(message, types.new, found)
  }

  #add(entry: Entry, flags: number): Answer {
    const known = this.#entries.has(this.#definition.keyText(entry))
    if (known && (flags & MessageFlag.REPLACE) === 0) return answer.error(Errno.EEXIST)
    if (!known && (flags & MessageFlag.CREATE) === 0) return missing
    if (known && (flags & MessageFlag.EXCL) !== 0) return answer.error(Errno.EEXIST)
    this.put(entry)
    if ((flags & MessageFlag.ECHO) === 0) return answer.ack()
    return answer.reply(this.#definition.message, this.#definition.types.new, entry)
  }

  #notify(type: number, entry: Entry): void {
    const [group] = this.#definition.groups
    if (group !== undefined) this.#kernel.notify(group, messageBytes(this.#definition.message, { type }, entry))
  }
}

const missing = answer.error(Errno.ENOENT)
