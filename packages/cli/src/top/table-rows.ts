import type { LiveTable } from '@rtnl/live-table'
import { type ChangedRow, type InterfaceNames, lineText, type TableActivity, type TableModule } from '@rtnl/tables'
import { Scan } from './scan.ts'

/** A table that is followed. */
export interface FollowedTable {
  readonly module: TableModule<unknown>
  readonly table: LiveTable<unknown>
}

/** A row of a list. */
export interface ListedRow {
  readonly key: string
  readonly entry: unknown
  /** Whether it is in the table no more. */
  readonly isGone: boolean
  /** Its changes; `undefined` if there were none. */
  readonly changed: ChangedRow | undefined
}

/** In which order rows are listed: as in the table, those first that changed most often, or those that changed last. */
export const rowOrders = ['table', 'changes', 'latest'] as const
export type RowOrder = (typeof rowOrders)[number]

interface FoundRow {
  readonly key: string
  readonly entry: unknown
}

/** The most rows that are listed in the order of the table. Rows that changed are listed beside these. */
const mostRows = 10_000

/** The rows of a table whose text has a filter in it. A large table is looked through little by little. */
export class TableRows {
  readonly followed: FollowedTable
  readonly #model: TableActivity
  readonly #names: InterfaceNames
  readonly #filter: string
  readonly #scan: Scan<FoundRow>
  /** How often the table had changed when the pass began. */
  #changes = -1

  /** @param filter empty: all rows */
  constructor(followed: FollowedTable, model: TableActivity, names: InterfaceNames, filter: string) {
    this.followed = followed
    this.#model = model
    this.#names = names
    this.#filter = filter
    this.#scan = new Scan(() => this.#rows(), mostRows)
  }

  /** Whether there may be more rows than are listed. */
  get isCut(): boolean {
    return this.#scan.isCut
  }

  get isRunning(): boolean {
    return this.#scan.isRunning
  }

  /** Goes on looking for some milliseconds, if the table has changed. */
  advance(milliseconds: number): void {
    const changes = this.#model.changesOf(this.followed.module.name)
    if (!this.#scan.isRunning && changes !== this.#changes) {
      this.#changes = changes
      this.#scan.begin()
    }
    this.#scan.advance(milliseconds)
  }

  list(order: RowOrder): ListedRow[] {
    const { name } = this.followed.module
    const present = this.#scan.result.map((row) => ({
      ...row,
      isGone: false,
      changed: this.#model.changedRow(name, row.key),
    }))
    if (order === 'table') return present
    const changed = [...this.#model.changedRows(name)]
      .filter(({ seen }) => this.#matches(seen.entry))
      .sort((one, other) => (order === 'changes' ? other.count - one.count : 0) || other.at - one.at)
      .map((row) => ({ key: row.key, entry: row.seen.entry, isGone: row.seen.kind === 'removed', changed: row }))
    return [...changed, ...present.filter((row) => row.changed === undefined)]
  }

  *#rows(): Generator<FoundRow | undefined, void, undefined> {
    const { module, table } = this.followed
    const { lists, keyText } = table.definition
    const places = new Map<string, number>()
    for (const entry of module.inOrder?.(table) ?? table) {
      if (!this.#matches(entry)) {
        yield undefined
        continue
      }
      const text = keyText(entry)
      const place = lists === undefined ? 0 : (places.get(text) ?? 0)
      if (lists !== undefined) places.set(text, place + 1)
      // As the keys of changes are.
      yield { key: place === 0 ? text : `${text} #${place}`, entry }
    }
  }

  #matches(entry: unknown): boolean {
    return this.#filter === '' || lineText(this.followed.module, entry, this.#names).includes(this.#filter)
  }
}
