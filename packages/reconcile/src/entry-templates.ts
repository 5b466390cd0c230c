import type { EntryRows, RowTemplate } from '@rtnl/live-table/internal'
import type { NormalizeContext } from './desired-entry.ts'
import { normalizeBound } from './name-bindings.ts'
import { isSameData, plainCopy } from './plain-copy.ts'
import type { ReconcileRules } from './rules.ts'

/** Templates that are tried for an entry, at most: entries of as many forms may come in turn. */
const mostTemplates = 8
/** Of so many entries that had to be normalized one becomes a template: few entries need none, and some sets none helps. */
const entriesPerTemplate = 16

interface Template<Entry> {
  /** The names of the fields of the entry as it was given, in their order. */
  readonly names: readonly string[]
  /** Their values, as copies; `independent` for a field that may have any value that `row` takes. */
  readonly values: readonly unknown[]
  readonly row: RowTemplate<Entry>
}

const independent = Symbol('independent')

/**
 * Makes rows of desired entries that differ from an earlier one in independent fields alone, such as the prefix and the gateway of
 * a route: the values are written over those of the earlier one, and the entry is neither normalized nor encoded.
 */
export class EntryTemplates<Entry, Wanted> {
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly #context: NormalizeContext
  readonly #templates: Template<Entry>[] = []
  /** The template of the last entry. */
  #last = 0
  #next = 0
  #missed = 0
  /** The values of the fields of an entry, each read once. */
  readonly #values: unknown[] = []

  constructor(rules: ReconcileRules<Entry, Wanted>, context: NormalizeContext) {
    this.#rules = rules
    this.#context = context
  }

  /**
   * Adds an entry to rows, if that can be done without normalizing it.
   * @returns whether it was added; `false` in all cases in which something is wrong with it
   */
  add(wanted: Wanted, rows: EntryRows<Entry>): boolean {
    try {
      return this.#add(wanted, rows)
    } catch {
      // What a getter of the entry throws is thrown again when the entry is normalized.
      return false
    }
  }

  #add(wanted: Wanted, rows: EntryRows<Entry>): boolean {
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return false
    const names = Object.keys(wanted)
    const values = this.#values
    for (let place = 0; place < names.length; place++) values[place] = wanted[names[place] as never]
    const count = this.#templates.length
    for (let turn = 0; turn < count; turn++) {
      const place = (this.#last + turn) % count
      const template = this.#templates[place]!
      if (!isLike(template, names, values)) continue
      this.#last = place
      return rows.addTemplate(template.row) >= 0
    }
    if (++this.#missed % entriesPerTemplate === 0) this.#learn(names, values, rows)
    return false
  }

  /**
   * Makes a template of the values, and not of the entry, whose getters may give others.
   * @throws {TypeError | RangeError} they are refused
   */
  #learn(names: readonly string[], given: readonly unknown[], rows: EntryRows<Entry>): void {
    const copies = names.map((_, place) => plainCopy(given[place]))
    if (copies.some((copy, place) => copy === undefined && given[place] !== undefined)) return
    const wanted = Object.fromEntries(names.map((name, place) => [name, copies[place]])) as Wanted
    const { entry, bound } = normalizeBound(this.#rules, wanted, this.#context)
    // What a name means may change.
    const row = bound === undefined ? rows.template(entry, names as (keyof Entry & string)[]) : undefined
    if (row === undefined) return
    const fields = this.#rules.independent?.(entry) ?? []
    const values = names.map((name, place) =>
      fields.includes(name as never) && row.holds(place, copies[place]) ? independent : copies[place],
    )
    if (values.includes(independent)) this.#templates[this.#next++ % mostTemplates] = { names: [...names], values, row }
  }
}

/** Whether an entry is that of a template, whose row then is that of the entry. */
function isLike<Entry>(template: Template<Entry>, names: readonly string[], given: readonly unknown[]): boolean {
  const { values, row } = template
  if (names.length !== values.length) return false
  for (let place = 0; place < names.length; place++) {
    if (names[place] !== template.names[place]) return false
    const value = values[place]
    if (value !== independent && given[place] !== value && !isSameData(given[place], value)) return false
  }
  for (let place = 0; place < names.length; place++) {
    if (values[place] === independent && !row.set(place, given[place])) return false
  }
  return true
}
