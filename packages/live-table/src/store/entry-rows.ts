import { type MessageCursor, Writer } from '@rtnl/netlink-core'
import type { RowDraft, TableDefinition } from '../definition.ts'
import { RowLayout } from './row-layout.ts'
import { RowStore } from './row-store.ts'

/** A message without its header. */
type Body = Pick<MessageCursor, 'view' | 'words' | 'body' | 'end'>

/**
 * Entries of a table as rows, by key: a hundred thousand of them cost little more than their bytes on the wire, and are
 * found and compared without making objects or texts of them.
 */
export class EntryRows<Entry> {
  readonly definition: TableDefinition<Entry>
  readonly store: RowStore
  readonly keyWords: number
  readonly layout: RowLayout<Entry>
  /** What makes up a key, and what tells kinds of keys apart. */
  readonly #keyFields: readonly (keyof Entry)[]
  /** Entries of which the row does not give back what was put, by id. */
  readonly #originals = new Map<number, Entry>()
  /** A row that was just taken from a message or an entry: its key, then its words. */
  #scratch = new Int32Array(256)
  #draft: RowDraft & { end: number }
  /** Whether that row is one of the table. */
  #counts = true
  /** An entry that is looked for, as bytes and as words. */
  readonly #writer = new Writer(512)
  #written: Int32Array<ArrayBufferLike> = new Int32Array(0)

  constructor(definition: TableDefinition<Entry>) {
    this.definition = definition
    this.layout = new RowLayout(definition.message, definition.key, definition.lists !== undefined)
    this.keyWords = this.layout.keyWords
    this.store = keepsKeys(definition) ? new RowStore(this.keyWords, this.layout.keys) : new RowStore(this.keyWords)
    this.#draft = this.#makeDraft()
    const { plan } = definition.message.set
    const key = new Set(definition.key.map((part) => (typeof part === 'string' ? part : part.field)))
    const header = new Set(plan.header.flatMap(({ name, visible }) => (visible ? [name] : [])))
    this.#keyFields = plan.names.filter((name) => key.has(name) || header.has(name)) as (keyof Entry & string)[]
  }

  get scratch(): Int32Array {
    return this.#scratch
  }

  /**
   * Takes the row of a message into `scratch`.
   * @returns the words of the row behind the key; -1 if there is an entry no longer, or none that counts
   * @throws {DecodeError} the message is malformed
   */
  take(body: Body): number {
    const count = this.#load(body.view, body.words, body.body, body.end)
    return this.#counts ? count : -1
  }

  /**
   * As `take`, for an entry.
   * @throws {TypeError | RangeError} a field that does not fit
   */
  takeEntry(entry: Partial<Entry>): number {
    const count = this.#loadEntry(entry)
    return this.#counts ? count : -1
  }

