import { EntryRows } from '@rtnl/live-table/internal'
import { checkedAt } from './checked-at.ts'
import { noInterfaces } from './desired-entry.ts'
import { EntryTemplates } from './entry-templates.ts'
import { type Bound, NameBindings, type Normalized, normalizeBound } from './name-bindings.ts'
import type { Namespace } from './namespace.ts'
import type { ReconcileRules } from './rules.ts'
import type { Need } from './waiting/dependency.ts'

const none: readonly number[] = []

/**
 * Desired entries in the form in which the kernel would show them, by key. They are held as rows: a hundred thousand cost
 * little more than the requests that put them in, and are compared with a live table without making objects of them.
 * In a table in which a key names a list several may have the same key; they stand in the order in which they were given.
 */
export class Desired<Entry, Wanted = Partial<Entry>> {
  /** Other rows take their place when much is desired that was not; ids are those of one of them. */
  rows: EntryRows<Entry>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #templates: EntryTemplates<Entry, Wanted> | undefined
  #namespace: Namespace
  /** Ids of entries that share their key with others. */
  #shared = new Set<number>()
  /** Entries in which interfaces are given by name. */
  #bindings = new NameBindings<Wanted>()

  constructor(rules: ReconcileRules<Entry, Wanted>, namespace: Namespace = noInterfaces) {
    this.#rules = rules
    this.#namespace = namespace
    this.rows = new EntryRows(rules.definition)
    // A condition is that of a normalized entry.
    const isTemplated = rules.independent !== undefined && rules.condition === undefined
    if (isTemplated) this.#templates = new EntryTemplates(rules, namespace)
  }

  get size(): number {
    return this.rows.store.size
  }

  /** Whether some entry gives an interface by its name. */
  get namesInterfaces(): boolean {
    return this.#bindings.size > 0
  }

  /** @returns the id of the first entry with the key of this one, or -1 */
  idOf(entry: Partial<Entry>): number {
    return this.size === 0 ? -1 : this.rows.idOf(entry)
  }

  /** The first desired entry with the key of this one. */
  get(entry: Partial<Entry>): Entry | undefined {
    const id = this.idOf(entry)
    return id < 0 ? undefined : this.rows.entry(id)
  }

  has(entry: Partial<Entry>): boolean {
    return this.idOf(entry) >= 0
  }

