import type { LiveTable } from '@rtnl/live-table'
import { type RowAccess, RowSelection, rowAccess } from '@rtnl/live-table/internal'
import { type Check, checkWritten, type Extent } from './check.ts'
import type { Cycle } from './cycle.ts'
import { decide } from './decide.ts'
import type { Desired } from './desired.ts'
import { EntryNeeds } from './entry-needs.ts'
import { type Failure, Outcome } from './outcome.ts'
import type { Owner } from './owner.ts'
import { Removals } from './removals.ts'
import { hasField, someHaveField } from './row-fields.ts'
import type { EntryRules } from './rules.ts'
import { type CycleOptions, Sender } from './sender.ts'
import { type Later, Writes } from './writes.ts'
import { Written } from './written.ts'

/** Compares what is desired with a live table, key by key, and sends the difference. */
export class Engine<Entry, Wanted = Partial<Entry>> {
  readonly desired: Desired<Entry, Wanted>
  readonly needs: EntryNeeds<Entry, Wanted>
  readonly #table: LiveTable<Entry>
  /** The rows of the table. */
  readonly #held: RowAccess<Entry>
  readonly #rules: EntryRules<Entry>
  readonly #owner: Owner<Entry>
  readonly #writes: Writes<Entry, Wanted>
  readonly #removals: Removals<Entry>
  readonly #unannounced: RowSelection<Entry> | undefined
  /** Requests that the kernel has answered. */
  requests = 0

  constructor(table: LiveTable<Entry>, rules: EntryRules<Entry>, desired: Desired<Entry, Wanted>, owner: Owner<Entry>) {
    const { definition, unannounced } = rules
    this.#table = table
    this.#held = rowAccess(table)
    this.#rules = rules
    this.#owner = owner
    this.#unannounced = unannounced && new RowSelection(definition.message, unannounced)
    this.desired = desired
    this.needs = new EntryNeeds(rules, desired)
    this.#writes = new Writes({ table, held: this.#held, rules, desired, owner, needs: this.needs })
    this.#removals = new Removals(rules, this.#writes.refers)
  }

  /** Whether something that entries need is known to be missing. The engine then checks needs before it sends an entry. */
  set expectsRefusals(expects: boolean) {
    this.#writes.expectsRefusals = expects
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
      const ids = samples === undefined ? this.#all(cycle) : this.#of(samples, cycle)
      await sender.send(this.#writes.requests(ids, cycle, later))
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
        await sender.send(this.#writes.requests(this.#referring(cycle), cycle))
        return
      }
    }
    await sender.send(this.#writes.requests(ids, cycle))
  }

  *#referring(cycle: Cycle<Entry>): Generator<number, void, undefined> {
    const { rows } = cycle
    for (const id of this.#all(cycle)) if (rows.store.has(id) && hasField(this.#writes.refers, rows, id)) yield id
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
    const isUntold = written.needsReading || (outcome.refused && this.#rules.refusalsChange === true)
    await (isUntold ? this.#table.resync() : this.#table.waitForSync())
    if (rows !== written.rows || desired.rows !== rows) return
    const check: Check<Entry> = {
      rules: this.#rules,
      rows,
      sharesKey: (id) => desired.sharesKey(id),
      decide: (id, entry) => this.#writes.decide(id, entry),
    }
    await checkWritten(check, written, outcome, extent(), signal)
  }
}
