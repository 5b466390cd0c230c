import type { LiveTable } from '@rtnl/live-table'
import { rowAccess } from '@rtnl/live-table/internal'
import { inTurns, NetlinkError } from '@rtnl/netlink-core'
import type { Engine } from './engine.ts'
import { UndoneError, UnmetError, WaitingError } from './errors.ts'
import { describeOpponent } from './opponent.ts'
import type { Failure, Outcome } from './outcome.ts'
import type { EntryRules } from './rules.ts'
import type { CycleOptions } from './sender.ts'
import { Dependencies, dependenciesOf } from './waiting/dependencies.ts'
import type { Need } from './waiting/dependency.ts'

/** Cycles, at most: another program may undo what is written as often as it is written. */
const mostCycles = 16

interface CyclesParts<Entry> {
  readonly table: LiveTable<Entry>
  readonly rules: EntryRules<Entry>
}

/**
 * A single run: cycles until another one could do nothing more, and then the cause of each failure. The run follows what
 * entries need from the first failure on, so that a run without a failure costs nothing more.
 */
export class Cycles<Entry, Wanted> {
  readonly #table: LiveTable<Entry>
  readonly #rules: EntryRules<Entry>
  readonly #engine: Engine<Entry, Wanted>
  readonly #options: CycleOptions<Entry>
  #dependencies: Dependencies | undefined
  /** Needs whose state may have changed since the last cycle began. */
  readonly #changed = new Set<Need>()
  /** Keys of entries that were written again since the kernel did not show them. */
  readonly #rewritten = new Set<string>()
  /** Of keys whose entries were there as desired: who changed or removed them then. */
  readonly #undone = new Map<string, string>()

  constructor({ table, rules }: CyclesParts<Entry>, engine: Engine<Entry, Wanted>, options: CycleOptions<Entry>) {
    this.#table = table
    this.#rules = rules
    this.#engine = engine
    this.#options = options
  }

  /** What would be done. Nothing is sent. */
  async plan(): Promise<Outcome<Entry>> {
    const outcome = await this.#engine.reconcile(undefined, this.#options)
    await this.#explain(outcome)
    return outcome
  }

