import { InvalidValue, showValue } from '@rtnl/netlink-core'
import type { NormalizeContext } from '../desired-entry.ts'
import type { FieldRule, FieldRules } from './rule.ts'

/** The fields of an entry after their rules: all that there are, also those that are absent. */
export type CheckedFields<Entry> = { -readonly [Name in keyof Entry]-?: Entry[Name] | undefined }

/**
 * The one description of the fields of an entry, from which come its check, its normal form and its refusal. There may
 * be a million entries: a check goes through the fields that an entry has, and makes one object.
 */
export class EntryFields<Entry extends object, Context = NormalizeContext> {
  readonly #name: string
  readonly #rules: ReadonlyMap<string, FieldRule<unknown, Context>>
  /** With every field, so that all entries have one shape: an object that grows takes three times as long. */
  readonly #absent: CheckedFields<Entry>
  readonly #otherNames: ReadonlyMap<string, string>

  /**
   * @param name of the entry, for errors: `route`
   * @param rules one for each field
   * @param otherNames what people may write for a field, so that the error can name the right one: `dev` for `oif`
   */
  constructor(name: string, rules: FieldRules<Entry, Context>, otherNames: Readonly<Record<string, string>> = {}) {
    this.#name = name
    this.#rules = new Map(Object.entries(rules))
    this.#absent = Object.fromEntries(Object.keys(rules).map((field) => [field, undefined])) as CheckedFields<Entry>
    this.#otherNames = new Map(Object.entries(otherNames))
  }

  /**
   * Checks each field by itself and brings it into the form in which the kernel shows it. Only what an entry has itself
   * counts, not what it inherits; `undefined` is absent.
   * @throws {InvalidValue} not an object, a field that there is not, a value that a rule refuses
   */
  check(entry: unknown, context: Context): CheckedFields<Entry> {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new InvalidValue(`${showValue(entry)} is not an object`, true)
    }
    const checked = { ...this.#absent }
    for (const name of Object.keys(entry)) {
      const rule = this.#rules.get(name)
      if (rule === undefined) throw this.#unknown(name)
      const value = entry[name as never] as unknown
      if (value === undefined) continue
      try {
        checked[name as keyof Entry] = rule(value, context) as Entry[keyof Entry] | undefined
      } catch (error) {
        throw error instanceof InvalidValue ? error.under(name) : error
      }
    }
    return checked
  }

  /**
   * The same of an entry of a table, whose fields are then looked at together.
   * @param finish sees what the fields are beside each other. Throws `InvalidValue`
   * @throws {TypeError | RangeError} names the field and its value: `route.tos: 256 is not a whole number in 0..255`
   */
  normalize<Normal>(
    entry: unknown,
    context: Context,
    finish: (checked: CheckedFields<Entry>, context: Context) => Normal,
  ): Normal {
    try {
      return finish(this.check(entry, context), context)
    } catch (error) {
      throw error instanceof InvalidValue ? error.toError(this.#name) : error
    }
  }

  #unknown(name: string): InvalidValue {
    const meant = this.#otherNames.get(name)
    const hint = meant === undefined ? '' : `; it is called ${meant}`
    return new InvalidValue(`there is no such field${hint}`, true).under(
      /^\w{1,64}$/.test(name) ? name : showValue(name),
    )
  }
}

/** Without the fields that are absent. */
export function present<Entry extends object>(checked: CheckedFields<Entry>): Entry {
  const entry: Record<string, unknown> = {}
  for (const name of Object.keys(checked)) {
    const value: unknown = checked[name as keyof Entry]
    if (value !== undefined) entry[name] = value
  }
  return entry as Entry
}
