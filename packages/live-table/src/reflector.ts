import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, DecodeError, type MessageCursor, NetlinkError } from '@rtnl/netlink-core'
import { deferred } from '@rtnl/netlink-core/internal'
import type { LossReason, MessageSink, Notifier } from '@rtnl/notifier'
import { type Applier, noRow, severalRows } from './apply/applier.ts'
import { KeyedApplier } from './apply/keyed-applier.ts'
import { ListApplier } from './apply/list-applier.ts'
import type { ResyncCause } from './changes/change.ts'
import { checkDefinition } from './define-table.ts'
import {
  anyDefinition,
  type MessageTrigger,
  type Partition,
  type TableDefinition,
  type TableState,
  type TableView,
} from './definition.ts'
import { barrier } from './relist/barrier.ts'
import { type IncompletePart, IncompleteParts, incompleteText } from './relist/incomplete-parts.ts'
import { Invalidations } from './relist/invalidations.ts'
import { Relister, type RelistOptions, type RelistResult } from './relist/relister.ts'
import type { EntryRows } from './store/entry-rows.ts'
import type { Row } from './store/row.ts'
import { largeBytes, TableRows } from './store/table-rows.ts'

// Pauses between readings that fail or meet changes: 1, 2, 4, ... milliseconds, and this at most.
const longestPause = 1000
/** The reason for which what was too large for a dump is read again. */
const tooLarge = 'too large'

/**
 * What a table has under the key of an entry.
 * - `absent`: nothing
 * - `same`: this entry alone, with the same content
 * - `different`: something else, or this among others; that may still mean the same
 */
export type Comparison = 'absent' | 'same' | 'different'

/** A table on which another one depends. */
interface Dependency extends TableView<unknown> {
  close(): void
}

/** What is around a reflector. */
export interface ReflectorPlace<Entry> {
  readonly notifier: Notifier
  /** Opens a table of this notifier on which a trigger depends. */
  open(definition: TableDefinition<unknown>, signal: AbortSignal): Promise<Dependency>
  /** The table as triggers see it. */
  view(reflector: Reflector<Entry>): TableView<Entry>
  /** Called once, at the end. */
  ended(): void
}

/** Hears of a reflector what is no change of an entry. */
export interface ReflectorUser {
  /** A part was reread. */
  resynced(cause: ResyncCause, reason: string): void
  /** Dumps do not show all of the table. */
  incomplete(): void
  end(error: Error | undefined): void
}

/**
 * Keeps the rows of a table equal to the kernel's: notifications, triggers, invalidations and resyncs. All tables of a definition that are open on a notifier
 * (`LiveTable`) use one.
 */
export class Reflector<Entry> implements MessageSink {
  readonly name: string
  readonly groups: readonly number[]
  readonly groupsIfKnown: readonly number[]
  readonly types: readonly number[]
  readonly rows: TableRows<Entry>
  /** The key of what is looked up. */
  readonly #key: Row
  readonly users = new Set<ReflectorUser>()
  readonly notifier: Notifier
  readonly #definition: TableDefinition<Entry>
  readonly #place: ReflectorPlace<Entry>
  /** The table as its triggers see it. */
  readonly #view: TableView<Entry>
  readonly #messageTriggers: readonly MessageTrigger<Entry>[]
  readonly #endings: (() => void)[] = []
  /** The tables whose changes make partitions of this one invalid. */
  readonly #depends: TableView<unknown>[] = []
  readonly #indexes = new Map<(table: TableView<Entry>) => unknown, unknown>()
  readonly #invalidations = new Invalidations<Entry>()
  readonly #closing = new AbortController()
  #state: TableState = 'syncing'
  #ended: { readonly error: Error | undefined } | undefined
  readonly #applier: Applier<Entry>
  readonly #relister: Relister<Entry>
  readonly #incomplete = new IncompleteParts(() => this.#invalidate(tooLarge, 'resync', this.#definition.partitions))
  #resyncing: Promise<void> | undefined
  /** The number of resyncs that were tried; the last one whose relist was accepted; and what resolves after each. */
  #attempts = 0
  #taken = 0
  #attempted = deferred()

