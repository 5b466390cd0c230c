import { InvalidValue, showValue } from '@rtnl/netlink-core'
import { type NormalizeContext, unresolvedInterface } from '../desired-entry.ts'
import { wholeNumber } from './numbers.ts'
import type { FieldRule } from './rule.ts'

/** Bytes of an alternative name, without its NUL (`ALTIFNAMSIZ`); other names have 15 at most. */
const longestName = 127
const index = wholeNumber(1, 0x7fffffff)
const utf8 = new TextEncoder()

/** An interface: its index, or a name, which stands for the interface that has it when the entry is written. */
export const interfaceIndex: FieldRule<number, NormalizeContext> = (value, context) => {
  if (typeof value !== 'string') return index(value, undefined)
  if (!isInterfaceName(value)) throw new InvalidValue(`${showValue(value)} is not the name of an interface`)
  return context.ifindex(value)
}

/** The one interface whose entries are written, by its index or a name. */
export function onlyInterface(ifindex: number): FieldRule<number> {
  return (value, context) => {
    const given = interfaceIndex(value, context)
    // A name that no interface has is waited for.
    if (given === ifindex || given === unresolvedInterface) return ifindex
    throw new InvalidValue(`${showValue(value)} is not ${ifindex}, the interface that is written`)
  }
}

/** Whether an interface may have a name, as one of its names. */
export function isInterfaceName(text: string): boolean {
  // Half of a pair of surrogates would become another character on the way.
  const broken = /[/\0\s]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
  return text !== '' && text.length <= longestName && !broken.test(text) && utf8.encode(text).length <= longestName
}