  /** @throws {NetlinkError} no permission */
  async apply(): Promise<Outcome<Entry>> {
    const engine = this.#engine
    const { knowledge } = engine.needs
    const written = engine.startWritten()
    const outcome = await engine.reconcileThoroughly(undefined, this.#options, written)
    if (outcome.failed.length === 0 && outcome.partial.length === 0) return outcome
    const stop = rowAccess(this.#table).observe(
      (old, next, cause, origin) => this.#happened(old, next, cause === 'notification' ? origin : undefined),
      (row) => engine.desired.rows.holds(row),
    )
    try {
      await this.#follow()
      let progress = outcome.changes > 0
      for (let cycle = 1; cycle < mostCycles; cycle++) {
        await this.#dependencies?.fresh()
        const { again, rest } = await this.#sort(outcome, progress)
        if (again.length === 0) break
        this.#changed.clear()
        engine.expectsRefusals = true
        const later = await engine.reconcileThoroughly(again, this.#options, written, rest)
        progress = later.changes > 0
        outcome.add(later)
      }
      await this.#dependencies?.fresh()
      await this.#explain(outcome)
    } finally {
      stop()
      this.#dependencies?.close()
      engine.needs.knowledge = knowledge
      engine.expectsRefusals = false
    }
    return outcome
  }

  /** Without knowing what entries need, that they failed is reported all the same. */
  async #follow(): Promise<void> {
    const list = dependenciesOf(this.#rules)
    if (list.length === 0) return
    const { signal } = this.#options
    try {
      this.#dependencies = await Dependencies.follow(list, this.#table.notifier, signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof NetlinkError) return
      throw error
    }
    this.#dependencies.observe(
      (need) => void this.#changed.add(need),
      () => {},
    )
    this.#engine.needs.knowledge = this.#dependencies
  }

  /** Takes out of an outcome what is tried again, with entries that have the keys to look at, and what is not. */
  async #sort(
    { failed, partial }: Outcome<Entry>,
    progress: boolean,
  ): Promise<{ readonly again: Entry[]; readonly rest: Failure<Entry>[] }> {
    const again: Entry[] = []
    const rest: Failure<Entry>[] = []
    // An `UnmetError` means that the entry was written, although it vanished again.
    const wrote = progress || failed.some(({ error }) => error instanceof UnmetError)
    await inTurns(failed, (failure) => {
      const { entry } = failure
      const renamed = this.#rebind(entry)
      if (renamed.length > 0) again.push(...renamed)
      else if (this.#mayBeHelped(failure, wrote)) again.push(entry)
      else rest.push(failure)
    })
    const inPart: Entry[] = []
    await inTurns(partial.splice(0), (entry) => {
      const renamed = this.#rebind(entry)
      if (renamed.length > 0) again.push(...renamed)
      else if (this.#engine.needs.ofParts(entry) === undefined) again.push(entry)
      else inPart.push(entry)
    })
    for (const entry of inPart) partial.push(entry)
    return { again, rest }
  }

  /**
   * Gives entries that name an interface the one that has the name now.
   * @returns entries with the keys that they had and have, if they are others now
   */
  #rebind(entry: Entry): Entry[] {
    const { desired } = this.#engine
    if (!desired.namesInterfaces) return []
    const keys = new Map<string, Entry>()
    for (const id of desired.idsOf(entry)) {
      const rebound = desired.rebind(id)
      if (rebound === undefined) continue
      for (const each of [rebound.old, rebound.entry]) keys.set(this.#rules.key(each), each)
    }
    return [...keys.values()]
  }

  /** @param wrote whether the last cycle wrote something, which may be what a refused entry needs */
  #mayBeHelped({ action, entry, error }: Failure<Entry>, wrote: boolean): boolean {
    if (error instanceof UnmetError) return this.#mayBeWritten(action, entry)
    if (action === 'remove' || this.#engine.needs.of(entry) !== undefined) return false
    if (error instanceof WaitingError) return true
    if (!(error instanceof NetlinkError)) return false
    const needs = this.#needsOf(entry)
    return needs.length > 0 && (wrote || needs.some((need) => this.#changed.has(need)))
  }

  /** An entry that vanished is written again once, and after that as often as something changes that it needs. */
  #mayBeWritten(action: Failure<Entry>['action'], entry: Entry): boolean {
    const key = this.#rules.key(entry)
    const isFirst = !this.#rewritten.has(key)
    this.#rewritten.add(key)
    if (action === 'remove') return isFirst
    if (this.#engine.needs.of(entry) !== undefined) return false
    return isFirst || this.#needsOf(entry).some((need) => this.#changed.has(need))
  }

  #needsOf(entry: Entry): readonly Need[] {
    const { needs, divisible } = this.#rules
    return [...(needs?.(entry) ?? []), ...(divisible?.needs(entry) ?? [])]
  }

  /** @param origin of a notification; `undefined` where the table was read, or the change follows from another */
  #happened(old: Entry | undefined, next: Entry | undefined, origin: number | undefined): void {
    if (old === undefined || old === next || origin === this.#table.notifier.connection.portId) return
    const { desired } = this.#engine
    const isDesired = (actual: Entry): boolean =>
      desired.list(actual).some((wanted) => this.#rules.same(wanted, actual))
    if (!isDesired(old) || (next !== undefined && isDesired(next))) return
    this.#undone.set(this.#rules.key(old), origin === undefined ? 'the kernel' : describeOpponent(origin))
  }

  /** Gives each failure its cause. */
  async #explain({ failed, partial }: Outcome<Entry>): Promise<void> {
    await inTurns(failed.entries(), ([place, failure]) => {
      const error = this.#causeOf(failure)
      if (error !== undefined) failed[place] = { ...failure, error }
    })
    await inTurns(partial, (entry) => {
      const need = this.#engine.needs.ofParts(entry)
      if (need !== undefined) failed.push({ action: 'add', entry, error: this.#waits(entry, need, { partial: true }) })
    })
  }

  #causeOf({ action, entry, error }: Failure<Entry>): Error | undefined {
    const isUnmet = error instanceof UnmetError
    if (action === 'remove' || !(isUnmet || error instanceof NetlinkError)) return undefined
    const need = this.#engine.needs.of(entry)
    if (need !== undefined) return this.#waits(entry, need, isUnmet ? {} : { cause: error })
    const opponent = isUnmet ? this.#undone.get(this.#rules.key(entry)) : undefined
    return opponent === undefined ? undefined : new UndoneError(this.#rules.describe(entry), opponent)
  }

  #waits(entry: Entry, need: Need, options: { readonly partial?: boolean; readonly cause?: Error }): WaitingError {
    return new WaitingError(this.#rules.describe(entry), need, this.#engine.needs.knowledge.describe(need), options)
  }
}
