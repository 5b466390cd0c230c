import { showValue } from '@rtnl/netlink-core'
import type { EntryRules } from './rules.ts'

/** Does what may find an entry wrong, and puts the place of the entry into the error. */
export function checkedAt<Entry, Result>(
  rules: EntryRules<Entry>,
  place: number,
  entry: unknown,
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

/** The same error with the place of the entry instead of the name of the table. */
function at<Entry>(error: TypeError | RangeError, rules: EntryRules<Entry>, place: string): TypeError | RangeError {
  const { name } = rules.definition
  const text = error.message.startsWith(`${name}.`)
    ? place + error.message.slice(name.length)
    : `${place}: ${error.message.replace(new RegExp(`^${name}: `), '')}`
  const Kind = error instanceof RangeError ? RangeError : TypeError
  return new Kind(text, { cause: error })
}
