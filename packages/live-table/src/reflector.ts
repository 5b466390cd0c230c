import { ClosedError, type MessageCursor } from '@rtnl/netlink-core'
import type { LossReason, MessageSink, Notifier } from '@rtnl/notifier'
import { type Applier, noRow, severalRows } from './apply/applier.ts'
import { KeyedApplier } from './apply/keyed-applier.ts'
import { ListApplier } from './apply/list-applier.ts'
import type { ResyncCause } from './changes/change.ts'
import { checkDefinition } from './define-table.ts'
import { anyDefinition, type Invalidated, type TableDefinition, type TableState, type TableView } from './definition.ts'
import { checkHeader } from './message-header.ts'
import { barrier } from './relist/barrier.ts'
import type { IncompletePart } from './relist/incomplete-parts.ts'
import { type ResyncEvents, Resyncer } from './relist/resyncer.ts'
import { type Dependency, type TriggerHost, Triggers } from './relist/triggers.ts'
import type { EntryRows } from './store/entry-rows.ts'
import { NextRow } from './store/next-row.ts'
import type { Row } from './store/row.ts'
import { largeBytes, TableRows } from './store/table-rows.ts'

/**
 * The result of comparing an entry with a table, by the words of the rows.
 * - `absent`: the table has no entry with this key
 * - `same`: the table has this entry alone under the key, with the same content
 * - `different`: the table has other content, or several entries, under the key. Decoded they may still be equal
 */
export type Comparison = 'absent' | 'same' | 'different'

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
 * Keeps the rows of a table equal to the kernel's. It receives notifications, has the applier apply them, and passes
 * invalidations to the resyncer. All tables of a definition that are open on a notifier (`LiveTable`) share one reflector.
 */
