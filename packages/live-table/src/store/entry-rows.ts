import { type MessageCursor, Writer } from '@rtnl/netlink-core'
import type { TableDefinition } from '../definition.ts'
import { hashOf, Row } from './row.ts'
import { RowLayout } from './row-layout.ts'
import { RowStore } from './row-store.ts'
import { RowTemplate } from './row-template.ts'

/** A message without its header. */
type Body = Pick<MessageCursor, 'view' | 'words' | 'body' | 'end'>

/**
 * Entries of a table as rows, by key. A hundred thousand of them take little more memory than their bytes on the wire. They
 * are found and compared without objects or texts.
 */
export class EntryRows<Entry> {
  readonly definition: TableDefinition<Entry>
  readonly store: RowStore
  readonly keyWords: number
  /** Whether the keys of rows are read from their messages. */
  readonly keepsKeys: boolean
  readonly layout: RowLayout<Entry>
  readonly #prepare: TableDefinition<Entry>['prepare']
  /** The fields of the key, and the header fields, by which `prepare` distinguishes kinds of keys. */
  readonly #keyFields: readonly (keyof Entry)[]
  /** Entries whose row is decoded to something else than what was put, by id. */
  readonly #originals = new Map<number, Entry>()
  /** The row of a lookup. Valid until the method returns. */
  readonly #row: Row
  /** An encoded entry as bytes and as words, until it is read into a row. */
  readonly #writer = new Writer(512)
  #written: Int32Array<ArrayBufferLike> = new Int32Array(0)

  constructor(definition: TableDefinition<Entry>) {
    this.definition = definition
    this.layout = new RowLayout(definition.message, definition.key)
    this.#prepare = definition.prepare?.bind(definition)
    const { keys } = this.layout
    this.keyWords = keys.words
    this.keepsKeys = keepsKeys(definition)
    this.store = new RowStore(keys.words, this.keepsKeys ? keys : undefined)
    this.#row = this.newRow()
    const { plan } = definition.message.set
    const key = new Set<string>(definition.key.map((part) => (typeof part === 'string' ? part : part.field)))
    const header = new Set(plan.header.flatMap(({ name, visible }) => (visible ? [name] : [])))
    this.#keyFields = plan.names.filter((name) => key.has(name) || header.has(name)) as (keyof Entry & string)[]
  }

  /** Returns an empty row with room for the keys of this table. */
  newRow(): Row {
    return new Row(this.keyWords)
  }

  /**
   * Reads the row of a message into `row`.
   * @returns whether there is such an entry (see `TableDefinition.prepare`); the key is read in any case
   * @throws {DecodeError} the message is malformed
   */
  take({ view, words, body, end }: Body, row: Row): boolean {
    this.layout.read(view, words, body, end, row)
    const isPresent = this.#prepare?.(row) !== 'absent'
    row.hash = hashOf(row.words, this.keyWords)
    return isPresent
  }

