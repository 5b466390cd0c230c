import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, DecodeError, DumpInterruptedError, type MessageCursor, NetlinkError } from '@rtnl/netlink-core'
import type { Notifier } from '../notifier.ts'
import type { EntryRows } from '../rows/entry-rows.ts'
import type { LossReason, MessageSink } from '../sink.ts'
import { barrier } from './barrier.ts'
import type { Cause } from './change.ts'
import type { ChangeFeed, FeedSource } from './change-feed.ts'
import { anyDefinition, type MessageTrigger, type Scope, type TableDefinition } from './definition.ts'
import { Doubts } from './doubts.ts'
import { type Keeper, noRow, type Reading, severalRows } from './keeper.ts'
import { KeyedKeeper } from './keyed-keeper.ts'
import { ListKeeper } from './list-keeper.ts'
import type { LiveTable } from './live-table.ts'
import { acquireTable } from './shared-tables.ts'
import { TableRows } from './table-rows.ts'

/**
 * - `syncing`: the first reading is under way
 * - `live`: the table is what the kernel's is, as far as the notifications have arrived
 * - `stale`: a part is in doubt and is being read again
 * - `closed`
 */
export type TableState = 'syncing' | 'live' | 'stale' | 'closed'

// Pauses between readings that fail or meet changes: 1, 2, 4, ... milliseconds, and this at most.
const longestPause = 1000
// Readings of a table that must be quiet, before what they show is taken for the time being.
const quietReadings = 5

/**
 * What a table has under the key of an entry.
 * - `absent`: nothing
 * - `same`: this entry alone, with the same content
 * - `different`: something else, or this among others; that may still mean the same
 */
export type Comparison = 'absent' | 'same' | 'different'

/**
 * What a reading was worth.
 * - `good`: the table is what the kernel's was when it ended
 * - `uncertain`: as good as it can be had while the table changes; to be read again
 * - `partial`: what was read does not tell enough without the rest
 * - `void`: nothing was taken from it
 */
type ReadingResult = 'good' | 'uncertain' | 'partial' | 'void'

/** Follows a table: notifications, triggers, doubts and their repair. `LiveTable` is its face. */
export class TableFollower<Entry> implements MessageSink, FeedSource {
  readonly name: string
  readonly groups: readonly number[]
  readonly types: readonly number[]
  readonly rows: TableRows<Entry>
  readonly feeds = new Set<ChangeFeed>()
  /** Times that the table or a part of it was read. */
  readings = 0
  readonly #definition: TableDefinition<Entry>
  readonly #notifier: Notifier
  readonly #table: LiveTable<Entry>
  readonly #messageTriggers: readonly MessageTrigger<Entry>[]
  readonly #endings: (() => void)[] = []
  /** The tables whose changes put this one in doubt. */
  readonly #depends: LiveTable<unknown>[] = []
  readonly #doubts = new Doubts<Entry>()
  readonly #closing = new AbortController()
  /** Resolves when the table is closed, with the error that closed it. */
  readonly closed: Promise<Error | undefined>
  #tellClosed: (error: Error | undefined) => void = () => {}
  #state: TableState = 'syncing'
  #ended: { readonly error: Error | undefined } | undefined
  readonly #keeper: Keeper<Entry>
  /** Parts under reading. */
  #parts: readonly Scope<Entry>[] = []
  #disturbed = false
  /** Messages were lost during the reading, so that it proves nothing. */
  #readingVoid = false
  #repairing: Promise<void> | undefined

