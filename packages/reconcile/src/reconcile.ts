import { type LiveTable, type LiveTableOptions, openTable } from '@rtnl/notifier'
import { acquireClaim } from './claims.ts'
import { type Desired, desiredInTurns } from './desired.ts'
import { Engine } from './engine.ts'
import type { Keeping, KeepingOptions } from './keeping.ts'
import type { Outcome } from './outcome.ts'
import type { ReconcileRules } from './rules.ts'
import type { PassOptions } from './sender.ts'
import { startKeeping } from './start-keeping.ts'

export type ReconcileOptions<Entry> = LiveTableOptions & PassOptions<Entry>

/** What is wanted, checked, beside what the kernel holds: to look at what would be done before it is. */
export class Reconciliation<Entry, Wanted = Partial<Entry>> implements AsyncDisposable {
  readonly #table: LiveTable<Entry>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #desired: Desired<Entry, Wanted>
  readonly #engine: Engine<Entry, Wanted>
  readonly #release: () => void
  #handedOver = false

  /** Use `openReconciliation`. */
  constructor(
    table: LiveTable<Entry>,
    rules: ReconcileRules<Entry, Wanted>,
    desired: Desired<Entry, Wanted>,
    release: () => void,
  ) {
    this.#table = table
    this.#rules = rules
    this.#desired = desired
    this.#engine = new Engine(table, rules, desired)
    this.#release = release
  }

  /** What `apply` would do now. Nothing is sent. */
  async plan(options: Omit<PassOptions<Entry>, 'dryRun' | 'progress'> = {}): Promise<Outcome<Entry>> {
    await this.#table.fresh(options)
    return await this.#engine.pass(undefined, { ...options, dryRun: true })
  }

  /**
   * Makes the kernel hold what is wanted.
   * @returns what was done, and each change that the kernel refused
   * @throws {NetlinkError} no permission
   */
  async apply(options: Omit<PassOptions<Entry>, 'dryRun'> = {}): Promise<Outcome<Entry>> {
    await this.#table.fresh(options)
    return await this.#engine.passChecked(undefined, options)
  }

  /**
   * Makes the kernel hold what is wanted, and keeps it there. What this one has open belongs to the keeping then.
   * @throws {NetlinkError} no permission
   */
  async keep(options: KeepingOptions<Entry> = {}): Promise<Keeping<Entry, Wanted>> {
    this.#handedOver = true
    return await startKeeping(this.#table, this.#rules, this.#desired, this.#release, options)
  }

  /** Idempotent. */
  close(): void {
    if (this.#handedOver) return
    this.#release()
    this.#table.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }
}

/**
 * Checks what is wanted and reads what the kernel holds; what happens there is followed until it is closed.
 * @param desired all entries of ours that are wanted
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
 * @throws {NetlinkError} no such namespace
 * @throws {ClaimedError} another part of this program keeps the same entries
 */
export async function openReconciliation<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  options: LiveTableOptions = {},
): Promise<Reconciliation<Entry, Wanted>> {
  const wanted = await desiredInTurns(rules, desired)
  const table = await openTable(rules.definition, options)
  try {
    const release = acquireClaim(table.notifier.connection, rules.claim)
    return new Reconciliation(table, rules, wanted, release)
  } catch (error) {
    table.close()
    throw error
  }
}

/**
 * Makes the kernel hold exactly these entries of ours, and leaves those of others alone. A second run changes nothing;
 * one that was killed is made good by the next.
 * @param desired all entries of ours that are wanted
 * @returns what was done, and each change that the kernel refused
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; nothing was sent
 * @throws {NetlinkError} no permission, no such namespace
 * @throws {ClaimedError} another part of this program keeps the same entries
 */
export async function reconcile<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  options: ReconcileOptions<Entry> = {},
): Promise<Outcome<Entry>> {
  const { dryRun, onStep, progress, ...open } = options
  await using reconciliation = await openReconciliation(rules, desired, open)
  const pass = { signal: options.signal, onStep, progress }
  return await (dryRun === true ? reconciliation.plan(pass) : reconciliation.apply(pass))
}
