import { type ActivityReading, type RowHistory, refersTo, type TableActivity, type TableReading } from '@rtnl/tables'
import { count, countOf } from '../output/count.ts'
import { printable } from '../output/printable.ts'
import { Cursor } from './cursor.ts'
import { Scan } from './scan.ts'
import { dashboard } from './screens/dashboard.ts'
import { headerLines, type Session } from './screens/header.ts'
import type { Look } from './screens/look.ts'
import { rowList } from './screens/row-list.ts'
import { type Referrer, rowView } from './screens/row-view.ts'
import type { Block, Line, Screen, Size } from './screens/screen.ts'
import { type FollowedTable, type ListedRow, rowOrders, TableRows } from './table-rows.ts'

/** A key that was pressed, as `node:readline` names it. */
export interface Key {
  readonly name?: string | undefined
  readonly sequence?: string | undefined
  readonly ctrl?: boolean | undefined
  readonly shift?: boolean | undefined
}

/** What the program is to do after a key. */
export type KeyResult = 'draw' | 'quit' | 'suspend'

/** In which order tables are listed: their own, or those first that changed most, or most of late. */
const tableOrders = ['order', 'changes', 'rate'] as const

/** From this width on the keys are explained in full. */
const wideColumns = 60

/** How long a large table is looked through for each screen, in milliseconds. */
const lookMilliseconds = 20

/** The most entries that refer to a row which are listed. */
const mostReferrers = 1000

/** A row that is open. */
interface OpenRow {
  readonly history: RowHistory
  readonly referrers: Scan<Referrer>
  /** Lines of the history that are scrolled away. */
  skipped: number
  /** The changes of all tables when it was looked for what refers to the row. */
  changes: number
}

/** What is to be seen, by what was counted and which keys were pressed. */
export class TopApp {
  readonly #tables: readonly FollowedTable[]
  readonly #model: TableActivity
  readonly #session: Session
  readonly #look: Look
  readonly #tableCursor = new Cursor()
  #rowCursor = new Cursor()
  #reading: ActivityReading
  #isPaused = false
  /** The rows that are shown while the screen is held. */
  #held: readonly ListedRow[] | undefined
  #isTyping = false
  #tableFilter = ''
  #rowFilter = ''
  #tableOrder = 0
  #rowOrder = 0
  #rows: TableRows | undefined
  #row: OpenRow | undefined
  /** What was listed last, for the keys. */
  #listedTables: readonly TableReading[] = []
  #listedRows: readonly ListedRow[] = []
  #page = 1

  /** @param tables whose changes the model counts */
  constructor(tables: readonly FollowedTable[], model: TableActivity, session: Session, look: Look) {
    this.#tables = tables
    this.#model = model
    this.#session = session
    this.#look = look
    this.#reading = model.read()
  }

