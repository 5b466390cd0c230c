import type { MessageCursor } from '@rtnl/netlink-core'
import type { EntryList, ListEdit, ListEvent, ListRules, Scope } from '../definition.ts'
import { ListReading } from '../relist/list-relist.ts'
import type { TableRows } from '../store/table-rows.ts'
import { type Keeper, noRow, type Reading } from './applier.ts'
import { RowLists } from './row-lists.ts'

const noDoubt: readonly Scope<never>[] = []

/**
 * Tables in which a key names an ordered list of entries, such as the routes to one prefix: what a message does depends
 * on the list and on its flags, and the rules of the table say what. Almost all lists have one entry.
 */
export class ListKeeper<Entry> implements Keeper<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #rules: ListRules<Entry>
  readonly #lists: RowLists<Entry>
  readonly #settled: () => boolean
  #reading: ListReading<Entry> | undefined

  /** @param settled whether nothing is in doubt */
  constructor(rows: TableRows<Entry>, rules: ListRules<Entry>, settled: () => boolean) {
    this.#rows = rows
    this.#rules = rules
    this.#settled = settled
    this.#lists = new RowLists(rows)
  }

  find(): readonly number[] {
    const { scratch } = this.#rows
    return this.#lists.slots(scratch).map((slot) => this.#lists.id(scratch, slot))
  }

  only(): number {
    return this.#lists.only(this.#rows.scratch)
  }

  apply(cursor: MessageCursor): readonly Scope<Entry>[] {
    const rows = this.#rows
    const count = rows.take(cursor)
    const isNew = count >= 0 && cursor.type === rows.definition.types.new
    this.#reading?.touched(rows.scratch, isNew && !this.#rules.relative(cursor.flags))
    // By far the most frequent are the first entry of a list that comes, and the only one that goes; the words tell it
    // without decoding.
    const only = this.#lists.only(rows.scratch)
    if (only === noRow) {
      if (!isNew) return noDoubt
      const id = rows.insert(rows.scratch, count, 'notification')
      this.#reading?.wrote(id)
      return noDoubt
    }
    if (!isNew && only >= 0 && count >= 0 && rows.store.equals(only, rows.scratch, count)) {
      rows.remove(only, 'notification')
      return noDoubt
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
      settled: this.#settled(),
      get entry() {
        decoded ??= rows.definition.message.decode(cursor.view, cursor.body, cursor.end)
        return decoded
      },
    }
    const doubts: Scope<Entry>[] = []
    for (const edit of this.#rules.apply(list, event)) this.#perform(edit, message, count, doubts)
    return doubts
  }

  beginReading(first: boolean): Reading<Entry> {
    this.#reading = new ListReading(this.#rows, this.#lists, first)
    return this.#reading
  }

  endReading(): void {
    this.#reading = undefined
  }

  #insert(row: Int32Array, count: number, place: number): void {
    const id = this.#lists.insert(row, count, place, 'notification')
    this.#reading?.wrote(id)
  }

  #perform(edit: ListEdit<Entry>, message: Int32Array, count: number, doubts: Scope<Entry>[]): void {
    switch (edit.edit) {
      case 'insert':
        this.#insert(message, count, edit.place)
        break
      case 'replace': {
        const words = edit.entry === undefined ? count : this.#rows.takeEntry(edit.entry)
        const row = edit.entry === undefined ? message : this.#rows.scratch
        const id = this.#lists.replace(row, words, edit.place, 'notification')
        this.#reading?.wrote(id)
        break
      }
      case 'remove':
        this.#lists.remove(message, edit.place, 'notification')
        break
      case 'doubt':
        doubts.push(...edit.scopes)
    }
  }
}
