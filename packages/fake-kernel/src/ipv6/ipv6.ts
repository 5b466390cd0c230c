import { readAddress } from '@rtnl/netlink-core'

/** IPv6 addresses as numbers of 128 bits: what the kernel computes with. */

/** @param text as the codec writes addresses, without dots */
export function parseIpv6(text: string): bigint {
  const [left = '', right] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const [first, last] = [groups(left), groups(right ?? '')]
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last]
  return all.reduce((sum, group) => (sum << 16n) | BigInt(Number.parseInt(group, 16)), 0n)
}

export function formatIpv6(address: bigint): string {
  const view = new DataView(new ArrayBuffer(16))
  view.setBigUint64(0, address >> 64n)
  view.setBigUint64(8, address & 0xffff_ffff_ffff_ffffn)
  return readAddress(view, 0, 16)
}

/** The mask of a prefix of so many bits. */
export function ipv6Mask(length: number): bigint {
  return ((1n << BigInt(length)) - 1n) << BigInt(128 - length)
}

export const loopbackAddress = 1n
export const linkLocalPrefix = parseIpv6('fe80::')
export const multicastPrefix = parseIpv6('ff00::')

/** fe80::/10 */
export function isLinkLocal(address: bigint): boolean {
  return address >> 118n === linkLocalPrefix >> 118n
}

/** ff00::/8 */
export function isMulticastIpv6(address: bigint): boolean {
  return address >> 120n === 0xffn
}

/** The address that an interface makes of its hardware address (modified EUI-64). */
export function linkLocalAddress(hardware: string): bigint {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = hardware.split(':').map((byte) => Number.parseInt(byte, 16))
  const bytes = [a ^ 2, b, c, 0xff, 0xfe, d, e, f]
  return linkLocalPrefix | bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}
