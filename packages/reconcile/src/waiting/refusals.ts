import type { LiveTable } from '@rtnl/live-table'
import { inTurns } from '@rtnl/netlink-core'
import type { Conflict } from '../conflict.ts'
import { Contests } from '../contests.ts'
import { ContestedError, UnmetError, WaitingError } from '../errors.ts'
import type { Outcome } from '../outcome.ts'
import type { EntryRules } from '../rules.ts'
import { BackOff } from './back-off.ts'
import { type Cause, Causes, reasonOf } from './causes.ts'
import type { Dependencies } from './dependencies.ts'
import { type Need, needOfName } from './dependency.ts'
import { OngoingContests } from './ongoing-contests.ts'
import { WaitingList } from './waiting-list.ts'

/** A desired entry that is not in the kernel, and why. It is tried again. */
export interface FailedEntry<Entry> {
  /** The desired entry. */
  readonly entry: Entry
  /** Why it is not there: what the kernel said, or one of the errors of this package. */
  readonly error: Error
}

/** Of an opponent, and what to do about it. */
const advice = 'which undoes what is written here; give each program a protocol, table or interface of its own'

/**
 * Desired entries that are not in the kernel as they should be, by key: what is wrong with each, what it waits for, and when
 * it is tried again. An entry whose need is known to be missing is tried when that changes, and not before; others also
 * after pauses that grow.
 */
