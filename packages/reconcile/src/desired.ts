import { Writer } from '@rtnl/netlink-core'
import { TimeSlice } from '@rtnl/notifier'
import type { ReconcileRules } from './rules.ts'

const scratch = new Writer()

/**
 * Checks wanted entries and brings them into the form in which the kernel would show them, by key.
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key; the place stands
 *   before the field: `[3].gateway: ...`
 */
export function desiredByKey<Entry>(
  rules: ReconcileRules<Entry>,
  entries: Iterable<Partial<Entry>>,
): Map<string, Entry> {
  const desired = new Map<string, Entry>()
  for (const entry of entries) want(rules, desired, entry)
  return desired
}

/** The same of many entries, without holding up the event loop. */
export async function desiredInTurns<Entry>(
  rules: ReconcileRules<Entry>,
  entries: Iterable<Partial<Entry>>,
): Promise<Map<string, Entry>> {
  const desired = new Map<string, Entry>()
  const slice = new TimeSlice()
  for (const entry of entries) {
    want(rules, desired, entry)
    if (slice.over()) await slice.next()
  }
  return desired
}

function want<Entry>(rules: ReconcileRules<Entry>, desired: Map<string, Entry>, entry: Partial<Entry>): void {
  const place = `[${desired.size}]`
  const normal = normalized(rules, entry, place)
  const key = rules.key(normal)
  if (desired.has(key)) {
    throw new RangeError(`${place}: ${key} is wanted twice, first by [${[...desired.keys()].indexOf(key)}]`)
  }
  desired.set(key, normal)
}

/** @param place of the entry among others, for the error */
export function normalized<Entry>(rules: ReconcileRules<Entry>, entry: Partial<Entry>, place: string): Entry {
  try {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw new TypeError(`${rules.definition.name}: ${JSON.stringify(entry)} is not an object`)
    }
    const normal = rules.normalize(entry)
    // Whatever cannot be sent is found now, and not when half of the others are.
    scratch.clear()
    rules.definition.message.encode(scratch, normal)
    return normal
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? at(error, rules, place) : error
  }
}

/** The same error with the place of the entry instead of the name of the table. */
function at<Entry>(error: TypeError | RangeError, rules: ReconcileRules<Entry>, place: string): Error {
  const { name } = rules.definition
  const text = error.message.startsWith(`${name}.`)
    ? place + error.message.slice(name.length)
    : `${place}: ${error.message.replace(new RegExp(`^${name}: `), '')}`
  const Kind = error instanceof RangeError ? RangeError : TypeError
  return new Kind(text, { cause: error })
}
