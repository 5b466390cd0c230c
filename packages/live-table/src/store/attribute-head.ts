import { attributeTypeMask, littleEndian } from '@rtnl/netlink-core'

/** Returns the type of an attribute from its first word. */
export function typeOf(head: number): number {
  return (littleEndian ? head >>> 16 : head) & attributeTypeMask
}

/** Returns the number of words that an attribute takes, its head included. */
export function wordsOf(head: number): number {
  return ((littleEndian ? head & 0xffff : head >>> 16) + 3) >> 2
}
