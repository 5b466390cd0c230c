import type { Dice } from '@rtnl/compliance'
import { type Cause, sameValue } from '@rtnl/live-table'
import { type FakeTable, FakeTables } from './fake-tables.ts'

type AnyTable = FakeTable<object>

/** A change that is known to the kernel, and to the tables once it is told. */
interface Message {
  readonly kernel: AnyTable
  readonly table: AnyTable
  readonly old: object | undefined
  readonly next: object | undefined
}

/**
 * Tables that are told of the changes of a kernel later: message by message, or by relists after messages were lost, of one table
 * after the other, and of the entries of each in any order.
 */
export class LateTables {
  readonly kernel = new FakeTables()
  /** What has been told so far. */
  readonly tables = new FakeTables()
  readonly #dice: Dice
  #messages: Message[] = []

  constructor(dice: Dice) {
    this.#dice = dice
    for (const [kernel, table] of this.#pairs()) {
      kernel.observe((old, next) => void this.#messages.push({ kernel, table, old, next }))
    }
  }

  /** Tells some of what happened. @returns how, for people */
  some(): string {
    const { below, pick } = {
      below: (limit: number) => this.#dice.below(limit),
      pick: this.#dice.pick.bind(this.#dice),
    }
    const [kernel, table] = pick(...this.#pairs())
    switch (below(6)) {
      case 0:
        return 'nothing is told'
      case 1:
        this.#lose(() => true)
        for (const pair of this.#shuffled(this.#pairs())) this.#relist(...pair, 'resync')
        return 'all is reread'
      case 2:
        this.#lose((message) => message.table === table)
        this.#relist(kernel, table, pick('resync', 'inferred'))
        return 'one table is reread'
      case 3: {
        // A relist of another table comes before what its messages said.
        const first = this.#messages.filter((message) => message.table === table)
        this.#messages = this.#messages.filter((message) => message.table !== table)
        for (const message of first) tell(message)
        return 'one table goes before'
      }
      default:
        for (const message of this.#messages.splice(0, 1 + below(this.#messages.length + 1))) tell(message)
        return 'messages'
    }
  }

  /** Tells all that is left. */
  rest(): void {
    for (const message of this.#messages.splice(0)) tell(message)
  }

  #lose(isLost: (message: Message) => boolean): void {
    this.#messages = this.#messages.filter((message) => !isLost(message))
  }

  #relist(kernel: AnyTable, table: AnyTable, cause: Cause): void {
    const gone = [...table].filter((entry) => kernel.get(entry) === undefined)
    const there = [...kernel].filter((entry) => !sameValue(entry, table.get(entry)))
    for (const entry of this.#shuffled([...gone, ...there])) {
      if (gone.includes(entry)) table.remove(entry, cause)
      else table.put(entry, cause)
    }
  }

  #pairs(): (readonly [AnyTable, AnyTable])[] {
    const names = ['links', 'vlans', 'filters', 'fdb', 'nexthops', 'neighbors'] as const
    return names.map((name) => [this.kernel[name] as unknown as AnyTable, this.tables[name] as unknown as AnyTable])
  }

  #shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items]
    return items.map(() => left.splice(this.#dice.below(left.length), 1)[0] as Item)
  }
}

function tell({ table, old, next }: Message): void {
  if (next !== undefined) table.put(next)
  else if (old !== undefined) table.remove(old)
}
