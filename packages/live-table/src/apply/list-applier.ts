import type { MessageCursor } from '@rtnl/netlink-core'
import type { EntryList, ListEdit, ListEvent, ListRules, Partition } from '../definition.ts'
import { ListRelist } from '../relist/list-relist.ts'
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
  #relist: ListRelist<Entry> | undefined

  /** @param settled whether nothing is in doubt */
  constructor(rows: TableRows<Entry>, rules: ListRules<Entry>, settled: () => boolean) {
    this.#rows = rows
    this.#rules = rules
    this.#isExact = settled
    this.#lists = new RowLists(rows)
  }

  find(): readonly number[] {
    const { scratch } = this.#rows
    return this.#lists.slots(scratch).map((slot) => this.#lists.id(scratch, slot))
  }

  only(): number {
    return this.#lists.only(this.#rows.scratch)
  }

  apply(cursor: MessageCursor): readonly Partition<Entry>[] {
    const rows = this.#rows
    const count = rows.take(cursor)
    const isNew = count >= 0 && cursor.type === rows.definition.types.new
    this.#relist?.touched(rows.scratch, isNew && !this.#rules.relative(cursor.flags))
    // By far the most frequent are the first entry of a list that comes, and the only one that goes; the words tell it
    // without decoding.
    const only = this.#lists.only(rows.scratch)
    if (only === noRow) {
      if (!isNew) return nothingInvalid
      const id = rows.insert(rows.scratch, count, 'notification')
      this.#relist?.wrote(id)
      return nothingInvalid
    }
    if (!isNew && only >= 0 && count >= 0 && rows.store.equals(only, rows.scratch, count)) {
      rows.remove(only, 'notification')
      return nothingInvalid
    }
    const message = rows.scratch.slice(0, rows.keyWords + Math.max(count, 0))
    const slots = this.#lists.slots(message)
    const list: EntryList<Entry> = {
      length: slots.length,
      entry: (place) => rows.decoded(this.#lists.id(message, slots[place]!)),
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
    for (const edit of this.#rules.apply(list, event)) this.#perform(edit, message, count, invalidated)
    return invalidated
  }

  beginRelist(first: boolean): Relist<Entry> {
    this.#relist = new ListRelist(this.#rows, this.#lists, first)
    return this.#relist
  }

  endRelist(): void {
    this.#relist = undefined
  }

  #insert(row: Int32Array, count: number, place: number): void {
    const id = this.#lists.insert(row, count, place, 'notification')
    this.#relist?.wrote(id)
  }

  #perform(edit: ListEdit<Entry>, message: Int32Array, count: number, invalidated: Partition<Entry>[]): void {
    switch (edit.edit) {
      case 'insert':
        this.#insert(message, count, edit.place)
        break
      case 'replace': {
        const words = edit.entry === undefined ? count : this.#rows.takeEntry(edit.entry)
        const row = edit.entry === undefined ? message : this.#rows.scratch
        const id = this.#lists.replace(row, words, edit.place, 'notification')
        this.#relist?.wrote(id)
        break
      }
      case 'remove':
        this.#lists.remove(message, edit.place, 'notification')
        break
      case 'invalidate':
        invalidated.push(...edit.partitions)
    }
  }
}
