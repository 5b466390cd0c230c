import { parsePrefixInto } from '@rtnl/netlink-core'
import type { ViewTable } from '../source.ts'

/** In which order rows are: as in the table, by what they are about, or those first that changed last. */
export const rowOrders = ['table', 'name', 'latest'] as const
export type RowOrder = (typeof rowOrders)[number]

const scratch = new DataView(new ArrayBuffer(16))

/** A text by which entries are in the order of their addresses, or of the numbers in their names. */
export function nameKey({ module, words }: ViewTable, entry: unknown): string {
  return `${prefixKey(module.values.prefix?.(entry) ?? '')}${naturalKey(words(entry).join(' '))}`
}

/** The bytes of a prefix, a character each, and its length. Those of IPv4 come first, and what is no prefix. */
function prefixKey(prefix: string): string {
  if (prefix === '') return ''
  const isLong = prefix.includes(':')
  const length = parsePrefixInto(scratch, 0, isLong ? 16 : 4, prefix)
  if (length < 0) return ''
  let key = isLong ? '6' : '4'
  for (let at = 0; at < (isLong ? 16 : 4); at++) key += String.fromCharCode(scratch.getUint8(at))
  return key + String.fromCharCode(length)
}

/** The digits of a number are as many as those of any other, so that 10 comes behind 9. */
function naturalKey(text: string): string {
  return text.replaceAll(/\d+/g, (digits) => digits.padStart(10, '0'))
}
