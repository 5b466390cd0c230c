import { routingTables } from '@rtnl/names'
import { parseProtocol } from '../desired/table-sync.ts'
import { UsageError } from '../usage-error.ts'
import { AddressRange } from './address-range.ts'
import type { valueFor } from './entry-values.ts'
import { tables } from './registry.ts'

const largestNumber = 0xffffffff

/** A number from 1 to 4294967295 in decimal digits; 0 if the text is none. */
function positiveNumber(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0
  return number <= largestNumber ? number : 0
}

/**
 * A routing table by its id or name.
 * @throws {UsageError} no table can have the id
 */
export function parseRouteTable(text: string): number {
  const table = routingTables.numberOf(text) ?? positiveNumber(text)
  if (table !== 0) return table
  throw new UsageError(
    `--table: '${text}' is neither the name of a routing table (main, local, default, or one of /etc/iproute2/rt_tables) nor a number from 1 to ${largestNumber}`,
  )
}

/** @throws {UsageError} the text is no prefix */
function parseWithin(text: string): AddressRange {
  const range = text.includes('/') ? rangeOf(text) : undefined
  if (range !== undefined) return range
  throw new UsageError(`--within: '${text}' is not a prefix such as 10.0.0.0/8 or 2001:db8::/32`)
}

/** @throws {UsageError} the text is no address */
function parseTo(text: string): AddressRange {
  const range = text.includes('/') ? undefined : rangeOf(text)
  if (range !== undefined) return range
  throw new UsageError(`--to: '${text}' is not an IPv4 or IPv6 address`)
}

function rangeOf(text: string): AddressRange | undefined {
  try {
    return new AddressRange(text)
  } catch {
    return undefined
  }
}

/** @throws {UsageError} no nexthop object can have the id */
function parseId(text: string): number {
  const id = positiveNumber(text)
  if (id !== 0) return id
  throw new UsageError(`--id: '${text}' is not a number from 1 to ${largestNumber}`)
}

/** @throws {UsageError} the text is no hardware address */
function parseMac(text: string): string {
  if (/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(text)) return text.toLowerCase()
  throw new UsageError(`--mac: '${text}' is not a hardware address such as 02:00:00:00:00:01`)
}

/** The states that entries of any table can have. */
export const stateNames: readonly string[] = [
  ...new Set(tables.flatMap(({ values: { states = {} } }) => Object.keys(states))),
]

/** @throws {UsageError} no table has such a state */
function parseState(text: string): string {
  const state = text.toLowerCase()
  if (stateNames.includes(state)) return state
  throw new UsageError(`--state: '${text}' is no state; the states are: ${stateNames.join(', ')}`)
}

/** Reads the value of a filter, by the name of its option. Each throws a `UsageError` for a text that is none. */
export const parseValue = {
  /** A prefix. */
  within: parseWithin,
  /** An address. */
  to: parseTo,
  /** A number from 1 to 255, or a name. */
  protocol: parseProtocol,
  /** A number from 1 to 4294967295. */
  id: parseId,
  /** A hardware address; it is given in lower case. */
  mac: parseMac,
  /** One of `stateNames`. */
  state: parseState,
} as const satisfies Record<keyof typeof valueFor, (text: string) => unknown>