export class Refusals<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #table: LiveTable<Entry>
  readonly #dependencies: Dependencies
  readonly #missingName: (entry: Entry) => string | undefined
  readonly #failures = new Map<string, FailedEntry<Entry>>()
  /** Entries that are carried out in part. */
  readonly #partial = new Map<string, Entry>()
  readonly #conflicts = new Map<string, Conflict<Entry>>()
  readonly #causes = new Causes<Entry>()
  readonly #backOff = new BackOff()
  readonly #waiting: WaitingList
  readonly #contests = new Contests()
  readonly #ongoing = new OngoingContests<Entry>((key) => this.#contests.overAt(key))
  /** Keys whose entries others have changed too often since the last attempt. */
  readonly #contested = new Set<string>()
  /** Needs that have changed since the last cycle began. */
  readonly #changedNeeds = new Set<Need>()
  /** Needs of which only an attempt shows whether they are met, and with which an entry was written since one was refused. */
  readonly #foundMet = new Set<Need>()
  /** Keys that the running cycle reconciles. */
  #looking: ReadonlySet<string> = new Set()
  #begin = 0

  /** @param missingName the name of an interface that an entry waits for */
  constructor(
    rules: EntryRules<Entry>,
    table: LiveTable<Entry>,
    dependencies: Dependencies,
    missingName: (entry: Entry) => string | undefined,
  ) {
    this.#rules = rules
    this.#table = table
    this.#dependencies = dependencies
    this.#missingName = missingName
    this.#waiting = new WaitingList(dependencies)
  }

  /** Those that the kernel refused, or does not show as desired. */
  get failures(): FailedEntry<Entry>[] {
    return [...this.#failures.values()]
  }

  /** Those that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return [...this.#conflicts.values()]
  }

  /** What entries wait for, each cause once. */
  get causes(): Cause<Entry>[] {
    // What is there by now is no cause any more: its entries are about to be written.
    return this.#causes.list(
      (need) => (this.#dependencies.isMet(need) === true ? undefined : this.#dependencies.describe(need)),
      (need, keys) => (this.#foundMet.has(need) ? new Set([...keys].filter((key) => !this.#isInTurn(key))) : keys),
    )
  }

  /** Whether a key is tried now, or waits for nothing but its turn. */
  #isInTurn(key: string): boolean {
    return this.#looking.has(key) || this.#backOff.isReady(key)
  }

  /** Changes with the causes. */
  get version(): number {
    return this.#causes.version
  }

  get none(): boolean {
    return this.#failures.size === 0 && this.#conflicts.size === 0 && this.#partial.size === 0
  }

  has(key: string): boolean {
    return this.#failures.has(key) || this.#conflicts.has(key)
  }

  /** Keys that are tried when what they need has changed, and not before. */
  get parked(): number {
    return this.#backOff.parked
  }

  /** When something is due, of the clock `performance.now`; `Infinity` if nothing is. */
  get next(): number {
    return Math.min(this.#backOff.next, this.#ongoing.next)
  }

  /** Adds the keys that are due to those of the next cycle. */
  addDue(keys: Map<string, Entry>): void {
    for (const key of this.#backOff.take(performance.now())) {
      const entry = this.#failures.get(key)?.entry ?? this.#partial.get(key)
      if (entry !== undefined) keys.set(key, entry)
    }
  }

  /** The state of a need may have changed. @returns whether something is due for it */
  changed(need: Need): boolean {
    this.#changedNeeds.add(need)
    if (this.#dependencies.isMet(need) === false) return false
    let due = false
    for (const key of this.#waiting.keysOf(need)) {
      this.#backOff.ready(key)
      due = true
    }
    return due
  }

  /**
   * Somebody else has changed or removed what is desired, or put back what was removed.
   * @param opponent who it was
   * @returns whether it is not done again at once
   */
  undone(key: string, entry: Entry, opponent: () => string): boolean {
    const now = performance.now()
    const delay = this.#contests.undone(key, now)
    if (delay === 0) return false
    this.#contested.add(key)
    const error = new ContestedError(this.#rules.describe(entry), opponent(), delay)
    this.#failures.set(key, { entry, error })
    this.#ongoing.begin(key, { entry, error })
    this.#setCauseOfContest(key)
    this.#backOff.after(key, delay, now)
    return true
  }

  /** Removes the causes of contests that are over, since nobody has undone anything for long enough. */
  endContests(now: number): void {
    for (const key of this.#ongoing.ended(now)) this.leaveContest(key)
  }

  /** Contests about entries are no matter any more. */
  leaveContests(isLeft: (entry: Entry) => boolean): void {
    for (const [key, { entry }] of this.#ongoing) if (isLeft(entry)) this.leaveContest(key)
  }

  leaveContest(key: string): void {
    if (!this.#ongoing.delete(key)) return
    // Otherwise the next attempt finds the cause.
    if (!this.has(key) && !this.#partial.has(key)) this.#causes.delete(key)
  }

  /**
   * Called before keys are reconciled.
   * @param keys Default: all
   * @returns the keys for `looked`: those of which there may be a result afterwards
   */
  look(keys: Iterable<string> | undefined): string[] {
    this.#changedNeeds.clear()
    this.#begin = performance.now()
    const looking = [...(keys ?? [...this.#failures.keys(), ...this.#partial.keys(), ...this.#conflicts.keys()])]
    for (const key of looking) this.#contested.delete(key)
    this.#looking = new Set(looking)
    return looking
  }

  /**
   * Called after keys were reconciled. What happened to them meanwhile counts as later.
   * @param isChanged whether a key was changed by somebody else since
   */
  async looked(
    looking: readonly string[],
    outcome: Outcome<Entry>,
    isChanged: (key: string) => boolean,
  ): Promise<void> {
    const failed = new Set<string>()
    await inTurns(outcome.failed, ({ entry, error }) => {
      const key = this.#rules.key(entry)
      // The kernel did accept the entry; somebody has changed it since.
      const changed = isChanged(key) || this.#contested.has(key)
      if (changed && error instanceof UnmetError) return
      failed.add(key)
      if (!this.#contested.has(key)) this.#failed(key, entry, error)
    })
    await inTurns(outcome.partial, (entry) => {
      const key = this.#rules.key(entry)
      if (failed.has(key) || this.#contested.has(key)) return
      failed.add(key)
      this.#inPart(key, entry)
    })
    const conflicting = new Set<string>()
    await inTurns(outcome.conflicts, (conflict) => {
      // What was in the way may have become what is desired meanwhile.
      if (this.#table.list(conflict.entry).some((actual) => this.#rules.same(conflict.entry, actual))) return
      const key = this.#rules.key(conflict.entry)
      conflicting.add(key)
      this.#conflicts.set(key, conflict)
    })
    await inTurns(looking, (key) => {
      if (this.#contested.has(key)) return
      if (!conflicting.has(key)) this.#conflicts.delete(key)
      if (!failed.has(key)) this.#settled(key)
    })
    this.#looking = new Set()
    this.#backOff.tried(this.#begin, performance.now(), outcome.failed.length)
  }

  #settled(key: string): void {
    this.#failures.delete(key)
    this.#partial.delete(key)
    // Where something else was the cause since, the contest is one again when the other program does something again.
    const contested = this.#ongoing.get(key) !== undefined && this.#causes.errorOf(key) instanceof ContestedError
    if (!contested) this.#causes.delete(key)
    this.#noLongerWaits(key)
    this.#backOff.succeeded(key)
  }

  #noLongerWaits(key: string): void {
    const needs = this.#waiting.needs(key)
    this.#waiting.delete(key)
    for (const need of needs) {
      if (this.#dependencies.isMet(need) === undefined && this.#waiting.has(need)) this.#foundMet.add(need)
      else this.#foundMet.delete(need)
    }
  }

  /** A contest is the cause until it is over, also while the entry is as desired. */
  #setCauseOfContest(key: string): void {
    const contest = this.#ongoing.get(key)
    if (contest === undefined) return
    const { entry, error } = contest
    this.#causes.set(key, { text: `${error.opponent}, ${advice}` }, false, entry, error)
  }

  #failed(key: string, entry: Entry, error: Error): void {
    const needs = this.#needsOf(entry)
    const unmet = needs.find((need) => this.#dependencies.isMet(need) === false)
    this.#partial.delete(key)
    // What the kernel took went with what it needs.
    const known = unmet !== undefined && error instanceof UnmetError ? this.#waits(entry, unmet, false) : error
    this.#failures.set(key, { entry, error: known })
    this.#waiting.set(key, needs)
    const reason = reasonOf(error, unmet, needs)
    if ('need' in reason) this.#foundMet.delete(reason.need)
    this.#causes.set(key, reason, false, entry, known)
    if (unmet !== undefined && !this.#canGoOn(entry, unmet)) this.#backOff.park(key)
    else this.#backOff.failed(key, error, performance.now())
    // It may have been tried before what it needs has changed.
    if (unmet === undefined && needs.some((need) => this.#changedNeeds.has(need))) this.#backOff.ready(key)
  }

  /** Whether only some parts of the entry need what is missing. That was not known when the complete entry was sent. */
  #canGoOn(entry: Entry, unmet: Need): boolean {
    const parts = this.#rules.divisible?.needs(entry) ?? []
    return parts.includes(unmet) && parts.some((need) => this.#dependencies.isMet(need) !== false)
  }

  #inPart(key: string, entry: Entry): void {
    const needs = this.#needsOf(entry)
    const unmet = needs.find((need) => this.#dependencies.isMet(need) === false)
    this.#settled(key)
    // All that it needs is there by now.
    this.#partial.set(key, entry)
    this.#backOff.park(key)
    this.#waiting.set(key, needs)
    if (unmet === undefined) this.#backOff.ready(key)
    else this.#causes.set(key, { need: unmet }, true, entry, this.#waits(entry, unmet, true))
  }

  #waits(entry: Entry, need: Need, partial: boolean): WaitingError {
    return new WaitingError(this.#rules.describe(entry), need, this.#dependencies.describe(need), { partial })
  }

  #needsOf(entry: Entry): readonly Need[] {
    const needs = [...(this.#rules.needs?.(entry) ?? []), ...(this.#rules.divisible?.needs(entry) ?? [])]
    const name = this.#missingName(entry)
    return name === undefined ? needs : [needOfName(name), ...needs]
  }
}
