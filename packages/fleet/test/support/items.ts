import { DerivedRows, DerivedTable } from '@rtnl/live-table'

/** What the tables of the tests hold. */
export interface Item {
  readonly name: string
  readonly value: number
  readonly words?: readonly string[]
}

/** A table that a test changes. */
export class Items {
  readonly rows: DerivedRows<Item>
  readonly table: DerivedTable<Item, Pick<Item, 'name'>>

  constructor(name = 'item') {
    this.rows = new DerivedRows<Item>({ name, ref() {}, unref() {} })
    this.table = new DerivedTable(
      this.rows,
      ({ name: key }) => key,
      () => 'live',
    )
  }

  set(item: Item): void {
    this.rows.set(item.name, item, 'notification')
  }

  delete(name: string): void {
    this.rows.delete(name, 'notification')
  }

  /** As readers of a fleet see it. */
  as(node: string, netns = ''): Map<string, unknown> {
    return new Map([...this.table].map((item) => [`${node} ${netns} ${item.name}`, { node, netns, ...item }]))
  }
}
