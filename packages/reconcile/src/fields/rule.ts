import { InvalidValue } from '@rtnl/netlink-core'
import type { NormalizeContext } from '../desired-entry.ts'

/**
 * The rule for one field of a desired entry: which values it may have, and what the kernel makes of them.
 * @returns the value as the kernel shows it, or `undefined` where the kernel shows none
 * @throws {InvalidValue} the kernel would refuse the value, or would ignore it
 */
export type FieldRule<Value, Context = NormalizeContext> = (value: unknown, context: Context) => Value | undefined

/** A rule for each field of an entry, none left out. */
export type FieldRules<Entry, Context = NormalizeContext> = {
  readonly [Name in keyof Entry]-?: FieldRule<Exclude<Entry[Name], undefined>, Context>
}

/** The rule of a field that only the kernel sets. It is taken away, so that an entry can be written as it was read. */
export const shownOnly: FieldRule<never, unknown> = () => undefined

/** The rule of a field that cannot be written. */
export function refused(reason: string): FieldRule<never, unknown> {
  return () => {
    throw new InvalidValue(reason, true)
  }
}

/** A number of which the kernel makes no more than `most`. */
export function capped<Context>(most: number, rule: FieldRule<number, Context>): FieldRule<number, Context> {
  return (value, context) => {
    const number = rule(value, context)
    return number === undefined || number <= most ? number : most
  }
}

/** A number that stands for nothing where it is 0: the kernel takes it and does not show it. */
export function unlessZero<Context>(rule: FieldRule<number, Context>): FieldRule<number, Context> {
  return (value, context) => {
    const number = rule(value, context)
    return number === 0 ? undefined : number
  }
}

/** The error of a field that an entry must have. */
export function missing(field: string, why = ''): InvalidValue {
  return new InvalidValue(`is missing${why}`, true).under(field)
}