  /**
   * Takes the key of an entry into `scratch`. Its other fields do not matter: what the kernel shows in them may be
   * nothing that one could ask for.
   * @throws {TypeError | RangeError} a field of the key that does not fit
   */
  takeKey(entry: Partial<Entry>): void {
    const key: Partial<Entry> = {}
    for (const name of this.#keyFields) if (entry[name] !== undefined) key[name] = entry[name]
    this.#loadEntry(key)
  }

  /** Takes a row of other rows of such a table into `scratch`. @returns the words behind the key */
  takeRow(rows: EntryRows<Entry>, id: number): number {
    const { store } = rows
    const count = store.count(id)
    this.#reserve(this.keyWords + count)
    store.copy(id, this.#scratch)
    return count
  }

  /** Id of the row with the key in `scratch`, or -1. */
  find(): number {
    return this.store.find(this.#scratch)
  }

  /**
   * Adds an entry, or overwrites the one with its key. Whether it is one that the table would show does not matter.
   * @param place among entries with the same key, in a table in which a key names a list
   * @returns its id; from 0 on in the order in which they come, as long as none is deleted
   * @throws {TypeError | RangeError} a field that does not fit
   */
  put(entry: Entry, place = 0): number {
    const count = this.#loadEntry(entry)
    if (place > 0) this.#scratch[this.keyWords - 1] = place
    const id = this.store.put(this.#scratch, count)
    if (!this.layout.givesBack(this.#scratch, this.keyWords, count)) this.#originals.set(id, entry)
    else if (this.#originals.size > 0) this.#originals.delete(id)
    return id
  }

  /**
   * Adds an entry whose key no other has.
   * @returns its id; -1 if there is an entry with its key, which stays as it is
   * @throws {TypeError | RangeError} a field that does not fit
   */
  add(entry: Entry): number {
    const count = this.#loadEntry(entry)
    if (this.find() >= 0) return -1
    const id = this.store.insert(this.#scratch, count)
    if (!this.layout.givesBack(this.#scratch, this.keyWords, count)) this.#originals.set(id, entry)
    return id
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
    this.takeKey(entry)
    if (place > 0) this.#scratch[this.keyWords - 1] = place
    return this.find()
  }

  /** Whether an entry with the key of a row of other rows is here, wherever in its list that row stands. */
  hasKeyOf(rows: EntryRows<Entry>, id: number): boolean {
    if (this.store.size === 0) return false
    rows.store.copyKey(id, this.#scratch)
    if (this.definition.lists !== undefined) this.#scratch[this.keyWords - 1] = 0
    return this.find() >= 0
  }

  /** Whether the entry with the key of a row of other rows is the same. */
  holdsRowOf(rows: EntryRows<Entry>, id: number): boolean {
    const count = this.takeRow(rows, id)
    const known = this.find()
    return known >= 0 && this.isEquivalent(known, this.#scratch, count)
  }

  /** Whether the entry with the key of a row (its key, then `count` words) is the same; the place in a list is no matter. */
  holds(row: Int32Array, count: number): boolean {
    if (this.store.size === 0) return false
    const { keyWords } = this
    for (let i = 0; i < keyWords; i++) this.#scratch[i] = row[i]!
    if (this.definition.lists !== undefined) this.#scratch[keyWords - 1] = 0
    const id = this.find()
    return id >= 0 && this.isEquivalent(id, row, count)
  }

  /** Whether a row has the same content as one in words (its key, then `count` words), in whatever order. */
  isEquivalent(id: number, row: Int32Array, count: number): boolean {
    const { store, keyWords } = this
    return this.layout.equivalent(store.words(id), store.start(id), store.count(id), row, keyWords, count)
  }

  entry(id: number): Entry {
    const original = this.original(id)
    if (original !== undefined) return original
    const { view, start, end } = this.store.bytes(id)
    return this.definition.message.decode(view, start, end)
  }

  /** What was put, where the row does not give it back. */
  original(id: number): Entry | undefined {
    return this.#originals.size === 0 ? undefined : this.#originals.get(id)
  }

  #loadEntry(entry: Partial<Entry>): number {
    const writer = this.#writer
    writer.clear()
    this.definition.message.encode(writer, entry)
    const { view, length } = writer
    if (this.#written.buffer !== view.buffer) this.#written = new Int32Array(view.buffer)
    return this.#load(view, this.#written, 0, length)
  }

  #load(view: DataView, words: Body['words'], body: number, end: number): number {
    this.#reserve(this.keyWords + ((end - body + 7) >> 2))
    const count = this.layout.copy(view, words, body, end, this.#scratch)
    const { prepare } = this.definition
    this.#counts = true
    if (prepare === undefined) return count
    this.#draft.end = this.#draft.start + count * 4
    this.#counts = prepare(this.#draft) === 'present'
    return count
  }

  /** What `scratch` is to those who may change it before it is stored. */
  #makeDraft(): RowDraft & { end: number } {
    const key = this.#scratch.subarray(0, this.keyWords)
    return { key, view: new DataView(this.#scratch.buffer), start: this.keyWords * 4, end: 0 }
  }

  #reserve(words: number): void {
    if (words <= this.#scratch.length) return
    this.#scratch = new Int32Array(words * 2)
    this.#draft = this.#makeDraft()
  }
}

/** Whether the key of an entry is what its row says, so that it need not be stored. */
function keepsKeys<Entry>({ prepare, keepsKeys = prepare === undefined }: TableDefinition<Entry>): boolean {
  return keepsKeys
}
