import { inTurns, showValue } from '@rtnl/netlink-core'
import { EntryRows } from '@rtnl/notifier'
import { noInterfaces } from './desired-entry.ts'
import type { ReconcileRules } from './rules.ts'

/**
 * Wanted entries in the form in which the kernel would show them, by key. They are held as rows: a hundred thousand cost
 * little more than the requests that put them in, and are compared with a live table without making objects of them.
 */
export class Desired<Entry, Wanted = Partial<Entry>> {
  /** Other rows take their place when much is wanted that was not; ids are those of one of them. */
  rows: EntryRows<Entry>
  readonly #rules: ReconcileRules<Entry, Wanted>

  constructor(rules: ReconcileRules<Entry, Wanted>) {
    this.#rules = rules
    this.rows = new EntryRows(rules.definition)
  }

  get size(): number {
    return this.rows.store.size
  }

  /** Ids of all entries, as long as none is added or deleted. */
  *ids(): Generator<number, void, undefined> {
    const { store } = this.rows
    for (let id = 0; id < store.idLimit; id++) if (store.has(id)) yield id
  }

  /** @returns the id of the entry with the key of this one, or -1 */
  idOf(entry: Entry): number {
    return this.size === 0 ? -1 : this.rows.idOf(entry)
  }

  /** The wanted entry with the key of this one. */
  get(entry: Entry): Entry | undefined {
    const id = this.idOf(entry)
    return id < 0 ? undefined : this.rows.entry(id)
  }

  has(entry: Entry): boolean {
    return this.idOf(entry) >= 0
  }

  /**
   * Wants an entry, beside those with other keys.
   * @param place of the entry among others, from 0, for the error
   * @returns the entry in its normal form
   * @throws {TypeError | RangeError} the kernel could not take it
   */
  set(entry: Wanted, place = 0): Entry {
    return this.rows.entry(this.#put(entry, place))
  }

  /** Wants an entry that is in its normal form already. */
  put(entry: Entry): void {
    this.rows.put(entry)
  }

  /** Wants what others want, in place of everything. */
  become(other: Desired<Entry, Wanted>): void {
    this.rows = other.rows
  }

  delete(entry: Entry): void {
    const id = this.idOf(entry)
    if (id >= 0) this.rows.delete(id)
  }

  /**
   * Adds an entry to those that were only ever added.
   * @throws {TypeError | RangeError} the kernel could not take it, or one with its key is there; the place stands before
   *   the field: `[3].gateway: ...`
   */
  add(entry: Wanted): void {
    const { size } = this
    const id = this.#put(entry, size)
    if (id === size) return
    throw new RangeError(`[${size}]: ${this.#rules.key(this.rows.entry(id))} is wanted twice, first by [${id}]`)
  }

  #put(entry: Wanted, place: number): number {
    // Whatever cannot be sent is found here, and not when half of the others are.
    return checkedAt(this.#rules, place, entry, () => this.rows.put(this.#rules.normalize(entry, noInterfaces)))
  }
}

/**
 * An entry with the key of a wanted one, of which no more than the key need be given.
 * @param place of the entry among others, from 0, for the error
 * @throws {TypeError | RangeError} it has no key that there could be
 */
export function keyedEntry<Entry, Wanted>(rules: ReconcileRules<Entry, Wanted>, entry: Wanted, place: number): Entry {
  return checkedAt(
    rules,
    place,
    entry,
    () => rules.keyOf?.(entry, noInterfaces) ?? rules.normalize(entry, noInterfaces),
  )
}

/** Does what may find an entry wrong, and puts the place of the entry into the error. */
function checkedAt<Entry, Wanted, Result>(
  rules: ReconcileRules<Entry, Wanted>,
  place: number,
  entry: Wanted,
  check: () => Result,
): Result {
  try {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new TypeError(`${rules.definition.name}: ${showValue(entry)} is not an object`)
    }
    return check()
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? at(error, rules, `[${place}]`) : error
  }
}

/**
 * Checks wanted entries.
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; the place stands
 *   before the field: `[3].gateway: ...`
 */
export function desiredOf<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  entries: Iterable<Wanted>,
): Desired<Entry, Wanted> {
  const desired = new Desired(rules)
  for (const entry of entries) desired.add(entry)
  return desired
}

/** The same of many entries, without holding up the event loop. */
export async function desiredInTurns<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  entries: Iterable<Wanted>,
): Promise<Desired<Entry, Wanted>> {
  const desired = new Desired(rules)
  await inTurns(entries, (entry) => desired.add(entry))
  return desired
}

/** The same error with the place of the entry instead of the name of the table. */
function at<Entry, Wanted>(error: TypeError | RangeError, rules: ReconcileRules<Entry, Wanted>, place: string): Error {
  const { name } = rules.definition
  const text = error.message.startsWith(`${name}.`)
    ? place + error.message.slice(name.length)
    : `${place}: ${error.message.replace(new RegExp(`^${name}: `), '')}`
  const Kind = error instanceof RangeError ? RangeError : TypeError
  return new Kind(text, { cause: error })
}
