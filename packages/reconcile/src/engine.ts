import type { LiveTable } from '@rtnl/live-table'
import { type RowAccess, RowCopies, RowSelection, rowAccess } from '@rtnl/live-table/internal'
import { type Check, checkWritten, type Extent } from './check.ts'
import { conflictOf } from './conflict.ts'
import type { Cycle } from './cycle.ts'
import { type Decision, decide } from './decide.ts'
import type { Desired } from './desired.ts'
import { EntryNeeds } from './entry-needs.ts'
import { WaitingError } from './errors.ts'
import { type OperationRequest, RemovalRequest, type WritableEntry, WriteRequest } from './operation-request.ts'
import { type Failure, Outcome } from './outcome.ts'
import type { Owner } from './owner.ts'
import { Removals } from './removals.ts'
import { hasField, someHaveField } from './row-fields.ts'
import type { EntryRules, Strategy } from './rules.ts'
import { type CycleOptions, type Requests, Sender } from './sender.ts'
import type { Need } from './waiting/dependency.ts'
import { Written } from './written.ts'

/** Entries as desired between two looks at the clock. */
const unchangedTogether = 32

/** Entries that refer to others, and are written after them. */
interface Later {
  readonly ids: number[]
  /** The number of those that are as desired and not among `ids`; `undefined` where not all entries are looked at. */
  unchanged: number | undefined
}

/** Compares what is desired with a live table, key by key, and sends the difference. */
export class Engine<Entry, Wanted = Partial<Entry>> {
  readonly desired: Desired<Entry, Wanted>
  readonly needs: EntryNeeds<Entry, Wanted>
  readonly #table: LiveTable<Entry>
  /** The rows of the table. */
  readonly #held: RowAccess<Entry>
  readonly #rules: EntryRules<Entry>
  readonly #owner: Owner<Entry>
  readonly #removals: Removals<Entry>
  readonly #refers: RowSelection<Entry> | undefined
  readonly #divisible: RowSelection<Entry> | undefined
  readonly #needsFirst: RowSelection<Entry> | undefined
  readonly #unannounced: RowSelection<Entry> | undefined
  readonly #copies = new RowCopies<Entry>()
  /** Requests that the kernel has answered. */
  requests = 0
  /** Whether something that entries need is known to be missing. The engine then checks needs before it sends an entry. */
  expectsRefusals = false

  constructor(table: LiveTable<Entry>, rules: EntryRules<Entry>, desired: Desired<Entry, Wanted>, owner: Owner<Entry>) {
    const { definition, refersBy, divisible, needsFirst, unannounced } = rules
    this.#table = table
    this.#held = rowAccess(table)
    this.#rules = rules
    this.#owner = owner
    this.#refers = refersBy && new RowSelection(definition.message, refersBy)
    this.#divisible = divisible && new RowSelection(definition.message, divisible.fields)
    this.#needsFirst = needsFirst && new RowSelection(definition.message, needsFirst)
    this.#unannounced = unannounced && new RowSelection(definition.message, unannounced)
    this.#removals = new Removals(rules, this.#refers)
    this.desired = desired
    this.needs = new EntryNeeds(rules, desired)
  }

