import { type DesiredEntry, type NormalizeContext, noInterfaces } from '@rtnl/reconcile/declarations'
import { checkOwnEntry } from '../check.ts'
import type { Nexthop } from '../message.ts'

/** Which nexthops are owned. */
export interface NexthopOwnership {
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol: number
  /** Others of the protocol are removed. */
  readonly additive?: false
}

/** For additive mode: nexthops of any protocol may be desired. */
export interface AdditiveNexthopOwnership {
  /** Each nexthop says its own. */
  readonly protocol?: undefined
  /** No nexthop is removed because it is not desired. */
  readonly additive: true
}

/**
 * Checks a nexthop or group and brings it into the form in which the kernel shows it. What only the kernel sets is left
 * out, so that one can be written as it was read.
 * @throws {TypeError | RangeError} names the field and its value
 */
export function normalizeNexthop(
  entry: DesiredEntry<Nexthop>,
  { protocol }: NexthopOwnership | AdditiveNexthopOwnership,
  context: NormalizeContext = noInterfaces,
): Nexthop {
  return checkOwnEntry(entry, protocol, context)
}