export class Reflector<Entry> implements MessageSink, TriggerHost<Entry>, ResyncEvents {
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
  readonly view: TableView<Entry>
  readonly #endings: (() => void)[] = []
  readonly #indexes = new Map<(table: TableView<Entry>) => unknown, unknown>()
  readonly #closing = new AbortController()
  #ended: { readonly error: Error | undefined } | undefined
  readonly #applier: Applier<Entry>
  readonly #triggers: Triggers<Entry>
  readonly #resyncer: Resyncer<Entry>

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
    this.#triggers = new Triggers(definition)
    const { tables } = this.#triggers
    this.#resyncer = new Resyncer(this.rows, this.#applier, notifier, tables, this.#closing.signal, this)
    const { groups, optional, types } = definition
    this.groups = optional === true ? [] : groups
    this.groupsIfKnown = optional === true ? [...groups, ...this.#triggers.groups] : this.#triggers.groups
    this.types = [types.new, types.delete, ...this.#triggers.types]
    this.view = place.view(this)
  }

  get state(): TableState {
    return this.#resyncer.state
  }

  /** Whether messages were lost, and no relist of the whole table has made that good yet. */
  get lacksMessages(): boolean {
    return this.#resyncer.lacksMessages
  }

  get messageLosses(): number {
    return this.#resyncer.messageLosses
  }

  /** See `LiveTable.relists`. */
  get relists(): number {
    return this.#resyncer.relists
  }

  /** See `LiveTable.incomplete`. */
  get incompleteParts(): readonly IncompletePart[] {
    return this.#resyncer.incomplete
  }

  /** See `ChangeSource.incompleteText`. */
  get incompleteText(): string | undefined {
    return this.#resyncer.incompleteText
  }

  /** Ids of the rows under a key, in the kernel's order. Fields of the key that are left out are 0. */
  find(key: Partial<Entry>): readonly number[] {
    this.rows.takeKey(key, this.#key)
    return this.#applier.find(this.#key)
  }

  /** See `LiveTable.index`. */
  index<Index>(make: (table: TableView<Entry>) => Index): Index {
    if (!this.#indexes.has(make)) this.#indexes.set(make, make(this.view))
    return this.#indexes.get(make) as Index
  }

  /** See `LiveTable.dependency`. */
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined {
    const wanted: TableDefinition<unknown> = anyDefinition(definition)
    return this.#triggers.tables.find((table) => table.definition === wanted) as TableView<Other> | undefined
  }

  /** For comparisons with rows that probably come in the order of the table. */
  nextRow(): NextRow<Entry> | undefined {
    return this.rows.keepsKeys ? new NextRow(this.rows) : undefined
  }

  /**
   * See `RowAccess.compare`.
   * @param nextRow of those who compare all these rows
   */
  compare(others: EntryRows<Entry>, id: number, nextRow: NextRow<Entry> | undefined): Comparison {
    if (nextRow !== undefined && this.#applier.isOneEach && nextRow.is(others, id)) return 'same'
    others.store.readKey(id, this.#key)
    const known = this.#applier.only(this.#key)
    if (known === noRow) return 'absent'
    if (known === severalRows) return 'different'
    nextRow?.found(known)
    return this.rows.isEquivalent(known, others, id) ? 'same' : 'different'
  }

  get ended(): { readonly error: Error | undefined } | undefined {
    return this.#ended
  }

  /** Attaches to the notifier, dumps the table and resolves once it is live. Rejects if the kernel refuses the first dump. */
  async start(): Promise<void> {
    await this.#triggers.start(this)
    this.#throwIfEnded()
    this.#atEnd(() => this.notifier.detach(this))
    await this.notifier.attach(this)
    this.#throwIfEnded()
    this.#atEnd(() => this.#resyncer.end())
    await this.#resyncer.list()
  }

  /** See `LiveTable.resync`. */
  resync(): Promise<void> {
    return this.#resyncer.resync()
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
    for (const table of this.#triggers.tables) await table.waitForSync({ signal })
    if (this.#definition.silent === true) this.#resyncer.invalidateAll('silent')
    await this.#resyncer.untilValid()
  }

  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return
    this.#ended = { error }
    this.#closing.abort(error ?? new ClosedError(`table ${this.name}`))
    for (const ending of this.#endings.splice(0).reverse()) ending()
    this.#place.ended()
    for (const user of [...this.users]) user.end(error)
  }

  message(cursor: MessageCursor): void {
    const { types } = this.#definition
    if (cursor.type === types.new || cursor.type === types.delete) this.#apply(cursor)
    this.#triggers.message(this, cursor)
  }

  lost(reason: LossReason): void {
    this.#resyncer.lost(reason)
  }

  failed(error: Error): void {
    this.end(error)
  }

  #apply(cursor: MessageCursor): void {
    this.rows.origin = cursor.pid
    try {
      checkHeader(this.#definition, cursor)
      if (this.#definition.accept?.(cursor) === false) {
        this.#amend(cursor)
        return
      }
      this.#resyncer.notified(cursor)
      if (this.#definition.filter?.(cursor) === false) return
      const large = this.rows.large.size
      this.invalidate(this.name, this.#applier.apply(cursor))
      // The entry that was too large for a dump may be gone. If the table did not have it, its delete message is as large.
      const goneLarge = cursor.type === this.#definition.types.delete && cursor.end - cursor.start >= largeBytes
      if (goneLarge || this.rows.large.size < large) this.#resyncer.largeEntryGone()
    } catch (error) {
      this.malformed(error)
    } finally {
      this.rows.origin = 0
    }
  }

  /** Applies a message that has a part of an entry. */
  #amend(cursor: MessageCursor): void {
    const entry = this.state === 'live' ? this.#definition.amended?.(cursor, this.view) : undefined
    if (entry === undefined) return
    const row = this.rows.newRow()
    if (this.rows.takeEntry(entry, row)) this.rows.write(row, 'notification')
  }

  /**
   * Counts a malformed message and invalidates the whole table, since the message may have been about any entry. Whatever a
   * function of the definition throws means that the bytes of the kernel are not as the definition expects. What the message
   * says is lost, also for a relist that is running.
   */
  malformed(error: unknown): void {
    this.rows.malformed(error)
    this.#resyncer.lost('malformed')
  }

  open(definition: TableDefinition<unknown>): Promise<Dependency> {
    return this.#place.open(definition, this.#closing.signal)
  }

  opened(table: Dependency): void {
    this.#atEnd(() => table.close())
    this.#throwIfEnded()
  }

  invalidate(reason: string, partitions: Invalidated<Entry>): void {
    this.#resyncer.invalidate(reason, 'inferred', partitions)
  }

  resynced(cause: ResyncCause, reason: string): void {
    for (const user of this.users) user.resynced(cause, reason)
  }

  incomplete(): void {
    for (const user of this.users) user.incomplete()
  }

  #atEnd(ending: () => void): void {
    if (this.#ended !== undefined) ending()
    else this.#endings.push(ending)
  }

  /** Whether neither this table nor one that it depends on has invalid partitions. */
  get #isSettled(): boolean {
    return this.state === 'live' && this.#triggers.tables.every(({ state }) => state === 'live')
  }

  #throwIfEnded(): void {
    this.#closing.signal.throwIfAborted()
  }
}