  /**
   * Writes the desired entries, then removes the owned entries that are not desired: a successor is there before its
   * predecessor is removed.
   * @param samples reconciles only the keys of these entries. Default: all keys
   * @param written collects what is written, where it matters whether the kernel shows it
   * @throws {NetlinkError} no permission: thrown once, for the first request
   */
  async reconcile(
    samples: Iterable<Entry> | undefined,
    options: CycleOptions<Entry> = {},
    written?: Written<Entry>,
  ): Promise<Outcome<Entry>> {
    const outcome = new Outcome<Entry>()
    const sender = new Sender(this.#table.notifier.connection, this.#rules, outcome, options)
    const { rows } = this.desired
    const waiting = new Set(this.desired.withoutCondition())
    const cycle: Cycle<Entry> = { rows, outcome, sender, found: [], leftOver: [], shared: new Set(), waiting, written }
    const empty = this.#table.size === 0
    const own = this.#owner.written
    const later: Later = { ids: [], unchanged: samples === undefined ? 0 : undefined }
    try {
      await sender.send(this.#writes(samples === undefined ? this.#all(cycle) : this.#of(samples, cycle), cycle, later))
      await this.#writeLater(later, cycle)
      // If the table holds no more entries than those found to be as desired, no owned entry is undesired.
      const whole =
        samples === undefined && this.#owner.removesUnwanted && !empty && outcome.unchanged < this.#table.size
      if (samples === undefined && own !== undefined) this.#findLeftOver(own, cycle)
      await sender.send(this.#removals.requests(cycle, whole ? this.#held : undefined, this.desired))
      own?.ended(outcome, cycle.leftOver)
    } finally {
      this.requests += sender.requests
    }
    return outcome
  }

  /** Like `reconcile`, and checks whether the kernel shows the entries that it accepted. Afterwards the table shows them. */
  async reconcileAndVerify(
    samples: Iterable<Entry> | undefined,
    options: CycleOptions<Entry>,
  ): Promise<Outcome<Entry>> {
    const written = this.startWritten()
    const outcome = await this.reconcile(samples, options, written)
    await this.#verify(written, outcome, () => 'cycle', options)
    return outcome
  }

  /**
   * Like `reconcileAndVerify`, for a single run, after which nothing follows the entries. It also checks entries that were as
   * desired, or that an earlier cycle wrote, if something may have removed them since. Undone changes are not counted.
   * @param written what all cycles wrote
   * @param rest the failures of earlier cycles that are not tried again
   */
  async reconcileThoroughly(
    samples: Iterable<Entry> | undefined,
    options: CycleOptions<Entry>,
    written: Written<Entry>,
    rest: readonly Failure<Entry>[] = [],
  ): Promise<Outcome<Entry>> {
    const { relists } = this.#table
    const outcome = await this.reconcile(samples, options, written)
    for (const failure of rest) outcome.failed.push(failure)
    const extent = (): Extent => (samples !== undefined || this.#table.relists !== relists ? 'all' : 'written')
    await this.#verify(written, outcome, extent, options)
    return outcome
  }

  /** For what is about to be written. */
  startWritten(): Written<Entry> {
    return new Written(rowAccess(this.#table), this.desired.rows, this.#unannounced)
  }

  /** Whether the kernel does not announce everything of what is desired. */
  get desiresUnannounced(): boolean {
    return someHaveField(this.#unannounced, this.desired.rows)
  }

  *#all({ rows }: Cycle<Entry>): Generator<number, void, undefined> {
    for (let id = 0; id < rows.store.idLimit; id++) yield id
  }

  /** Ids of the desired entries with the keys of samples. What is not desired any more is left over. */
  *#of(samples: Iterable<Entry>, cycle: Cycle<Entry>): Generator<number, void, undefined> {
    for (const sample of samples) {
      const ids = this.desired.idsOf(sample)
      if (ids.length > 0) yield* ids
      else cycle.leftOver.push(...decide(this.#rules, this.#owner, [], this.#table.list(sample)).remove)
    }
  }

  /** What was written here and is not desired any more. */
  #findLeftOver(own: Iterable<Entry>, { leftOver }: Cycle<Entry>): void {
    const keys = new Set<string>()
    for (const entry of own) {
      const key = this.#rules.key(entry)
      if (keys.has(key) || this.desired.has(entry)) continue
      keys.add(key)
      leftOver.push(...decide(this.#rules, this.#owner, [], this.#table.list(entry)).remove)
    }
  }

  /** Writes the entries that refer to others, which are written by now. */
  async #writeLater({ ids, unchanged = 0 }: Later, cycle: Cycle<Entry>): Promise<void> {
    const { outcome, sender } = cycle
    if (ids.length + unchanged === 0) return
    if (outcome.changes === 0) {
      outcome.unchanged += unchanged
    } else {
      // The fence delivers the notifications about the entries to which these refer.
      await this.#table.notifier.fence()
      // What was written may have changed some that were as desired.
      if (unchanged > 0) {
        await sender.send(this.#writes(this.#referring(cycle), cycle))
        return
      }
    }
    await sender.send(this.#writes(ids, cycle))
  }

  *#referring(cycle: Cycle<Entry>): Generator<number, void, undefined> {
    const { rows } = cycle
    for (const id of this.#all(cycle)) if (rows.store.has(id) && hasField(this.#refers, rows, id)) yield id
  }

  /** @param later takes the entries that refer to others, which are not written now; without it all are */
  *#writes(ids: Iterable<number>, cycle: Cycle<Entry>, later?: Later): Requests<Entry> {
    const { rows, found } = cycle
    let unchanged = 0
    for (const id of ids) {
      // `assign` has replaced all desired entries. The next cycle compares them.
      if (this.desired.rows !== rows) return
      if (!rows.store.has(id)) continue
      const isUnchanged =
        later !== undefined && hasField(this.#refers, rows, id)
          ? this.#putOff(id, cycle, later)
          : this.#findWrites(id, cycle)
      // Most entries are as desired. A look at the clock takes longer than to compare one.
      if (found.length === 0 && (!isUnchanged || ++unchanged % unchangedTogether === 0)) yield undefined
      for (const request of found) yield request
      found.length = 0
    }
  }

  /** As long as nothing is written, an entry that is as desired stays so. @returns whether it is */
  #putOff(id: number, cycle: Cycle<Entry>, later: Later): boolean {
    const isPlain = later.unchanged !== undefined && cycle.outcome.changes === 0 && cycle.waiting.size === 0
    if (isPlain && this.#table.size > 0 && !this.desired.sharesKey(id) && this.#held.compare(cycle.rows, id) === 'same')
      later.unchanged!++
    else later.ids.push(id)
    return true
  }

  /**
   * Finds what is to be sent for one desired entry, or for all with its key.
   * @returns whether its row is that of the table, so that nothing is
   */
  #findWrites(id: number, cycle: Cycle<Entry>): boolean {
    const { rows, outcome } = cycle
    if (cycle.waiting.has(id)) {
      // Ids go from one entry to another while a cycle is running.
      const entry = rows.entry(id)
      const unmet = this.desired.unmetCondition(entry)
      if (unmet !== undefined) {
        this.#waits(entry, unmet, outcome)
        return false
      }
    }
    const shared = this.desired.sharesKey(id)
    if (shared) {
      const [first] = this.desired.idsOf(rows.entry(id))
      if (first === undefined || cycle.shared.has(first)) return false
      cycle.shared.add(first)
    }
    const found = shared ? 'different' : this.#held.compare(rows, id)
    if (found === 'same') {
      outcome.unchanged++
      return true
    }
    // The engine decodes an entry only if something that it needs may be missing. Most entries are not decoded.
    const divisible = hasField(this.#divisible, rows, id)
    const isDoubtful = divisible || outcome.refused || this.expectsRefusals || hasField(this.#needsFirst, rows, id)
    if (found === 'absent' && !isDoubtful && this.desired.missingName(id) === undefined) {
      this.#write(id, 'add', undefined, cycle)
      return false
    }
    const desired = rows.entry(id)
    const need = isDoubtful ? this.needs.ofId(id, desired, divisible) : this.needs.ofName(id)
    if (need !== undefined) {
      this.#waits(desired, need, outcome)
      return false
    }
    this.#carryOut(id, desired, cycle)
    return false
  }

  #waits(desired: Entry, need: Need, { failed }: Outcome<Entry>): void {
    const error = new WaitingError(this.#rules.describe(desired), need, this.needs.knowledge.describe(need))
    failed.push({ action: 'add', entry: desired, error })
  }

  #carryOut(id: number, desired: Entry, cycle: Cycle<Entry>): void {
    const { outcome } = cycle
    const { unchanged: keep, conflict, blocked, remove, write } = this.#decide(id, desired)
    outcome.unchanged += keep.length
    if (conflict !== undefined) {
      // Of one that stands alone only a part may have been tried.
      for (const entry of this.desired.sharesKey(id) ? blocked : [desired])
        outcome.conflicts.push(conflictOf(this.#rules, entry, conflict))
    }
    cycle.leftOver.push(...remove)
    const isPart = hasField(this.#divisible, cycle.rows, id) && this.needs.feasible(desired) !== desired
    const { message } = this.#rules.definition
    for (const { entry, place, strategy, old } of write) {
      const own = this.desired.idsOf(entry)[place] ?? id
      if (isPart) this.#send(own, { entry, writeTo: (writer) => message.encode(writer, entry) }, strategy, old, cycle)
      else this.#write(own, strategy, old, cycle)
    }
    if (isPart) outcome.partial.push(desired)
  }

  #decide(id: number, desired: Entry): Decision<Entry> {
    const list = this.#table.list(desired)
    if (this.desired.sharesKey(id)) return decide(this.#rules, this.#owner, this.desired.list(desired), list)
    const feasible = hasField(this.#divisible, this.desired.rows, id)
      ? (this.needs.feasible(desired) ?? desired)
      : desired
    // The kernel may still hold the complete entry, with parts that it does not use.
    const accepted = feasible === desired ? undefined : (actual: Entry): boolean => this.#rules.same(desired, actual)
    return decide(this.#rules, this.#owner, [feasible], list, accepted)
  }

  #write(id: number, strategy: Strategy, old: Entry | undefined, cycle: Cycle<Entry>): void {
    this.#send(id, this.#copies.take(cycle.rows, id), strategy, old, cycle)
  }

  /** @param desired what is written: the entry with the id, or as much of it as can be carried out */
  #send(
    id: number,
    desired: WritableEntry<Entry>,
    strategy: Strategy,
    old: Entry | undefined,
    cycle: Cycle<Entry>,
  ): void {
    const rules = this.#rules
    if (strategy === 'recreate' && old !== undefined) {
      const whole = { action: 'replace', entry: desired.entry, old } as const
      this.#found(new RemovalRequest(rules, { entry: old }, whole), cycle)
    }
    this.#found(new WriteRequest(rules, strategy, desired, old), cycle)
    this.#owner.written?.send(desired.entry)
    cycle.written?.add(id, old !== undefined)
    if (strategy === 'makeBeforeBreak' && old !== undefined) cycle.leftOver.push(old)
  }

  #found(request: OperationRequest<Entry>, cycle: Cycle<Entry>): void {
    cycle.sender.begin(request)
    cycle.found.push(request)
  }

  /** Reads what was done, and notes as failed what the kernel took and does not show as desired. */
  async #verify(
    written: Written<Entry>,
    outcome: Outcome<Entry>,
    extent: () => Extent,
    { signal }: CycleOptions<Entry>,
  ): Promise<void> {
    const { desired } = this
    const { rows } = desired
    if (outcome.changes === 0 && outcome.failed.length === 0) return
    await (written.needsReading ? this.#table.resync() : this.#table.waitForSync())
    if (rows !== written.rows || desired.rows !== rows) return
    const check: Check<Entry> = {
      rules: this.#rules,
      rows,
      sharesKey: (id) => desired.sharesKey(id),
      decide: (id, entry) => this.#decide(id, entry),
    }
    await checkWritten(check, written, outcome, extent(), signal)
  }
}
