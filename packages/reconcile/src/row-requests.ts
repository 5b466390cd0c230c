import { type EntryRows, RowCopy, type RowSelection } from '@rtnl/live-table/internal'
import type { Writer } from '@rtnl/netlink-core'
import { type OperationRequest, RemovalRequest, WriteRequest } from './operation-request.ts'
import type { Operation } from './outcome.ts'
import type { CarriedEntry, EntryRules } from './rules.ts'

/**
 * An object that is the request for one row after the other. The connection notes the words of each row, so that nothing else is
 * held of a request until the kernel has answered. The table may change meanwhile.
 */
abstract class RowRequest<Entry> {
  protected readonly rules: EntryRules<Entry>
  #rows: EntryRows<Entry> | undefined
  #id = -1

  /** @param rules rules that send entries in the message of the table */
  constructor(rules: EntryRules<Entry>) {
    this.rules = rules
  }

  /** Makes this the request for a row. */
  take(rows: EntryRows<Entry>, id: number): this {
    this.#rows = rows
    this.#id = id
    return this
  }

  get message(): CarriedEntry['message'] {
    return this.rules.definition.message as CarriedEntry['message']
  }

  get entry(): CarriedEntry['entry'] {
    return this.row as CarriedEntry['entry']
  }

  /** The entry of the row. */
  protected get row(): Entry {
    return this.#rows!.entry(this.#id)
  }

  get part(): false {
    return false
  }

  note(writer: Writer): void {
    const { store } = this.#rows!
    writer.words(store.words(this.#id), store.start(this.#id), store.count(this.#id))
  }

  protected writeFields(writer: Writer, fields: RowSelection<Entry>): void {
    const { store } = this.#rows!
    fields.write(writer, store.words(this.#id), store.start(this.#id), store.count(this.#id))
  }

  /** The row that was noted. */
  protected noted({ buffer, byteOffset }: DataView, start: number, end: number): RowCopy<Entry> {
    const words = new Int32Array(buffer.slice(byteOffset + start, byteOffset + end))
    return new RowCopy(this.rules.definition.message, words, 0, words.length)
  }
}

/** Adds desired entries, each of which is written as it is desired. */
export class RowAddition<Entry> extends RowRequest<Entry> implements OperationRequest<Entry> {
  get type(): number {
    return this.rules.definition.types.new
  }

  get flags(): number {
    const { flags } = this.rules
    return typeof flags === 'function' ? flags(this.row, 'add') : flags.add
  }

  get action(): 'add' {
    return 'add'
  }

  get planned(): Operation<Entry> {
    return { action: 'add', entry: this.row }
  }

  encode(writer: Writer): void {
    this.note(writer)
  }

  operation(): string {
    return `add ${this.rules.describe(this.row)}`
  }

  restore(view: DataView, start: number, end: number): OperationRequest<Entry> {
    return new WriteRequest(this.rules, 'add', this.noted(view, start, end), undefined)
  }
}

/** Removes entries by some fields of their rows. */
export class RowRemoval<Entry> extends RowRequest<Entry> implements OperationRequest<Entry> {
  readonly #fields: RowSelection<Entry>

  constructor(rules: EntryRules<Entry>, fields: RowSelection<Entry>) {
    super(rules)
    this.#fields = fields
  }

  get type(): number {
    return this.rules.definition.types.delete
  }

  get action(): 'remove' {
    return 'remove'
  }

  get planned(): Operation<Entry> {
    return { action: 'remove', entry: this.row }
  }

  encode(writer: Writer): void {
    this.writeFields(writer, this.#fields)
  }

  operation(): string {
    return `remove ${this.rules.describe(this.row)}`
  }

  restore(view: DataView, start: number, end: number): OperationRequest<Entry> {
    return new RemovalRequest(this.rules, this.noted(view, start, end))
  }
}
