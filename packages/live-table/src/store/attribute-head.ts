import { attributeTypeMask, littleEndian } from '@rtnl/netlink-core'

/** The type of an attribute, of the first word of it. */
export function typeOf(head: number): number {
  return (littleEndian ? head >>> 16 : head) & attributeTypeMask
}

/** Words that an attribute takes, its head included. */
export function wordsOf(head: number): number {
  return ((littleEndian ? head & 0xffff : head >>> 16) + 3) >> 2
}
