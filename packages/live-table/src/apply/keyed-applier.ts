import type { MessageCursor } from '@rtnl/netlink-core'
import type { Scope } from '../definition.ts'
import { KeyedReading } from '../relist/keyed-relist.ts'
import type { TableRows } from '../store/table-rows.ts'
import type { Keeper, Reading } from './applier.ts'

const noDoubt: readonly Scope<never>[] = []

/** Tables in which a key names one entry: a new message adds or overwrites it, a delete message removes it. */
export class KeyedKeeper<Entry> implements Keeper<Entry> {
  readonly #rows: TableRows<Entry>
  #reading: KeyedReading<Entry> | undefined

  constructor(rows: TableRows<Entry>) {
    this.#rows = rows
  }

  find(): readonly number[] {
    const id = this.#rows.find()
    return id < 0 ? [] : [id]
  }

  only(): number {
    return this.#rows.find()
  }

  apply(cursor: MessageCursor): readonly Scope<Entry>[] {
    const rows = this.#rows
    const count = rows.take(cursor)
    if (count >= 0 && cursor.type === rows.definition.types.new) {
      const id = rows.write(rows.scratch, count, 'notification')
      this.#reading?.wrote(id)
      return noDoubt
    }
    this.#reading?.removed()
    const id = rows.find()
    if (id >= 0) rows.remove(id, 'notification')
    return noDoubt
  }

  beginReading(first: boolean): Reading<Entry> {
    this.#reading = new KeyedReading(this.#rows, first)
    return this.#reading
  }

  endReading(): void {
    this.#reading = undefined
  }
}
