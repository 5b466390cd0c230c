import { type LiveTable, openTable, type TableDefinition } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { pathDefinition, textOf } from './paths.ts'
import type { ProgramHost } from './program-host.ts'
import { Reader } from './reader.ts'
import type { ScheduledSocket } from './socket.ts'
import { type ThingTable, textOfThing } from './things.ts'

/** A table that the program has open. */
interface Held {
  readonly name: string
  readonly table: LiveTable<unknown>
  readonly textOf: (entry: unknown) => string
  /** The kernel's entries. */
  readonly expected: () => readonly string[]
  /** What it may not be any more after a step. */
  readonly history: ThingTable | undefined
}

interface Kind<Entry> extends Omit<Held, 'name' | 'table' | 'textOf'> {
  readonly definition: TableDefinition<Entry>
  readonly textOf: (entry: Entry) => string
}

/** Tables that are open at the same time, and readers of each. */
const mostTables = 4
const mostReaders = 6

/** Opens tables, reads them, waits for them and closes them. */
export class FollowerProgram {
  readonly #schedule: ProgramHost
  readonly #kinds: Kind<unknown>[]
  readonly #notifiers: Notifier[] = []
  readonly #closedTables: Held[] = []
  #held: Held[] = []
  #readers: Reader<unknown>[] = []
  #opening = 0

