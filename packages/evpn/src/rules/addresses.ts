import { addressBytes } from '@rtnl/netlink-core'

/** Orders addresses by family, IPv4 first, and then by their bytes. */
export function compareAddresses(one: string, other: string): number {
  if (one === other) return 0
  const left = addressBytes(one)
  const right = addressBytes(other)
  if (left.length !== right.length) return left.length - right.length
  for (const [place, byte] of left.entries()) {
    const difference = byte - (right[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** Whether an address is one of a group of the network below. */
export function isMulticastAddress(ip: string): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff[0-9a-f]{2}:/.test(ip)
}

/** Whether an address is none: the kernel takes `0.0.0.0` and `::` for a remote, and shows them. */
export function isNoAddress(ip: string | undefined): boolean {
  return ip === undefined || ip === '0.0.0.0' || ip === '::'
}