  constructor(definition: TableDefinition<Entry>, place: ReflectorPlace<Entry>) {
    checkDefinition(definition)
    this.name = definition.name
    this.#definition = definition
    this.#place = place
    const { notifier } = place
    this.notifier = notifier
    this.rows = new TableRows(definition, (error) => notifier.connection.monitor.malformed(error))
    this.#key = this.rows.newRow()
    const { lists } = definition
    this.#applier =
      lists === undefined ? new KeyedApplier(this.rows) : new ListApplier(this.rows, lists, () => this.#isSettled)
    this.#relister = new Relister(this.rows, this.#applier, notifier, this.#closing.signal)
    this.#messageTriggers = (definition.triggers ?? []).filter((trigger) => 'types' in trigger)
    const { groups, optional } = definition
    const ofTriggers = this.#messageTriggers.flatMap((trigger) => trigger.groups)
    this.groups = optional === true ? [] : groups
    this.groupsIfKnown = optional === true ? [...groups, ...ofTriggers] : ofTriggers
    this.types = [
      definition.types.new,
      definition.types.delete,
      ...this.#messageTriggers.flatMap((trigger) => trigger.types),
    ]
    this.#view = place.view(this)
  }

  get state(): TableState {
    return this.#state
  }

  /** Times that the table or a part of it was read. */
  get relists(): number {
    return this.#relister.relists
  }

  /** See `LiveTable.incomplete`. */
  get incomplete(): readonly IncompletePart[] {
    return this.#incomplete.parts
  }

  /** Ids of the rows under a key, in the kernel's order. Fields of the key that are left out are 0. */
  find(key: Partial<Entry>): readonly number[] {
    this.rows.takeKey(key, this.#key)
    return this.#applier.find(this.#key)
  }

  /** See `LiveTable.index`. */
  index<Index>(make: (table: TableView<Entry>) => Index): Index {
    if (!this.#indexes.has(make)) this.#indexes.set(make, make(this.#view))
    return this.#indexes.get(make) as Index
  }

  /** See `LiveTable.dependency`. */
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined {
    const wanted: TableDefinition<unknown> = anyDefinition(definition)
    return this.#depends.find((table) => table.definition === wanted) as TableView<Other> | undefined
  }

  /** See `LiveTable.compare`. */
  compare(others: EntryRows<Entry>, id: number): Comparison {
    others.store.readKey(id, this.#key)
    const known = this.#applier.only(this.#key)
    if (known === noRow) return 'absent'
    if (known === severalRows) return 'different'
    return this.rows.isEquivalent(known, others, id) ? 'same' : 'different'
  }

  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended
  }

  /** Subscribes, reads the table, and follows. Rejects where the first reading is refused. */
  async start(): Promise<void> {
    for (const trigger of this.#definition.triggers ?? []) {
      if ('own' in trigger) {
        this.rows.observers.set((old, next, cause) => {
          if (cause === 'notification') this.#trigger(trigger.reason, () => trigger.invalidates(old, next, this.#view))
        }, undefined)
      }
      if (!('depends' in trigger)) continue
      const table = await this.#place.open(trigger.depends, this.#closing.signal)
      this.#atEnd(() => table.close())
      this.#throwIfEnded()
      this.#depends.push(table)
      table.observe((old, next) => {
        this.#trigger(trigger.reason, () => trigger.invalidates(old, next, this.#view))
      })
      // Without the other table its changes would make nothing invalid any more.
      table.closed.then((error) => this.end(error ?? new ClosedError(`table ${trigger.depends.name}`)))
    }
    this.#throwIfEnded()
    this.#atEnd(() => this.notifier.detach(this))
    await this.notifier.attach(this)
    const { partitions: whole } = this.#definition
    const options = { cause: 'dump', first: true, incomplete: false } as const
    let result = await this.#read(whole, { ...options, provisional: false })
    for (let pause = 1; result === 'void'; pause = longer(pause)) {
      await delay(pause, undefined, { signal: this.#closing.signal })
      result = await this.#read(whole, { ...options, provisional: true })
    }
    this.#throwIfEnded()
    this.#atEnd(() => this.#incomplete.end())
    this.#state = 'live'
    // A table that is never quiet would otherwise never be open.
    if (result === 'uncertain') this.#invalidate('disturbed', 'resync', whole)
    this.#startResync()
  }

  /** Reads the whole table again. */
  async resync(): Promise<void> {
    const { partitions: whole } = this.#definition
    const before = this.#attempts
    this.#invalidate('requested', 'resync', whole)
    await this.#untilRead(before)
  }

  /**
   * Resolves once everything is applied that happened in the kernel before the call, and what was invalid then has been
   * relisted. Where changes and losses never pause, partitions may still be invalid.
   */
  async waitForSync(signal: AbortSignal | undefined): Promise<void> {
    this.#throwIfEnded()
    await barrier(this.notifier.connection, signal)
    await this.notifier.fence()
    // A resync of another table may make partitions of this one invalid.
    for (const table of this.#depends) await table.waitForSync({ signal })
    if (this.#definition.silent === true) this.#invalidate('silent', 'resync', this.#definition.partitions)
    await this.#untilRead(this.#attempts)
  }

  /** Waits until nothing is invalid, or a relist was accepted that began after the attempt with this number. */
  async #untilRead(attempt: number): Promise<void> {
    while (this.#resyncing !== undefined && this.#taken <= attempt) await this.#attempted.promise
    this.#throwIfEnded()
  }

  end(error: Error | undefined): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#ended = { error }
    this.#closing.abort(error ?? new ClosedError(`table ${this.name}`))
    for (const ending of this.#endings.splice(0).reverse()) ending()
    this.#place.ended()
    for (const user of [...this.users]) user.end(error)
  }

  message(cursor: MessageCursor): void {
    const { types } = this.#definition
    if (cursor.type === types.new || cursor.type === types.delete) this.#apply(cursor)
    for (const trigger of this.#messageTriggers) {
      if (trigger.types.includes(cursor.type))
        this.#trigger(trigger.reason, () => trigger.invalidates(cursor, this.#view))
    }
  }

  #trigger(reason: string, invalidates: () => readonly Partition<Entry>[]): void {
    try {
      this.#invalidate(reason, 'inferred', invalidates())
    } catch (error) {
      this.#malformed(error)
    }
  }

  lost(reason: LossReason): void {
    this.#relister.lost()
    this.#invalidate(reason, 'resync', this.#definition.partitions)
  }

  failed(error: Error): void {
    this.end(error)
  }

  #apply(cursor: MessageCursor): void {
    this.rows.origin = cursor.pid
    try {
      if (this.#definition.accept?.(cursor) === false) {
        this.#amend(cursor)
        return
      }
      this.#relister.notified(cursor)
      if (this.#definition.filter?.(cursor) === false) return
      const large = this.rows.large.size
      this.#invalidate(this.name, 'inferred', this.#applier.apply(cursor))
      // What was too large for a dump may be gone: where it was not known, the message itself is as large.
      const goneLarge = cursor.type === this.#definition.types.delete && cursor.end - cursor.start >= largeBytes
      if (this.#incomplete.some && (goneLarge || this.rows.large.size < large)) {
        this.#invalidate(tooLarge, 'resync', this.#definition.partitions)
      }
    } catch (error) {
      this.#malformed(error)
    } finally {
      this.rows.origin = 0
    }
  }

  /** Applies a message that says a part of an entry. */
  #amend(cursor: MessageCursor): void {
    const entry = this.#state === 'live' ? this.#definition.amended?.(cursor, this.#view) : undefined
    if (entry === undefined) return
    const row = this.rows.newRow()
    if (this.rows.takeEntry(entry, row)) this.rows.write(row, 'notification')
  }

  /**
   * Nobody knows what a message said. The functions of the definition look into bytes of the kernel: whatever they throw
   * means that these are not as expected.
   */
  #malformed(error: unknown): void {
    this.rows.malformed(error)
    this.#invalidate('malformed', 'resync', this.#definition.partitions)
  }

  #invalidate(reason: string, cause: ResyncCause, partitions: readonly Partition<Entry>[]): void {
    if (this.#state === 'closed' || partitions.length === 0) return
    this.#invalidations.add({ reason, cause, partitions })
    this.#startResync()
  }

  #startResync(): void {
    if (this.#resyncing !== undefined || this.#state !== 'live' || this.#invalidations.empty) return
    this.#state = 'stale'
    this.#resyncing = this.#resync().finally(() => {
      this.#resyncing = undefined
      this.#tellAttempt()
    })
  }

  #tellAttempt(): void {
    this.#attempted.resolve()
    this.#attempted = deferred()
  }

  /** Resyncs until nothing is invalid. Never rejects: an error that no resync can mend ends the table. */
  async #resync(): Promise<void> {
    for (let pause = 1, failed = false; !this.#invalidations.empty; ) {
      try {
        failed = !(await this.#resyncOnce(failed))
        if (!failed) pause = 1
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

  /**
   * @param provisional whether a reading is taken although more is lost meanwhile: the one before proved nothing, and so
   *   may all to come
   * @returns whether what was invalid at the call is valid now; otherwise it is invalid again
   */
  async #resyncOnce(provisional: boolean): Promise<boolean> {
    await barrier(this.notifier.connection, this.#closing.signal)
    await this.notifier.fence()
    const { partitions: whole } = this.#definition
    const invalidation = this.#invalidations.take(whole)
    if (invalidation === undefined) return true
    const attempt = ++this.#attempts
    const wasIncomplete = this.#incomplete.some
    let result: RelistResult
    try {
      result = await this.#read(invalidation.partitions, {
        cause: invalidation.cause,
        first: false,
        provisional,
        incomplete: wasIncomplete,
      })
    } catch (error) {
      // The kernel may refuse a filter, for instance by a device that is gone; it never refuses the whole for long.
      if (!(error instanceof NetlinkError)) {
        // An event may name what there cannot be, and then such a filter cannot be written.
        const isOfFilter =
          (error instanceof RangeError || error instanceof TypeError) && !(error instanceof DecodeError)
        if (invalidation.partitions === whole || !isOfFilter) throw error
        this.rows.malformed(error)
      }
      result = 'partial'
    }
    if (result === 'good' || (result === 'uncertain' && provisional)) {
      this.#taken = attempt
      this.#tellAttempt()
    }
    if (result !== 'good') {
      this.#invalidations.add(result === 'partial' ? { ...invalidation, partitions: whole } : invalidation)
      return false
    }
    // Readers know already that it is incomplete.
    if (invalidation.reason === tooLarge && wasIncomplete && this.#incomplete.some) return true
    for (const user of this.users) user.resynced(invalidation.cause, invalidation.reason)
    return true
  }

  async #read(partitions: readonly Partition<Entry>[], options: RelistOptions): Promise<RelistResult> {
    this.#throwIfEnded()
    const result = await this.#relister.read(partitions, options)
    this.#throwIfEnded()
    if (result === 'good' || result === 'uncertain') {
      const changed = this.#incomplete.read(this.#relister.incomplete, partitions === this.#definition.partitions)
      if (changed && this.#incomplete.some) for (const user of this.users) user.incomplete()
    }
    return result
  }

  /** What is incomplete, for people; `undefined` if nothing is. */
  get incompleteText(): string | undefined {
    return this.#incomplete.some ? incompleteText(this.#incomplete.parts) : undefined
  }

  #atEnd(ending: () => void): void {
    if (this.#state === 'closed') ending()
    else this.#endings.push(ending)
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