  constructor(schedule: ProgramHost) {
    this.#schedule = schedule
    const { things, owners, paths } = schedule.operations
    const ofThings = (table: ThingTable) => ({
      definition: table.definition,
      textOf: textOfThing,
      expected: () => table.texts,
      history: table,
    })
    this.#kinds = [
      ofThings(things),
      ofThings(things),
      ofThings(owners),
      { definition: pathDefinition, textOf, expected: () => [...paths.texts].sort(), history: undefined },
    ] as unknown as Kind<unknown>[]
  }

  /** The notifier that tables and controllers share, if it is open. */
  get notifier(): Notifier | undefined {
    return this.#notifiers.findLast(({ closed }) => !closed)
  }

  begin(): void {
    this.#openNotifier()
  }

  operate(): void {
    const { operations } = this.#schedule.choices
    const kind = operations.next()
    if (kind < 0.3) this.#open()
    else if (kind < 0.5) this.#read()
    else if (kind < 0.6) operations.pick(this.#readers)?.pull()
    else if (kind < 0.75) this.#wait()
    else if (kind < 0.8) this.#withTable((held) => this.#track(held, 'resync', () => held.table.resync()))
    else if (kind < 0.85) this.#snapshot()
    else if (kind < 0.9) this.#endReader()
    else if (kind < 0.95) this.#close()
    else if (this.notifier === undefined) this.#openNotifier()
    else this.#schedule.promises.track('notifier.fence', this.notifier.fence())
  }

  /** Closes something at a bad time. */
  closeSome(): void {
    const { choices } = this.#schedule
    if (choices.order.chance(0.3)) {
      const { notifier } = this
      if (notifier !== undefined) this.#schedule.atSomePoint(() => notifier.close())
    } else this.#close()
  }

  /** Notifications were lost on a socket. */
  lost({ handler }: ScheduledSocket): void {
    for (const reader of this.#readers) if (reader.table.notifier === handler) reader.lost()
  }

  async settle(): Promise<void> {
    const { promises } = this.#schedule
    for (const held of this.#openTables()) this.#track(held, 'last waitForSync', () => held.table.waitForSync())
    for (const reader of this.#readers) {
      reader.isEager = true
      reader.pull()
    }
    await this.#schedule.until(
      () =>
        promises.pending.every((name) => !name.startsWith('last')) &&
        this.#openTables().every(({ table }) => table.state === 'live'),
      'every table is live',
    )
  }

  check(): void {
    const { isBroken } = this.#schedule
    for (const { name, table, textOf: text, expected } of this.#openTables()) {
      this.#compare(`${name} and the kernel`, [...table].map(text).sort(), expected())
      if (table.size !== expected().length) this.#schedule.problem(`${name} has the size ${table.size}`)
    }
    for (const reader of this.#readers) {
      if (reader.ended) continue
      const held = this.#openTables().find(({ table }) => table === reader.table)
      if (held === undefined) {
        if (!isBroken) this.#schedule.problem(`${reader.name} goes on after the end of its table`)
        continue
      }
      this.#compare(`the changes of ${reader.name} and the kernel`, reader.texts, held.expected())
      if (reader.wrong !== undefined) this.#schedule.problem(reader.wrong)
    }
    const { paths } = this.#schedule.operations
    for (const { table } of this.#openTables().filter(({ history }) => history === undefined)) {
      for (const [prefix, list] of paths.lists) {
        const shown = (table as LiveTable<{ prefix: number }>).list({ prefix }) as never[]
        this.#compare(`the order of path ${prefix} and the kernel's`, shown.map(textOf), list.map(textOf))
      }
    }
  }

  close(): void {
    // One that has ended with an error is closed too: its notifier goes with it.
    for (const { table } of [...this.#held, ...this.#closedTables]) table.close()
    for (const notifier of this.#notifiers) notifier.close()
  }

  checkEnd(): void {
    for (const { name, table } of [...this.#held, ...this.#closedTables]) {
      if (table.state !== 'closed') this.#schedule.problem(`${name} is ${table.state} at the end`)
    }
    for (const reader of this.#readers) {
      // One that nobody reads any more has nothing to end.
      if (!reader.ended) this.#schedule.problem(`${reader.name} does not end`)
    }
  }

  #openTables(): Held[] {
    this.#held = this.#held.filter((held) => {
      if (held.table.state !== 'closed') return true
      this.#closedTables.push(held)
      return false
    })
    return this.#held
  }

  #openNotifier(): void {
    const { kernel, promises } = this.#schedule
    promises.track('open notifier', Notifier.open({ transports: kernel }), (notifier) => this.#notifiers.push(notifier))
  }

  #open(): void {
    const { choices, kernel, promises, signals } = this.#schedule
    const { operations } = choices
    const kind = operations.pick(this.#kinds)!
    const own = operations.chance(0.3)
    const signal = operations.chance(0.4) ? signals.make() : undefined
    const { notifier } = this
    if (this.#openTables().length + this.#opening >= mostTables || (!own && notifier === undefined)) return
    const since = this.#schedule.step
    const name = `${kind.definition.name} table of step ${since}`
    this.#opening++
    const opened = openTable(kind.definition, { signal, ...(own ? { transports: kernel } : { notifier }) })
    opened.catch(() => {}).finally(() => this.#opening--)
    promises.track(`open ${name}`, opened, (table) => {
      const held: Held = { ...kind, name, table }
      this.#held.push(held)
      this.#closesOnce(held)
      this.#checkFresh(held, since)
    })
  }

  /** After its end a table calls nobody. */
  #closesOnce({ name, table }: Held): void {
    const { promises } = this.#schedule
    let isClosed = false
    table.observe(() => {
      if (isClosed) this.#schedule.problem(`${name} calls an observer after its end`)
    })
    promises.track(`${name} closes`, table.closed, (error) => {
      isClosed = true
      if (error !== undefined && !this.#schedule.isExpected(error)) {
        this.#schedule.problem(`${name} ended with ${String(error)}`)
      }
    })
  }

  #checkFresh({ name, table, history }: Held, since: number): void {
    if (table.state === 'closed' || history === undefined) return
    // It may lack entries for a while, if it changed during each of its dumps.
    if (table.definition.dumps === 'racy' && table.state !== 'live') return
    const stale = history.staleSince(since, table as Iterable<never>)
    if (stale !== undefined) this.#schedule.problem(`${name} (asked at step ${since}): ${stale}`)
  }

  #withTable(act: (held: Held) => void): void {
    const held = this.#schedule.choices.operations.pick(this.#openTables())
    if (held !== undefined) act(held)
  }

  #track<Result>(held: Held, what: string, call: () => Promise<Result>, settled?: (result: Result) => void): void {
    this.#schedule.promises.track(`${what} of ${held.name}`, call(), settled)
  }

  #wait(): void {
    const { choices, signals, step } = this.#schedule
    const signal = choices.operations.chance(0.4) ? signals.make() : undefined
    this.#withTable((held) =>
      this.#track(
        held,
        'waitForSync',
        () => held.table.waitForSync({ signal }),
        () => this.#checkFresh(held, step),
      ),
    )
  }

  #snapshot(): void {
    this.#withTable((held) =>
      this.#track(
        held,
        'snapshot',
        () => held.table.snapshot(),
        (entries) => {
          this.#compare(
            `the snapshot of ${held.name} and the table`,
            entries.map(held.textOf).sort(),
            [...held.table].map(held.textOf).sort(),
          )
        },
      ),
    )
  }

  #read(): void {
    const { choices, signals, step } = this.#schedule
    const isEager = choices.operations.chance(0.6)
    const signal = choices.operations.chance(0.4) ? signals.make() : undefined
    if (this.#readers.filter(({ ended }) => !ended).length >= mostReaders) return
    this.#withTable(({ name, table, textOf: text }) => {
      const own = `reader of step ${step} of ${name}`
      this.#readers.push(new Reader(own, table, text, isEager, signal, this.#schedule))
    })
  }

  #endReader(): void {
    const reader = this.#schedule.choices.operations.pick(
      this.#readers.filter(({ ended, isEager }) => !ended && !isEager),
    )
    if (reader !== undefined) this.#schedule.promises.track(`end of ${reader.name}`, reader.end())
  }

  #close(): void {
    this.#withTable(({ table }) => this.#schedule.atSomePoint(() => table.close()))
  }

  #compare(what: string, found: readonly string[], expected: readonly string[]): void {
    const [left, right] = [found.join(', '), expected.join(', ')]
    if (left !== right) this.#schedule.problem(`${what} differ: "${left}" and "${right}"`)
  }
}