  constructor(
    definition: TableDefinition<Entry>,
    notifier: Notifier,
    table: LiveTable<Entry>,
    shows: ((entry: Entry) => boolean) | undefined,
  ) {
    this.name = definition.name
    this.#definition = definition
    this.#notifier = notifier
    this.#table = table
    this.rows = new TableRows(definition, shows, (error) => notifier.connection.monitor.malformed(error))
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve
    })
    const { lists } = definition
    this.#keeper =
      lists === undefined ? new KeyedKeeper(this.rows) : new ListKeeper(this.rows, lists, () => this.#isSettled)
    this.#messageTriggers = (definition.triggers ?? []).filter((trigger) => 'types' in trigger)
    this.groups = [...definition.groups, ...this.#messageTriggers.flatMap((trigger) => trigger.groups)]
    this.types = [
      definition.types.new,
      definition.types.delete,
      ...this.#messageTriggers.flatMap((trigger) => trigger.types),
    ]
  }

  get state(): TableState {
    return this.#state
  }

  /** The entries under a key that readers see, in the kernel's order. Fields of the key that are left out are 0. */
  find(key: Partial<Entry>): Entry[] {
    this.rows.takeKey(key)
    return this.#keeper.find().flatMap((id) => this.rows.shown(id) ?? [])
  }

  /** See `LiveTable.dependency`. */
  dependency<Other>(definition: TableDefinition<Other>): LiveTable<Other> | undefined {
    const wanted: TableDefinition<unknown> = anyDefinition(definition)
    return this.#depends.find((table) => table.definition === wanted) as LiveTable<Other> | undefined
  }

  /** See `LiveTable.compare`. */
  compare(others: EntryRows<Entry>, id: number): Comparison {
    const count = this.rows.takeRow(others, id)
    const known = this.#keeper.only()
    if (known === noRow) return 'absent'
    if (known === severalRows) return 'different'
    return this.rows.isEquivalent(known, this.rows.scratch, count) ? 'same' : 'different'
  }

  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended
  }

  hold(): void {
    this.#notifier.hold()
  }

  release(): void {
    this.#notifier.release()
  }

  /** Subscribes, reads the table, and follows. Rejects where the first reading is refused. */
  async start(): Promise<void> {
    for (const trigger of this.#definition.triggers ?? []) {
      if ('own' in trigger) {
        this.rows.observers.set((old, next, cause) => {
          if (cause === 'notification') this.#doubt(trigger.reason, 'inferred', trigger.doubts(old, next, this.#table))
        }, undefined)
      }
      if (!('depends' in trigger)) continue
      const lease = await acquireTable(this.#notifier, trigger.depends)
      this.#depends.push(lease.table)
      const stop = lease.table.observe((old, next) => {
        this.#trigger(trigger.reason, () => trigger.doubts(old, next, this.#table))
      })
      this.#atEnd(() => {
        stop()
        lease.release()
      })
      // Without the other table nobody would say any more what is in doubt.
      lease.table.closed.then((error) => this.end(error ?? new ClosedError(`table ${trigger.depends.name}`)))
    }
    this.#throwIfEnded()
    this.#atEnd(() => this.#notifier.detach(this))
    await this.#notifier.attach(this)
    const { whole } = this.#definition
    let result = await this.#read(whole, 'dump', true)
    for (let pause = 1; result === 'void'; pause = longer(pause)) {
      await delay(pause, undefined, { signal: this.#closing.signal })
      result = await this.#read(whole, 'dump', true)
    }
    this.#throwIfEnded()
    this.#state = 'live'
    // A table that is never quiet would otherwise never be open.
    if (result === 'uncertain') this.#doubt('disturbed', 'resync', whole)
    this.#startRepair()
  }

  /** Reads the whole table again. */
  async resync(): Promise<void> {
    this.#doubt('requested', 'resync', this.#definition.whole)
    await this.settled()
  }

  /** See `LiveTable.reselect`. */
  async reselect(): Promise<void> {
    this.#throwIfEnded()
    await this.rows.reselect()
    this.#throwIfEnded()
  }

  /** Resolves once everything is applied that happened in the kernel before the call, and no doubt is left. */
  async fresh(signal: AbortSignal | undefined): Promise<void> {
    this.#throwIfEnded()
    await barrier(this.#notifier.connection, signal)
    await this.#notifier.sync()
    // What another table still has to find out may put this one in doubt.
    for (const table of this.#depends) await table.fresh({ signal })
    await this.settled()
  }

  async settled(): Promise<void> {
    while (this.#repairing !== undefined) await this.#repairing
    this.#throwIfEnded()
  }

  end(error: Error | undefined): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#ended = { error }
    this.#closing.abort(error ?? new ClosedError(`table ${this.name}`))
    for (const ending of this.#endings.splice(0).reverse()) ending()
    for (const feed of [...this.feeds]) feed.end(error)
    this.#tellClosed(error)
  }

  message(cursor: MessageCursor): void {
    const { types } = this.#definition
    if (cursor.type === types.new || cursor.type === types.delete) this.#apply(cursor)
    for (const trigger of this.#messageTriggers) {
      if (trigger.types.includes(cursor.type)) this.#trigger(trigger.reason, () => trigger.doubts(cursor, this.#table))
    }
  }

  #trigger(reason: string, doubts: () => readonly Scope<Entry>[]): void {
    try {
      this.#doubt(reason, 'inferred', doubts())
    } catch (error) {
      this.#malformed(error)
    }
  }

  lost(reason: LossReason): void {
    this.#readingVoid = true
    this.#doubt(reason, 'resync', this.#definition.whole)
  }

  failed(error: Error): void {
    this.end(error)
  }

  #apply(cursor: MessageCursor): void {
    this.rows.origin = cursor.pid
    try {
      if (this.#definition.accept?.(cursor) === false) return
      for (const part of this.#parts) {
        if (this.#mustBeQuiet(part)) this.#disturbed ||= part.concerns?.(cursor) ?? true
      }
      this.#doubt(this.name, 'inferred', this.#keeper.apply(cursor))
    } catch (error) {
      this.#malformed(error)
    } finally {
      this.rows.origin = 0
    }
  }

  /**
   * Nobody knows what a message said. The functions of the definition look into bytes of the kernel: whatever they throw
   * means that these are not as expected.
   */
  #malformed(error: unknown): void {
    this.rows.malformed(error)
    this.#doubt('malformed', 'resync', this.#definition.whole)
  }

  #doubt(reason: string, cause: Cause, scopes: readonly Scope<Entry>[]): void {
    if (this.#state === 'closed' || scopes.length === 0) return
    this.#doubts.add({ reason, cause, scopes })
    this.#startRepair()
  }

  #startRepair(): void {
    if (this.#repairing !== undefined || this.#state !== 'live' || this.#doubts.empty) return
    this.#state = 'stale'
    this.#repairing = this.#repair().finally(() => {
      this.#repairing = undefined
    })
  }

  /** Settles all doubts, also those that come up meanwhile. Never rejects: what cannot be settled ends the table. */
  async #repair(): Promise<void> {
    for (let pause = 1; !this.#doubts.empty; ) {
      try {
        if (await this.#settle()) pause = 1
        else {
          await delay(pause, undefined, { signal: this.#closing.signal })
          pause = longer(pause)
        }
      } catch (error) {
        this.end(error instanceof Error ? error : new Error(String(error)))
        return
      }
    }
    if (this.#state === 'stale') this.#state = 'live'
  }

  /** @returns whether the doubts of this moment are settled; otherwise they are back in the list */
  async #settle(): Promise<boolean> {
    await barrier(this.#notifier.connection, this.#closing.signal)
    await this.#notifier.sync()
    const doubt = this.#doubts.take(this.#definition.whole)
    if (doubt === undefined) return true
    const isPart = doubt.scopes !== this.#definition.whole
    try {
      const result = await this.#read(doubt.scopes, doubt.cause, false)
      if (result !== 'good') {
        this.#doubts.add(result === 'partial' ? { ...doubt, scopes: this.#definition.whole } : doubt)
        return false
      }
    } catch (error) {
      // The kernel may refuse a filter, for instance by a device that is gone; it never refuses the whole for long.
      if (!(error instanceof NetlinkError)) {
        // An event may name what there cannot be, and then such a filter cannot be written.
        if (!isPart || error instanceof DecodeError || !(error instanceof RangeError || error instanceof TypeError))
          throw error
        this.rows.malformed(error)
      }
      this.#doubts.add({ ...doubt, scopes: this.#definition.whole })
      return false
    }
    for (const feed of this.feeds) feed.resynced(this.rows, doubt.cause, doubt.reason)
    return true
  }

  async #read(scopes: readonly Scope<Entry>[], cause: Cause, first: boolean): Promise<ReadingResult> {
    for (let attempt = 1; ; attempt++) {
      this.#throwIfEnded()
      this.#readingVoid = false
      this.#disturbed = false
      const parts: Scope<Entry>[] = []
      this.#parts = parts
      this.readings++
      const reading = this.#keeper.beginReading(first)
      try {
        for (const scope of scopes) if (!(await this.#dump(scope, reading, parts))) return 'void'
        await this.#notifier.sync()
        if (this.#readingVoid) return 'void'
        // A disturbed reading is better than none where the table is never quiet; it is only not the last one.
        const disturbed = this.#disturbed
        if (disturbed && attempt < quietReadings) continue
        const remainder = await reading.finish(parts, cause)
        this.#throwIfEnded()
        if (remainder === 'more') return 'partial'
        return remainder === 'none' && !disturbed ? 'good' : 'uncertain'
      } finally {
        this.#keeper.endReading()
        this.#parts = []
      }
    }
  }

  #mustBeQuiet(scope: Scope<Entry>): boolean {
    return (scope.dumps ?? this.#definition.dumps) === 'quiet'
  }

  /**
   * Reads a part.
   * @param parts those of this reading, to which it is added
   * @returns whether what the dump showed is worth something
   */
  async #dump(scope: Scope<Entry>, reading: Reading<Entry>, parts: Scope<Entry>[]): Promise<boolean> {
    const { message, types } = this.#definition
    parts.push(scope)
    reading.beginPart(scope)
    try {
      await this.#notifier.connection.dumpInto(
        { message, type: types.get, entry: scope.request, operation: `dump ${this.name}`, until: scope.until },
        reading,
        { signal: this.#closing.signal },
      )
    } catch (error) {
      if (error instanceof NetlinkError && scope.missing?.includes(error.errno) === true) {
        if (scope.instead === undefined) return true
        parts.pop()
        return this.#dump(scope.instead, reading, parts)
      }
      // A table that always changes is never read without an interruption. What did not change is in the last
      // attempt all the same, and what did change was notified.
      if (!(error instanceof DumpInterruptedError)) throw error
      return !this.#mustBeQuiet(scope)
    }
    return true
  }

  #atEnd(ending: () => void): void {
    this.#endings.push(ending)
  }

  /** Neither this table nor one that it depends on has something to find out. */
  get #isSettled(): boolean {
    return this.#state === 'live' && this.#depends.every(({ state }) => state === 'live')
  }

  #throwIfEnded(): void {
    if (this.#state === 'closed') throw this.#ended?.error ?? new ClosedError(`table ${this.name}`)
  }
}

function longer(pause: number): number {
  return Math.min(pause * 2, longestPause)
}
