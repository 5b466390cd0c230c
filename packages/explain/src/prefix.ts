import { addressBytes } from '@rtnl/netlink-core'

/** The length of a prefix that contains an address; -1 if it does not, or is of another family. */
export function lengthIfIn(prefix: string, address: Uint8Array): number {
  const slash = prefix.lastIndexOf('/')
  const length = Number(prefix.slice(slash + 1))
  if (length === 0) return prefix.includes(':') === (address.length === 16) ? 0 : -1
  const bytes = addressBytes(prefix.slice(0, slash))
  if (bytes.length !== address.length) return -1
  const whole = length >> 3
  for (let at = 0; at < whole; at++) if (bytes[at] !== address[at]) return -1
  const left = length & 7
  if (left === 0) return length
  return ((bytes[whole]! ^ address[whole]!) & (0xff00 >> left) & 0xff) === 0 ? length : -1
}

export function isMulticast(address: Uint8Array): boolean {
  return address.length === 4 ? (address[0]! & 0xf0) === 0xe0 : address[0] === 0xff
}

/** The hardware address that frames to an IP multicast address have (RFC 1112, RFC 2464). */
export function multicastHardwareAddress(address: Uint8Array): string {
  const tail = address.slice(-4)
  const bytes = address.length === 4 ? [0x01, 0x00, 0x5e, tail[1]! & 0x7f, tail[2]!, tail[3]!] : [0x33, 0x33, ...tail]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

export const broadcastHardwareAddress = 'ff:ff:ff:ff:ff:ff'