  /**
   * Like `take`, for an entry.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  takeEntry(entry: Partial<Entry>, row: Row): boolean {
    const writer = this.#writer
    writer.clear()
    this.definition.message.encode(writer, entry)
    const { view, length } = writer
    if (this.#written.buffer !== view.buffer) this.#written = new Int32Array(view.buffer)
    return this.take({ view, words: this.#written, body: 0, end: length }, row)
  }

  /**
   * Reads the key of an entry into `row`. Other fields are not encoded, since the kernel may show values in them that a
   * request cannot have.
   * @throws {TypeError | RangeError} a field of the key that does not fit
   */
  takeKey(entry: Partial<Entry>, row: Row): void {
    const key: Partial<Entry> = {}
    for (const name of this.#keyFields) if (entry[name] !== undefined) key[name] = entry[name]
    this.takeEntry(key, row)
  }

  /**
   * Adds an entry, or overwrites the one with its key, even if `prepare` says that it is `absent`.
   * @param place among entries with the same key, in a table in which a key names a list
   * @returns its id. As long as no entry is deleted, ids count from 0 in the order of the calls
   * @throws {TypeError | RangeError} a field that does not fit
   */
  put(entry: Entry, place = 0): number {
    this.takeEntry(entry, this.#row)
    const id = this.store.put(this.#row, place)
    if (!this.#givesBack(this.#row)) this.#originals.set(id, entry)
    else if (this.#originals.size > 0) this.#originals.delete(id)
    return id
  }

  /**
   * Adds an entry if no other has its key.
   * @returns its id; -1 if there is an entry with its key, which stays as it is
   * @throws {TypeError | RangeError} a field that does not fit
   */
  add(entry: Entry): number {
    this.takeEntry(entry, this.#row)
    if (this.store.find(this.#row) >= 0) return -1
    const id = this.store.insert(this.#row)
    if (!this.#givesBack(this.#row)) this.#originals.set(id, entry)
    return id
  }

  /** Like `add`, for what a template is now. */
  addTemplate(template: RowTemplate<Entry>): number {
    this.take(template, this.#row)
    return this.store.find(this.#row) >= 0 ? -1 : this.store.insert(this.#row)
  }

  delete(id: number): void {
    this.store.remove(id)
    this.#originals.delete(id)
  }

  /**
   * @param place among entries with the same key, in a table in which a key names a list
   * @returns the id of the entry with the key of this one, or -1
   */
  idOf(entry: Partial<Entry>, place = 0): number {
    this.takeKey(entry, this.#row)
    return this.store.find(this.#row, place)
  }

  /** Whether there is an entry with the key of a row of other rows, at any place in its list. */
  hasKeyOf(rows: EntryRows<Entry>, id: number): boolean {
    if (this.store.size === 0) return false
    rows.store.readKey(id, this.#row)
    return this.store.find(this.#row) >= 0
  }

  /** Whether the entry with the key of a row of other rows is the same. */
  holdsRowOf(rows: EntryRows<Entry>, id: number): boolean {
    rows.store.readKey(id, this.#row)
    const known = this.store.find(this.#row, rows.store.slot(id))
    return known >= 0 && this.isEquivalent(known, rows, id)
  }

  /** Whether the entry with the key of a row is the same, at any place in its list. */
  holds(row: Row): boolean {
    const { store } = this
    const id = store.size === 0 ? -1 : store.find(row)
    if (id < 0) return false
    return this.layout.equivalent(store.words(id), store.start(id), store.count(id), row.words, row.keyWords, row.count)
  }

  /** Whether a row has the same content as a row of other rows, with its attributes in any order. */
  isEquivalent(id: number, rows: EntryRows<Entry>, other: number): boolean {
    const one = this.store
    const two = rows.store
    return this.layout.equivalent(
      one.words(id),
      one.start(id),
      one.count(id),
      two.words(other),
      two.start(other),
      two.count(other),
    )
  }

  /**
   * A template that is this entry to begin with.
   * @param fields names of the fields that may be overwritten
   * @returns `undefined` if the row of the entry is decoded to something else than the entry
   * @throws {TypeError | RangeError} a field that does not fit
   */
  template(entry: Entry, fields: readonly (keyof Entry & string)[]): RowTemplate<Entry> | undefined {
    this.takeEntry(entry, this.#row)
    return this.#givesBack(this.#row) ? new RowTemplate(this.definition.message, entry, fields) : undefined
  }

  entry(id: number): Entry {
    const original = this.original(id)
    if (original !== undefined) return original
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decode(view, start, end)
  }

  /** The entry as it was put, if its row is decoded to something else. */
  original(id: number): Entry | undefined {
    return this.#originals.size === 0 ? undefined : this.#originals.get(id)
  }

  #givesBack({ words, keyWords, count }: Row): boolean {
    return this.layout.givesBack(words, keyWords, count)
  }
}

/** Whether the key can be read from the stored message, so that it need not be stored. */
function keepsKeys<Entry>({ prepare, keepsKeys = prepare === undefined }: TableDefinition<Entry>): boolean {
  return keepsKeys
}