  /** Whether the screen is held: it changes by keys alone. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  press(key: Key): KeyResult {
    if (key.ctrl === true) {
      if (key.name === 'c') return 'quit'
      return key.name === 'z' ? 'suspend' : 'draw'
    }
    if (this.#isTyping) this.#type(key)
    else if (key.sequence === 'q') return 'quit'
    else this.#command(key)
    return 'draw'
  }

  screen(size: Size): Screen {
    if (!this.#isPaused) this.#reading = this.#model.read()
    const header = headerLines(this.#reading, this.#session, this.#isPaused, size.columns, this.#look)
    // The rest is below the lines of the header, and above the one with the keys.
    const height = Math.max(1, size.rows - header.length - 1)
    this.#page = Math.max(1, height - 3)
    const body = this.#body({ columns: size.columns, rows: height })
    return { blocks: [{ lines: header }, ...body], footer: this.#footer(size.columns) }
  }

  #body(size: Size): readonly Block[] {
    const look = this.#look
    if (this.#row !== undefined) {
      const { history, referrers, skipped } = this.#row
      this.#lookForReferrers(this.#row)
      return rowView(history, referrers.result, referrers.isCut, skipped, size.rows, look)
    }
    if (this.#rows !== undefined) {
      const { module } = this.#rows.followed
      this.#listedRows = this.#currentRows(this.#rows)
      const title = this.#rowsTitle(this.#rows)
      return rowList(module, this.#listedRows, title, this.#rowCursor, size.rows, this.#reading.at, look)
    }
    this.#listedTables = this.#currentTables()
    return dashboard(this.#reading, this.#listedTables, this.#tableCursor, size, look)
  }

  #currentTables(): readonly TableReading[] {
    const tables = this.#reading.tables.filter(({ module }) => module.name.includes(this.#tableFilter))
    const order = tableOrders[this.#tableOrder]
    if (order === 'order') return tables
    return tables.sort((one, other) =>
      order === 'changes' ? other.changes - one.changes : other.perSecond - one.perSecond,
    )
  }

  #currentRows(rows: TableRows): readonly ListedRow[] {
    if (this.#isPaused && this.#held !== undefined) return this.#held
    rows.advance(lookMilliseconds)
    const list = rows.list(rowOrders[this.#rowOrder]!)
    this.#held = this.#isPaused && !rows.isRunning ? list : undefined
    return list
  }

  #rowsTitle(rows: TableRows): string {
    const { module, table } = rows.followed
    const listed =
      this.#rowFilter === '' ? '' : `, ${count(this.#listedRows.length)} with '${printable(this.#rowFilter)}'`
    const cut = rows.isRunning ? ', looking' : rows.isCut ? `, the first ${count(this.#listedRows.length)}` : ''
    return `${this.#look.paint.strong(countOf(table.size, module.nouns))}${listed}${cut}`
  }

  #lookForReferrers(row: OpenRow): void {
    if (this.#isPaused && !row.referrers.isRunning) return
    const { changes } = this.#model
    if (!row.referrers.isRunning && changes !== row.changes) {
      row.changes = changes
      row.referrers.begin()
    }
    row.referrers.advance(lookMilliseconds)
  }

  #footer(columns: number): Line {
    const { paint } = this.#look
    const filter = printable(this.#filter)
    if (this.#isTyping) return [{ text: `filter: ${filter}${paint.strong('_')}` }]
    const isWide = columns >= wideColumns
    const order = this.#rows === undefined ? tableOrders[this.#tableOrder] : rowOrders[this.#rowOrder]
    const keys = [
      ...(this.#row === undefined
        ? [
            'enter open',
            isWide && filter !== '' ? `/ filter: ${filter}` : '/ filter',
            isWide ? `s sort: ${order}` : 's sort',
          ]
        : ['esc back', 'up, down: history']),
      this.#isPaused ? 'p go on' : 'p pause',
      'q end',
      ...(isWide && this.#rows !== undefined && this.#row === undefined ? ['esc back', 'tab next table'] : []),
    ]
    return [{ text: paint.faint(keys.join(isWide ? '  ' : ' ')) }]
  }

  get #filter(): string {
    return this.#rows === undefined ? this.#tableFilter : this.#rowFilter
  }

  set #filter(text: string) {
    if (this.#rows === undefined) {
      this.#tableFilter = text
      this.#tableCursor.reset()
      return
    }
    this.#rowFilter = text
    this.#list(this.#rows.followed)
  }

  #type({ name, sequence = '' }: Key): void {
    if (name === 'return' || name === 'enter') this.#isTyping = false
    else if (name === 'escape') {
      this.#isTyping = false
      this.#filter = ''
    } else if (name === 'backspace') this.#filter = this.#filter.slice(0, -1)
    else if (/^[^\p{Cc}]+$/u.test(sequence)) this.#filter += sequence
  }

  #command({ name = '', sequence = '', shift = false }: Key): void {
    if (name === 'return' || name === 'enter' || name === 'right') this.#open()
    else if (name === 'escape' || name === 'left' || name === 'backspace') this.#back()
    else if (name === 'tab') this.#next(shift ? -1 : 1)
    else if (name === 'space' || sequence === 'p') this.#pause()
    else if (sequence === '/') this.#isTyping = this.#row === undefined
    else if (sequence === 's') this.#sort()
    else {
      const lines = this.#linesOf(name, sequence)
      if (lines !== 0) this.#move(lines)
    }
  }

  /** How many lines further down a key leads. */
  #linesOf(name: string, sequence: string): number {
    if (name === 'down' || sequence === 'j') return 1
    if (name === 'up' || sequence === 'k') return -1
    if (name === 'pagedown') return this.#page
    if (name === 'pageup') return -this.#page
    if (name === 'home' || sequence === 'g') return Number.NEGATIVE_INFINITY
    return name === 'end' || sequence === 'G' ? Number.MAX_SAFE_INTEGER : 0
  }

  #move(lines: number): void {
    const row = this.#row
    if (row === undefined) (this.#rows === undefined ? this.#tableCursor : this.#rowCursor).move(lines)
    else {
      const last = Math.max(0, row.history.changes.newest().length - 1)
      row.skipped = Math.max(0, Math.min(last, row.skipped + lines))
    }
  }

  #open(): void {
    if (this.#row !== undefined) return
    if (this.#rows === undefined) {
      const chosen = this.#listedTables[this.#tableCursor.find(this.#listedTables.map(({ module }) => module.name))]
      const followed = this.#tables.find(({ module }) => module === chosen?.module)
      if (followed !== undefined) this.#enter(followed)
      return
    }
    const chosen = this.#listedRows[this.#rowCursor.find(this.#listedRows.map(({ key }) => key))]
    if (chosen === undefined) return
    const { module } = this.#rows.followed
    const history = this.#model.openRow(module, chosen.key, chosen.entry)
    const referrers = new Scan(() => this.#referrers(history), mostReferrers)
    this.#row = { history, referrers, skipped: 0, changes: -1 }
  }

  *#referrers({ module, entry }: RowHistory): Generator<Referrer | undefined, void, undefined> {
    const identity = module.identity?.(entry)
    if (identity === undefined) return
    for (const { module: other, table } of this.#tables) {
      for (const candidate of table) {
        const refers = refersTo(other, candidate, identity)
        yield refers ? { module: other, entry: candidate } : undefined
      }
    }
  }

  #back(): void {
    if (this.#row !== undefined) {
      this.#row = undefined
      this.#model.closeRow()
    } else this.#rows = undefined
  }

  #next(step: number): void {
    if (this.#rows === undefined || this.#row !== undefined) return
    const tables = this.#tables
    const place = tables.indexOf(this.#rows.followed)
    this.#enter(tables[(place + step + tables.length) % tables.length]!)
  }

  #enter(followed: FollowedTable): void {
    this.#rowFilter = ''
    this.#list(followed)
  }

  #list(followed: FollowedTable): void {
    this.#rows = new TableRows(followed, this.#model, this.#look.names, this.#rowFilter)
    this.#rowCursor = new Cursor()
    this.#held = undefined
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused
    this.#held = this.#isPaused ? this.#listedRows : undefined
  }

  #sort(): void {
    if (this.#rows === undefined) this.#tableOrder = (this.#tableOrder + 1) % tableOrders.length
    else this.#rowOrder = (this.#rowOrder + 1) % rowOrders.length
    this.#held = undefined
  }
}
