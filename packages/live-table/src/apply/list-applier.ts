import type { MessageCursor } from '@rtnl/netlink-core'
import type { EntryList, ListEdit, ListEvent, ListRules, Partition } from '../definition.ts'
import { ListRelist } from '../relist/list-relist.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'
import { type Applier, noRow, type Relist } from './applier.ts'
import { RowLists } from './row-lists.ts'

const nothingInvalid: readonly Partition<never>[] = []

/**
 * Tables in which a key names an ordered list of entries, such as the routes to one prefix: what a message does depends
 * on the list and on its flags, and the rules of the table say what. Almost all lists have one entry.
 */
export class ListApplier<Entry> implements Applier<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #rules: ListRules<Entry>
  readonly #lists: RowLists<Entry>
  readonly #isExact: () => boolean
  /** The row of a notification, and the row that replaces an entry. */
  readonly #row: Row
  readonly #replacement: Row
  #relist: ListRelist<Entry> | undefined
  /** Keys of lists of which an entry was announced as deleted since `watchDeletions`. */
  #deleted: Set<string> | undefined
  /** Keys of lists that, by the notifications since then, had several entries. */
  #several: Set<string> | undefined
  /** Keys of lists in which a notification replaced an entry since then. */
  #replaced: Set<string> | undefined

  /** @param isExact whether nothing is invalid */
  constructor(rows: TableRows<Entry>, rules: ListRules<Entry>, isExact: () => boolean) {
    this.#rows = rows
    this.#rules = rules
    this.#isExact = isExact
    this.#lists = new RowLists(rows)
    this.#row = rows.newRow()
    this.#replacement = rows.newRow()
  }

  find(row: Row): readonly number[] {
    return this.#lists.slots(row).map((slot) => this.#lists.id(row, slot))
  }

  get isOneEach(): boolean {
    return this.#lists.areOfOne
  }

  only(row: Row): number {
    return this.#lists.only(row)
  }

  apply(cursor: MessageCursor): readonly Partition<Entry>[] {
    const rows = this.#rows
    const row = this.#row
    const isPresent = rows.take(cursor, row)
    const isNew = isPresent && cursor.type === rows.definition.types.new
    this.#relist?.touched(row, isNew && !this.#rules.relative(cursor.flags))
    if (!isNew && this.#deleted !== undefined) this.#noteDeletion(row.keyString())
    // By far the most frequent messages add the first entry of a list or delete its only one. Comparing words recognizes
    // both, without decoding.
    const only = this.#lists.only(row)
    // A first entry says that there is no other one.
    if (isNew && this.#rules.relative(cursor.flags) && only === noRow) this.#several?.add(row.keyString())
    if (only === noRow) {
      if (!isNew) return nothingInvalid
      const id = rows.insert(row, 'notification')
      this.#relist?.wrote(id)
      return nothingInvalid
    }
    if (!isNew && only >= 0 && isPresent && rows.store.equals(only, row)) {
      rows.remove(only, 'notification')
      return nothingInvalid
    }
    const slots = this.#lists.slots(row)
    if (slots.length > 1) this.#several?.add(row.keyString())
    const list: EntryList<Entry> = {
      length: slots.length,
      entry: (place) => rows.decoded(this.#lists.id(row, slots[place]!)),
    }
    let decoded: Entry | undefined
    const event: ListEvent<Entry> = {
      kind: isNew ? 'new' : 'delete',
      flags: cursor.flags,
      isExact: this.#isExact(),
      get entry() {
        decoded ??= rows.definition.message.decode(cursor.view, cursor.body, cursor.end)
        return decoded
      },
    }
    const invalidated: Partition<Entry>[] = []
    for (const edit of this.#rules.apply(list, event)) this.#perform(edit, row, invalidated)
    return invalidated
  }

  watchDeletions(): void {
    this.#deleted = new Set()
    this.#several = new Set()
    this.#replaced = new Set()
  }

  forgetDeletions(): void {
    this.#deleted = undefined
    this.#several = undefined
    this.#replaced = undefined
  }

  beginRelist(first: boolean): Relist<Entry> {
    this.#relist = new ListRelist(this.#rows, this.#lists, first, this.#deleted, this.#several)
    return this.#relist
  }

  endRelist(): void {
    this.#relist = undefined
  }

  /**
   * A notification that is older than the dump may have replaced an entry that the dump does not have any more, and the table
   * then replaced another one. It is one of several if the new entry goes.
   */
  #noteDeletion(key: string): void {
    this.#deleted?.add(key)
    if (this.#replaced?.has(key) === true) this.#several?.add(key)
  }

  #perform(edit: ListEdit<Entry>, row: Row, invalidated: Partition<Entry>[]): void {
    switch (edit.edit) {
      case 'insert': {
        this.#several?.add(row.keyString())
        const id = this.#lists.insert(row, edit.place, 'notification')
        this.#relist?.wrote(id)
        break
      }
      case 'replace': {
        this.#replaced?.add(row.keyString())
        const next = edit.entry === undefined ? row : this.#replacement
        if (edit.entry !== undefined) this.#rows.takeEntry(edit.entry, next)
        const id = this.#lists.replace(next, edit.place, 'notification')
        this.#relist?.wrote(id)
        break
      }
      case 'remove':
        this.#lists.remove(row, edit.place, 'notification')
        break
      case 'invalidate':
        invalidated.push(...edit.partitions)
    }
  }
}
