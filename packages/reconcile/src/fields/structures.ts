import { InvalidValue, showValue } from '@rtnl/netlink-core'
import type { NormalizeContext } from '../desired-entry.ts'
import { type CheckedFields, type EntryFields, present } from './entry-fields.ts'
import type { FieldRule } from './rule.ts'

/** Rules of fields that have fields themselves. */

/**
 * An object with fields of its own. One without any is absent.
 * @param finish sees what the fields are beside each other. Throws `InvalidValue`
 */
export function structure<Value extends object, Context = NormalizeContext>(
  fields: EntryFields<Value, Context>,
  finish: (checked: CheckedFields<Value>, context: Context) => Value = present,
): FieldRule<Value, Context> {
  return (value, context) => {
    const made = finish(fields.check(value, context), context)
    return Object.keys(made).length === 0 ? undefined : made
  }
}

/** A list whose items all have one rule, and of which none may be absent. */
export function listOf<Item, Context = NormalizeContext>(rule: FieldRule<Item, Context>): FieldRule<Item[], Context> {
  return (value, context) => {
    if (!Array.isArray(value)) throw new InvalidValue(`${showValue(value)} is not an array`, true)
    // `Array.from` also visits the holes of a sparse array.
    return Array.from(value as readonly unknown[], (item, place) => {
      try {
        const made = rule(item, context)
        if (made === undefined) throw new InvalidValue('says nothing')
        return made
      } catch (error) {
        throw error instanceof InvalidValue ? error.under(place) : error
      }
    })
  }
}
