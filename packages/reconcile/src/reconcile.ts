import { type LiveTable, type LiveTableOptions, openTable } from '@rtnl/live-table'
import { RowSelection } from '@rtnl/live-table/internal'
import type { Controller } from './controller.ts'
import type { ControllerOptions } from './controller-options.ts'
import { Cycles } from './cycles.ts'
import type { Desired } from './desired.ts'
import { desiredInTurns } from './desired-of.ts'
import { Engine } from './engine.ts'
import { acquireLease } from './leases.ts'
import type { Outcome } from './outcome.ts'
import { additiveOwner, type Owner, ownerByMatch } from './owner.ts'
import { someHaveField } from './row-fields.ts'
import type { ReconcileRules } from './rules.ts'
import type { CycleOptions } from './sender.ts'
import { startController, untilTried } from './start-controller.ts'
import { Dependencies, dependenciesOf } from './waiting/dependencies.ts'

interface OwnerOptions {
  /**
   * `true`: the desired entries are owned, whoever made them, and no others. Entries are added and replaced, and none is removed
   * that was not written here. Default: all entries that the rules of the table recognize are owned, and those that are not
   * desired are removed.
   */
  readonly additive?: boolean | undefined
}

/** How a table is opened and owned. */
export interface OpenOptions extends LiveTableOptions, OwnerOptions {
  /**
   * Entries whose condition does not hold (see `EntryRules`) wait, as do those for which it ceases to hold later. Without it
   * they are refused.
   */
  readonly waits?: boolean | undefined
}

/** How a table is reconciled once. */
export type ReconcileOptions<Entry> = LiveTableOptions & OwnerOptions & CycleOptions<Entry>

/** What a reconciliation is made of. */
interface Parts<Entry, Wanted> {
  readonly table: LiveTable<Entry>
  readonly rules: ReconcileRules<Entry, Wanted>
  readonly desired: Desired<Entry, Wanted>
  readonly owner: Owner<Entry>
  readonly endings: readonly (() => void)[]
}

/** What is desired, checked, beside what the kernel holds: to look at what would be done before it is. */
export class Reconciliation<Entry, Wanted = Partial<Entry>> implements AsyncDisposable, Disposable {
  readonly #parts: Parts<Entry, Wanted>
  readonly #engine: Engine<Entry, Wanted>
  #handedOver = false

  /** Use `openReconciliation`. */
  constructor(parts: Parts<Entry, Wanted>, dependencies: Dependencies | undefined) {
    const { table, rules, desired, owner } = parts
    this.#parts = parts
    this.#engine = new Engine(table, rules, desired, owner)
    if (dependencies !== undefined) this.#engine.needs.knowledge = dependencies
  }

  /** What `apply` would do now. Nothing is sent. */
  async plan(options: Omit<CycleOptions<Entry>, 'dryRun' | 'progress'> = {}): Promise<Outcome<Entry>> {
    await this.#parts.table.waitForSync(options)
    return await new Cycles(this.#parts, this.#engine, { ...options, dryRun: true }).plan()
  }

  /**
   * Makes the kernel hold the desired entries. A refused entry is tried again as long as another change may have helped it. An
   * entry that something removes meanwhile is written again.
   * @returns what was done, and each change that could not be made, with its cause: what an entry waits for, the kernel's
   *   error, or who undid the change
   * @throws {NetlinkError} no permission
   */
  async apply(options: Omit<CycleOptions<Entry>, 'dryRun'> = {}): Promise<Outcome<Entry>> {
    await this.#parts.table.waitForSync(options)
    return await new Cycles(this.#parts, this.#engine, options).apply()
  }

  /**
   * Makes the kernel hold the desired entries and maintains them. Resolves once every entry was tried once. The controller
   * then owns the table and the lease of this reconciliation, and closes them.
   * @throws {NetlinkError} no permission
   */
  async keep(options: ControllerOptions<Entry> = {}): Promise<Controller<Entry, Wanted>> {
    const controller = await this.start(options)
    await untilTried(controller, options.signal)
    return controller
  }

  /**
   * Like `keep`, but resolves before anything is tried, so that `remove` can be called before every entry was tried.
   * `idle` of the controller resolves once every entry was tried, or rejects with the error that ended the controller. The
   * signal ends the opening only.
   */
  async start(options: ControllerOptions<Entry> = {}): Promise<Controller<Entry, Wanted>> {
    this.#handedOver = true
    return await startController(this.#parts, options)
  }

  /** Idempotent. */
  close(): void {
    if (this.#handedOver) return
    for (const ending of this.#parts.endings) ending()
  }

  /** Calls `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Calls `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/**
 * Checks the desired entries and opens the live table, which follows the kernel until it is closed.
 * @param desired all desired entries
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
 * @throws {NetlinkError} no such namespace
 * @throws {LeaseHeldError} another part of this program keeps the same entries
 */
export async function openReconciliation<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  options: OpenOptions = {},
): Promise<Reconciliation<Entry, Wanted>> {
  const { additive = false, waits = false, ...open } = options
  const checked = await desiredInTurns(rules, desired)
  const table = await openTable(rules.definition, open)
  const endings: (() => void)[] = [() => table.close()]
  try {
    endings.push(acquireLease(table.notifier.connection, rules.lease))
    const dependencies = await followNamespace(rules, checked, table, open.signal)
    if (dependencies !== undefined) endings.push(() => dependencies.close())
    if (!waits) checked.requireConditions()
    const owner = additive ? additiveOwner(rules) : ownerByMatch(rules)
    return new Reconciliation({ table, rules, desired: checked, owner, endings }, dependencies)
  } catch (error) {
    for (const ending of endings) ending()
    throw error
  }
}

/**
 * Follows what has to be known before the first request: the interfaces and conditions against which desired entries are checked,
 * and what entries need that are not sent without it. `undefined` if there is nothing of that.
 */
async function followNamespace<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Desired<Entry, Wanted>,
  { notifier }: LiveTable<Entry>,
  signal: AbortSignal | undefined,
): Promise<Dependencies | undefined> {
  const { interfaces, condition, dependencies: others, definition, needsFirst } = rules
  const needs = someHaveField(needsFirst && new RowSelection(definition.message, needsFirst), desired.rows)
  const list = dependenciesOf({
    interfaces: needs || desired.namesInterfaces ? interfaces : undefined,
    condition: desired.size > 0 ? condition : undefined,
    dependencies: needs ? others : undefined,
  })
  if (list.length === 0) return undefined
  const dependencies = await Dependencies.follow(list, notifier, signal)
  desired.useNamespace(dependencies.namespace)
  return dependencies
}

/**
 * Makes the kernel hold exactly these owned entries, and leaves those of others alone. A second run changes nothing. After a
 * run that was killed the next one completes the work.
 * @param desired all desired entries
 * @returns what was done, and each change that the kernel refused
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; nothing was sent
 * @throws {NetlinkError} no permission, no such namespace
 * @throws {LeaseHeldError} another part of this program keeps the same entries
 */
export async function reconcile<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  options: ReconcileOptions<Entry> = {},
): Promise<Outcome<Entry>> {
  const { dryRun, onOperation, progress, ...open } = options
  await using reconciliation = await openReconciliation(rules, desired, open)
  const run = { signal: options.signal, onOperation, progress }
  return await (dryRun === true ? reconciliation.plan(run) : reconciliation.apply(run))
}
