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

// Pauses between relists that fail or meet changes: 1, 2, 4, ... milliseconds, and this at most.
const longestPause = 1000
/** The reason of a relist that looks whether the entries fit a dump by now. */
const tooLarge = 'too large'

/**
 * The result of comparing an entry with a table, by the words of the rows.
 * - `absent`: the table has no entry with this key
 * - `same`: the table has this entry alone under the key, with the same content
 * - `different`: the table has other content, or several entries, under the key. Decoded they may still be equal
 */
export type Comparison = 'absent' | 'same' | 'different'

/** A table that a trigger of this one depends on. */
interface Dependency extends TableView<unknown> {
  close(): void
}

/** What a reflector needs from the pool that starts it. */
export interface ReflectorPlace<Entry> {
  readonly notifier: Notifier
  /** Opens a table of this notifier on which a trigger depends. */
  open(definition: TableDefinition<unknown>, signal: AbortSignal): Promise<Dependency>
  /** Makes the view of the table that triggers get. */
  view(reflector: Reflector<Entry>): TableView<Entry>
  /** Called once, when the reflector ends. */
  ended(): void
}

/** Receives the events of a reflector that are no changes of entries. */
export interface ReflectorUser {
  /** Called when invalid partitions were relisted. */
  resynced(cause: ResyncCause, reason: string): void
  /** Called when other parts than before are missing from the kernel's dumps. */
  incomplete(): void
  end(error: Error | undefined): void
}

/**
 * Keeps the rows of a table equal to the kernel's: it applies notifications, runs triggers, collects invalidations and
 * relists. All tables of a definition that are open on a notifier (`LiveTable`) share one reflector.
 */
export class Reflector<Entry> implements MessageSink {
  readonly name: string
  readonly groups: readonly number[]
  readonly groupsIfKnown: readonly number[]
  readonly types: readonly number[]
  readonly rows: TableRows<Entry>
  /** The key of a lookup. */
  readonly #key: Row
  readonly users = new Set<ReflectorUser>()
  readonly notifier: Notifier
  readonly #definition: TableDefinition<Entry>
  readonly #place: ReflectorPlace<Entry>
  /** The view of the table that triggers get. */
  readonly #view: TableView<Entry>
  readonly #messageTriggers: readonly MessageTrigger<Entry>[]
  readonly #endings: (() => void)[] = []
  /** Tables whose changes make partitions of this one invalid. */
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
  /** The number of attempts to resync, the last attempt whose relist was accepted, and a promise that resolves after each. */
  #attempts = 0
  #accepted = 0
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

  /** See `LiveTable.relists`. */
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

  /** See `RowAccess.compare`. */
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

  /** Attaches to the notifier, dumps the table and resolves once it is live. Rejects if the kernel refuses the first dump. */
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
      // Without the other table this one would miss the invalidations.
      table.closed.then((error) => this.end(error ?? new ClosedError(`table ${trigger.depends.name}`)))
    }
    this.#throwIfEnded()
    this.#atEnd(() => this.notifier.detach(this))
    await this.notifier.attach(this)
    const { partitions: whole } = this.#definition
    const options = { cause: 'dump', first: true, incomplete: false } as const
    let result = await this.#relist(whole, { ...options, provisional: false })
    for (let pause = 1; result === 'void'; pause = longer(pause)) {
      await delay(pause, undefined, { signal: this.#closing.signal })
      result = await this.#relist(whole, { ...options, provisional: true })
    }
    this.#throwIfEnded()
    this.#atEnd(() => this.#incomplete.end())
    this.#state = 'live'
    // The table opens with an uncertain relist too; otherwise a table that changes all the time would never open.
    if (result === 'uncertain') this.#invalidate('disturbed', 'resync', whole)
    this.#startResync()
  }

  /** See `LiveTable.resync`. */
  async resync(): Promise<void> {
    const { partitions: whole } = this.#definition
    const before = this.#attempts
    this.#invalidate('requested', 'resync', whole)
    await this.#untilAccepted(before)
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
    await this.#untilAccepted(this.#attempts)
  }

  /** Waits until nothing is invalid, or a relist was accepted that began after the attempt with this number. */
  async #untilAccepted(attempt: number): Promise<void> {
    while (this.#resyncing !== undefined && this.#accepted <= attempt) await this.#attempted.promise
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
      // The entry that was too large for a dump may be gone. If the table did not have it, its delete message is as large.
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

  /** Applies a message that has a part of an entry. */
  #amend(cursor: MessageCursor): void {
    const entry = this.#state === 'live' ? this.#definition.amended?.(cursor, this.#view) : undefined
    if (entry === undefined) return
    const row = this.rows.newRow()
    if (this.rows.takeEntry(entry, row)) this.rows.write(row, 'notification')
  }

  /**
   * Counts a malformed message and invalidates the whole table, since the message may have been about any entry. Whatever a
   * function of the definition throws means that the bytes of the kernel are not as the definition expects.
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
      this.#resolveAttempt()
    })
  }

  #resolveAttempt(): void {
    this.#attempted.resolve()
    this.#attempted = deferred()
  }

  /** Relists until nothing is invalid. Never rejects: an error that another relist cannot correct ends the table. */
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
   * @param provisional whether to accept an uncertain relist. After a failed attempt it is `true`, since messages may get
   *   lost, or lists change, during every relist
   * @returns whether the partitions that were invalid at the call are valid now; otherwise they are invalid again
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
      result = await this.#relist(invalidation.partitions, {
        cause: invalidation.cause,
        first: false,
        provisional,
        incomplete: wasIncomplete,
      })
    } catch (error) {
      // The kernel may refuse the filter of a partition, for instance a device that is gone. Then the whole table is relisted.
      if (!(error instanceof NetlinkError)) {
        // A trigger may make a filter from an event whose values do not fit the request.
        const isOfFilter =
          (error instanceof RangeError || error instanceof TypeError) && !(error instanceof DecodeError)
        if (invalidation.partitions === whole || !isOfFilter) throw error
        this.rows.malformed(error)
      }
      result = 'partial'
    }
    if (result === 'good' || (result === 'uncertain' && provisional)) {
      this.#accepted = attempt
      this.#resolveAttempt()
    }
    if (result !== 'good') {
      this.#invalidations.add(result === 'partial' ? { ...invalidation, partitions: whole } : invalidation)
      return false
    }
    // Streams already delivered that the table is incomplete.
    if (invalidation.reason === tooLarge && wasIncomplete && this.#incomplete.some) return true
    for (const user of this.users) user.resynced(invalidation.cause, invalidation.reason)
    return true
  }

  async #relist(partitions: readonly Partition<Entry>[], options: RelistOptions): Promise<RelistResult> {
    this.#throwIfEnded()
    const result = await this.#relister.relist(partitions, options)
    this.#throwIfEnded()
    if (result === 'good' || result === 'uncertain') {
      const changed = this.#incomplete.update(this.#relister.incomplete, partitions === this.#definition.partitions)
      if (changed && this.#incomplete.some) for (const user of this.users) user.incomplete()
    }
    return result
  }

  /** See `ChangeSource.incompleteText`. */
  get incompleteText(): string | undefined {
    return this.#incomplete.some ? incompleteText(this.#incomplete.parts) : undefined
  }

  #atEnd(ending: () => void): void {
    if (this.#state === 'closed') ending()
    else this.#endings.push(ending)
  }

  /** Whether neither this table nor one that it depends on has invalid partitions. */
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
