import { InvalidValue, showValue } from '@rtnl/netlink-core'
import type { FieldRule } from './rule.ts'

/** Rules of fields that are numbers. */

function check(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new InvalidValue(`${showValue(value)} is not a number`, true)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidValue(`${value} is not a whole number in ${least}..${most}`)
  }
  // Without the sign that a zero may have.
  return value + 0
}

/** The rule of a field with a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): FieldRule<number, unknown> {
  return (value) => check(value, least, most)
}

/** Names of numbers, as `@rtnl/names` has them. */
export interface NumbersByName {
  /** The number with a name, or `undefined`. */
  numberOf(name: string): number | undefined
}

/**
 * A number or its name.
 * @param what of which kind the names are, for the error: `a routing protocol`
 */
export function named(what: string, names: NumbersByName, least: number, most: number): FieldRule<number, unknown> {
  return (value) => check(typeof value === 'string' ? numberOf(value, what, names) : value, least, most)
}

function numberOf(text: string, what: string, names: NumbersByName): number {
  // `ip -j` prints numbers without a name as text, some of them in hex digits.
  const number = /^(?:\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : names.numberOf(text)
  if (number === undefined) throw new InvalidValue(`${showValue(text)} is not the name of ${what}`)
  return number
}

/** A number that is one of a few, or its name: `oneOf({ multipath: 0, resilient: 1 })`. */
export function oneOf(known: Readonly<Record<string, number>>): FieldRule<number, unknown> {
  const byName = new Map(Object.entries(known))
  const numbers = new Set(byName.values())
  return (value) => {
    const number = typeof value === 'string' ? byName.get(value) : value
    if (typeof number === 'number' && numbers.has(number)) return number
    const choices = [...byName].map(([name, each]) => `${each} (${name})`).join(', ')
    throw new InvalidValue(`${showValue(value)} is not ${choices}`, typeof number !== 'number')
  }
}

/** The flags of an entry by name. */
export interface FlagNames {
  /** Those that are carried out. */
  readonly written: Readonly<Record<string, number>>
  /** Those that only the kernel sets. They are taken away, so that an entry can be written as it was read. */
  readonly shown?: Readonly<Record<string, number>>
}

/** Flags as a number, a list of names, or one name. Others are refused. */
export function flagSet({ written, shown = {} }: FlagNames): FieldRule<number, unknown> {
  const byName = new Map([...Object.entries(written), ...Object.entries(shown)])
  const kept = Object.values(written).reduce((all, flag) => all | flag, 0)
  const known = [...byName.values()].reduce((all, flag) => all | flag, 0)
  const choices = Object.entries(written).map(([name, flag]) => `${flag} (${name})`)
  const refusal = (value: unknown, wrongType: boolean): InvalidValue =>
    new InvalidValue(`${showValue(value)} is not ${choices.length === 0 ? '0' : choices.join(', ')}`, wrongType)
  const bits = (value: unknown): number => {
    if (typeof value !== 'string') return check(value, 0, 0xffffffff)
    const flag = byName.get(value.toLowerCase())
    if (flag === undefined) throw refusal(value, true)
    return flag
  }
  return (value) => {
    // A sum of 32 bits is negative in between.
    const all = (Array.isArray(value) ? value : [value]).reduce((sum, each) => (sum | bits(each)) >>> 0, 0)
    if ((all & ~known) !== 0) throw refusal(value, false)
    return (all & kept) >>> 0
  }
}
