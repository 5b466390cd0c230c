import { inTurns } from '@rtnl/netlink-core'
import type { LiveTable } from '@rtnl/notifier'
import { ContestedError, UnmetError } from './errors.ts'
import { Healings } from './healings.ts'
import type { Outcome } from './outcome.ts'
import type { Conflict } from './plan.ts'
import { Retries } from './retries.ts'
import type { EntryRules } from './rules.ts'

/** A wanted entry that is not in the kernel, and why. It is tried again. */
export interface Unkept<Entry> {
  readonly entry: Entry
  readonly error: Error
}

/** Wanted entries that are not in the kernel, by key: what is wrong with each, and when it is tried again. */
export class Troubles<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #table: LiveTable<Entry>
  readonly #unkept = new Map<string, Unkept<Entry>>()
  readonly #conflicts = new Map<string, Conflict<Entry>>()
  readonly #retries = new Retries()
  readonly #healings = new Healings()
  /** Keys that were changed by somebody else once too often since they were looked at. */
  readonly #contested = new Set<string>()
  /** Something that refused changes may have waited for has happened since they were looked at. */
  #hurried = false
  /** When they were last looked at. */
  #begin = 0

  constructor(rules: EntryRules<Entry>, table: LiveTable<Entry>) {
    this.#rules = rules
    this.#table = table
  }

  /** Those that the kernel refused, or does not show as wanted. */
  get unkept(): Unkept<Entry>[] {
    return [...this.#unkept.values()]
  }

  /** Those that wait for one of somebody else to go. */
  get conflicts(): Conflict<Entry>[] {
    return [...this.#conflicts.values()]
  }

  get none(): boolean {
    return this.#unkept.size === 0 && this.#conflicts.size === 0
  }

  has(key: string): boolean {
    return this.#unkept.has(key) || this.#conflicts.has(key)
  }

  /** When the next one is due, of the clock `performance.now`; `Infinity` if none is. */
  get next(): number {
    return this.#retries.next
  }

  /** Adds to the keys that are looked at those whose time has come. */
  addDue(keys: Map<string, Entry>): void {
    for (const key of this.#retries.take(performance.now())) {
      const entry = this.#unkept.get(key)?.entry
      if (entry !== undefined) keys.set(key, entry)
    }
  }

  /** Something that refused changes may have waited for has happened. @returns whether any wait */
  hurry(): boolean {
    this.#hurried = true
    if (this.#retries.size === 0) return false
    this.#retries.hurry(performance.now())
    return true
  }

  /** Somebody else has changed or removed a wanted entry. @returns whether this happened so often that healing waits */
  undone(key: string, desired: Entry): boolean {
    if (!this.#healings.contested(key, performance.now())) return false
    this.#contested.add(key)
    this.#failed(desired, new ContestedError(key))
    return true
  }

  /**
   * Keys are about to be looked at.
   * @param keys all unless told
   * @returns what `looked` needs: the keys of which something may be known after
   */
  look(keys: Iterable<string> | undefined): string[] {
    this.#hurried = false
    this.#begin = performance.now()
    const looking = [...(keys ?? [...this.#unkept.keys(), ...this.#conflicts.keys()])]
    for (const key of looking) this.#contested.delete(key)
    return looking
  }

  /**
   * Keys were looked at. What happens to them meanwhile counts as after.
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
      // It is not the kernel that shows something else: somebody has changed it since.
      const changed = isChanged(key) || this.#contested.has(key)
      if (!(changed && error instanceof UnmetError)) failed.add(this.#failed(entry, error))
    })
    const conflicting = new Set<string>()
    await inTurns(outcome.conflicts, (conflict) => {
      // What was in the way may have become what is wanted meanwhile.
      if (this.#table.list(conflict.entry).some((actual) => this.#rules.same(conflict.entry, actual))) return
      const key = this.#rules.key(conflict.entry)
      conflicting.add(key)
      this.#conflicts.set(key, conflict)
    })
    await inTurns(looking, (key) => {
      if (this.#contested.has(key)) return
      if (!conflicting.has(key)) this.#conflicts.delete(key)
      if (failed.has(key)) return
      this.#unkept.delete(key)
      this.#retries.succeeded(key)
    })
    const now = performance.now()
    this.#retries.tried(this.#begin, now)
    if (this.#hurried) this.#retries.hurry(now)
  }

  #failed(entry: Entry, error: Error): string {
    const key = this.#rules.key(entry)
    this.#unkept.set(key, { entry, error })
    this.#retries.failed(key, error, performance.now())
    return key
  }
}