  /** Ids of all entries with the key of this one, in their order. */
  idsOf(entry: Partial<Entry>): readonly number[] {
    const first = this.idOf(entry)
    if (first < 0) return none
    const ids = [first]
    if (!this.#shared.has(first)) return ids
    for (let id = this.rows.idOf(entry, 1); id >= 0; id = this.rows.idOf(entry, ids.length)) ids.push(id)
    return ids
  }

  /** All desired entries with the key of this one, in their order. */
  list(entry: Partial<Entry>): Entry[] {
    return this.idsOf(entry).map((id) => this.rows.entry(id))
  }

  /** All entries that are desired now, each as it is when its turn comes. */
  entries(): Generator<Entry, void, undefined> {
    return entriesOf(this.rows)
  }

  /** Whether others have the key of this entry too. */
  sharesKey(id: number): boolean {
    return this.#shared.size > 0 && this.#shared.has(id)
  }

  /**
   * Desires entries, in place of all those with their keys.
   * @returns the entries in their normal form
   * @throws {TypeError | RangeError} the kernel could not take one; nothing was changed. The place stands before the field
   */
  set(entries: readonly Wanted[]): Entry[] {
    const checked = new Desired(this.#rules, this.#namespace)
    for (const [place, wanted] of entries.entries()) {
      const { entry, bound } = checked.check(wanted, place)
      // Of two that exclude each other the last one counts.
      if (checked.list(entry).some((other) => this.#rules.coexists?.(entry, other) !== true)) checked.delete(entry)
      checked.#put(entry, bound, place)
    }
    const set = [...checked.entries()]
    for (const entry of set) this.take(checked, entry)
    return set
  }

  /** Desires what others desire, in place of everything. */
  become(other: Desired<Entry, Wanted>): void {
    this.rows = other.rows
    this.#shared = other.#shared
    this.#bindings = other.#bindings
  }

  /** Deletes all entries with the key of this one. */
  delete(entry: Partial<Entry>): void {
    for (const id of this.idsOf(entry)) {
      this.#shared.delete(id)
      this.#bindings.delete(id)
      this.rows.delete(id)
    }
  }

  /**
   * Adds an entry to those that were only ever added.
   * @throws {TypeError | RangeError} the kernel could not take it, or one with its key is there which it cannot stand
   *   beside; the place stands before the field: `[3].gateway: ...`
   */
  add(wanted: Wanted): void {
    if (this.#templates?.add(wanted, this.rows) === true) return
    const place = this.size
    const { entry, bound } = this.check(wanted, place)
    this.#put(entry, bound, place)
  }

  /** Takes over what others desire under the key of an entry. */
  take(other: Desired<Entry, Wanted>, entry: Entry): void {
    this.delete(entry)
    for (const id of other.idsOf(entry)) this.#put(other.rows.entry(id), other.#bindings.get(id), id)
  }

  /** Whether others desire the same under the key of one of their entries, with the same names. */
  isSame(other: Desired<Entry, Wanted>, id: number): boolean {
    const plain = !this.namesInterfaces && !other.namesInterfaces && this.#shared.size === 0 && !other.sharesKey(id)
    return plain && this.rows.holdsRowOf(other.rows, id)
  }

  /**
   * An entry in its normal form, and what it gives by name.
   * @param place of the entry among others, from 0, for the error
   * @throws {TypeError | RangeError} the kernel could not take it
   */
  check(wanted: Wanted, place: number): Normalized<Entry, Wanted> {
    return checkedAt(this.#rules, place, wanted, () => {
      const normal = this.#normalize(wanted)
      this.#requireCondition(normal.entry)
      return normal
    })
  }

  /**
   * An entry with the key of a desired one, of which no more than the key need be given.
   * @throws {TypeError | RangeError} it has no key that there could be
   */
  keyed(wanted: Wanted, place: number): Entry {
    const rules = this.#rules
    const context = this.#namespace
    return checkedAt(rules, place, wanted, () => rules.keyOf?.(wanted, context) ?? rules.normalize(wanted, context))
  }

  /** The name of an interface that the entry waits for; `undefined` if all that it names are there. */
  missingName(id: number): string | undefined {
    return this.#bindings.missing(id)
  }

  /** Ids of the entries that give an interface by this name. */
  boundTo(name: string): readonly number[] {
    return this.#bindings.boundTo(name)
  }

  /**
   * Gives the interfaces that an entry names the indexes that they have now.
   * @returns the entry as it was and as it is; `undefined` if nothing has changed
   */
  rebind(id: number): { readonly old: Entry; readonly entry: Entry } | undefined {
    const before = this.#bindings.get(id)
    if (before === undefined) return undefined
    const old = this.rows.entry(id)
    let checked: Normalized<Entry, Wanted>
    try {
      checked = this.#normalize(before.wanted)
    } catch (error) {
      // The name belongs to an interface now that cannot be meant: the entry stays with the one that it had.
      if (error instanceof TypeError || error instanceof RangeError) return undefined
      throw error
    }
    const { entry, bound } = checked
    if (bound?.indexes.join() === before.indexes.join()) return undefined
    const place = this.#shared.has(id) ? this.rows.store.slot(id) : 0
    const shared = this.#shared.delete(id)
    this.#bindings.delete(id)
    this.rows.delete(id)
    const next = this.rows.put(entry, place)
    if (shared) this.#shared.add(next)
    if (bound !== undefined) this.#bindings.set(next, bound)
    return { old, entry }
  }

  /** Entries are checked against this from now on; all that name interfaces are bound again. */
  useNamespace(namespace: Namespace): void {
    this.#namespace = namespace
    for (const id of this.#bindings.ids()) {
      const bound = this.#bindings.get(id)
      // Now that the interfaces are known, one that cannot be meant is refused.
      if (bound !== undefined) checkedAt(this.#rules, id, bound.wanted, () => this.#normalize(bound.wanted))
      this.rebind(id)
    }
  }

  /**
   * Ids of the entries whose condition does not hold. An id is the place of the entry among those that were only added, until
   * others take their places.
   */
  withoutCondition(): number[] {
    const { condition } = this.#rules
    if (condition === undefined || this.size === 0) return []
    const needs = [...(this.#namespace.unmet?.() ?? [])]
    return needs.flatMap((need) => this.idsOf(condition.keyOf(need))).sort((one, other) => one - other)
  }

  /**
   * Refuses entries that were only ever added.
   * @throws {RangeError} the condition of one does not hold
   */
  requireConditions(): void {
    for (const id of this.withoutCondition()) {
      const entry = this.rows.entry(id)
      checkedAt(this.#rules, id, entry, () => this.#requireCondition(entry))
    }
  }

  /** The condition of an entry, if it does not hold. */
  unmetCondition(entry: Entry): Need | undefined {
    const need = this.#rules.condition?.needOf(entry)
    return need !== undefined && this.#namespace.isMet?.(need) === false ? need : undefined
  }

  #requireCondition(entry: Entry): void {
    const { condition, definition } = this.#rules
    const need = this.unmetCondition(entry)
    if (condition === undefined || need === undefined) return
    throw new RangeError(`${definition.name}.${condition.field}: ${condition.refusal(need)}`)
  }

  #normalize(wanted: Wanted): Normalized<Entry, Wanted> {
    return normalizeBound(this.#rules, wanted, this.#namespace)
  }

  /** Whatever cannot be sent is found here, and not when half of the others are. */
  #put(entry: Entry, bound: Bound<Wanted> | undefined, place: number): void {
    const id = checkedAt(this.#rules, place, entry, () => {
      const added = this.rows.add(entry)
      return added < 0 ? this.#putBeside(entry) : added
    })
    if (bound !== undefined) this.#bindings.set(id, bound)
  }

  /** Puts an entry behind those with its key. */
  #putBeside(entry: Entry): number {
    const ids = this.idsOf(entry)
    for (const id of ids) {
      if (this.#rules.coexists?.(entry, this.rows.entry(id)) === true) continue
      const { definition, describe } = this.#rules
      throw new RangeError(`${definition.name}: ${describe(entry)} is wanted twice, first by [${id}]`)
    }
    const id = this.rows.put(entry, ids.length)
    for (const sharing of [...ids, id]) this.#shared.add(sharing)
    return id
  }
}

function* entriesOf<Entry>(rows: EntryRows<Entry>): Generator<Entry, void, undefined> {
  for (let id = 0; id < rows.store.idLimit; id++) if (rows.store.has(id)) yield rows.entry(id)
}
