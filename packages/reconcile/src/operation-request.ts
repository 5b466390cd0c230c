import type { BulkRequest, Writer } from '@rtnl/netlink-core'
import type { Operation } from './outcome.ts'
import { type CarriedEntry, carriedBy, type EntryRules, type Strategy } from './rules.ts'

/**
 * A request of an operation; an operation may take two requests. A thousand requests are in flight at any time. So each holds
 * little, and makes what it sends when it is sent. Those of which there may be
 * hundreds of thousands are one object (see `RowAddition`, `RowRemoval`).
 */
export interface OperationRequest<Entry> extends BulkRequest<unknown> {
  readonly action: Operation<Entry>['action']
  /** Whether another request of the same operation counts it. */
  readonly part: boolean
  readonly planned: Operation<Entry>
}

/** An entry that is to be written, as a row or as an object. */
export interface WritableEntry<Entry> {
  readonly entry: Entry
  /** Appends it as what follows the header of a message. */
  writeTo(writer: Writer): void
}

/** The message in which the rules send an entry, and the entry as it stands in it. */
function carried<Entry>(rules: EntryRules<Entry>, entry: Partial<Entry>): CarriedEntry {
  return rules.carried?.(entry) ?? carriedBy(rules.definition.message, entry)
}

/** The message in which the rules send an entry. Most rules have one for all entries, so that the entry is not decoded. */
function messageOf<Entry>(rules: EntryRules<Entry>, carrier: () => CarriedEntry): CarriedEntry['message'] {
  return rules.carried === undefined ? (rules.definition.message as CarriedEntry['message']) : carrier().message
}

/** Writes a desired entry. */
export class WriteRequest<Entry> implements OperationRequest<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #strategy: Strategy
  readonly #desired: WritableEntry<Entry>
  readonly #old: Entry | undefined

  /** @param old the entry that it takes the place of */
  constructor(rules: EntryRules<Entry>, strategy: Strategy, desired: WritableEntry<Entry>, old: Entry | undefined) {
    this.#rules = rules
    this.#strategy = strategy
    this.#desired = desired
    this.#old = old
  }

  get message(): CarriedEntry['message'] {
    return messageOf(this.#rules, () => this.#carried)
  }

  get type(): number {
    return this.#rules.definition.types.new
  }

  get flags(): number {
    const { flags } = this.#rules
    return typeof flags === 'function' ? flags(this.#desired.entry, this.#strategy) : flags[this.#strategy]
  }

  get entry(): CarriedEntry['entry'] {
    return this.#carried.entry
  }

  get #carried(): CarriedEntry {
    const { entry } = this.#desired
    return carried(this.#rules, this.#rules.written?.(entry) ?? entry)
  }

  get action(): 'add' | 'replace' {
    return this.#old === undefined ? 'add' : 'replace'
  }

  get part(): false {
    return false
  }

  get planned(): Operation<Entry> {
    const { action } = this
    const { entry } = this.#desired
    return this.#old === undefined ? { action, entry } : { action, entry, old: this.#old }
  }

  /** The row of an entry that is written as it is desired is the message already. */
  encode(writer: Writer): void {
    if (this.#rules.written === undefined && this.#rules.carried === undefined) {
      this.#desired.writeTo(writer)
      return
    }
    const { message, entry } = this.#carried
    message.encode(writer, entry)
  }

  operation(): string {
    return `${this.#strategy === 'replace' ? 'replace' : 'add'} ${this.#rules.describe(this.#desired.entry)}`
  }
}

/** Removes an entry. */
export class RemovalRequest<Entry> implements OperationRequest<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #actual: { readonly entry: Entry }
  readonly #whole: Operation<Entry> | undefined

  /** @param whole the operation, if it has another request too */
  constructor(rules: EntryRules<Entry>, actual: { readonly entry: Entry }, whole?: Operation<Entry>) {
    this.#rules = rules
    this.#actual = actual
    this.#whole = whole
  }

  get message(): CarriedEntry['message'] {
    return messageOf(this.#rules, () => this.#carried)
  }

  get type(): number {
    return this.#rules.definition.types.delete
  }

  get entry(): CarriedEntry['entry'] {
    return this.#carried.entry
  }

  get #carried(): CarriedEntry {
    return carried(this.#rules, this.#rules.deleteKey(this.#actual.entry))
  }

  get action(): Operation<Entry>['action'] {
    return this.#whole?.action ?? 'remove'
  }

  get part(): boolean {
    return this.#whole !== undefined
  }

  get planned(): Operation<Entry> {
    return this.#whole ?? { action: 'remove', entry: this.#actual.entry }
  }

  encode(writer: Writer): void {
    const { message, entry } = this.#carried
    message.encode(writer, entry)
  }

  operation(): string {
    return `remove ${this.#rules.describe(this.#actual.entry)}`
  }
}
