import { InvalidValue, showValue } from '@rtnl/netlink-core'
import { type FieldRule, interfaceIndex, unresolvedInterface } from '@rtnl/reconcile'

/** Rules of fields that neighbours and forwarding entries share. */

/** The one interface whose entries are written, by its index or a name. */
export function onlyInterface(ifindex: number): FieldRule<number> {
  return (value, context) => {
    const given = interfaceIndex(value, context)
    // A name that no interface has is waited for.
    if (given === ifindex || given === unresolvedInterface) return ifindex
    throw new InvalidValue(`${showValue(value)} is not ${ifindex}, the interface that is written`)
  }
}

/** What the kernel sets by itself: it is checked, and taken away. */
export function setByKernel(rule: FieldRule<number, unknown>): FieldRule<never, unknown> {
  return (value) => {
    rule(value, undefined)
    return undefined
  }
}

/** The error of a field that an entry must have. */
export function missing(field: string, why = ''): InvalidValue {
  return new InvalidValue(`is missing${why}`, true).under(field)
}

/** What to do about an entry whose form would not tell later that it is ours. */
export const additively = 'keep it additively (additive: true)'
