import { formatIpv4, formatIpv6 } from '@rtnl/netlink-core'

/** `ARPHRD_*` (`linux/if_arp.h`) of tunnels, whose addresses are those of IPv4: IPIP, SIT, GRE. */
const ipv4Tunnels: ReadonlySet<number> = new Set([768, 776, 778])
/** The same of IPv6: IPv6 tunnels, GRE over IPv6. */
const ipv6Tunnels: ReadonlySet<number> = new Set([769, 823])

/**
 * A hardware address as `ip` prints it: that of a tunnel is an IP address.
 * @param address bytes as hex pairs, joined by colons
 * @param type of the interface (`ARPHRD_*`), where it is known
 */
export function hardwareAddressText(address: string, type: number | undefined): string {
  if (type === undefined) return address
  const pairs = address.split(':')
  const format =
    pairs.length === 4
      ? ipv4Tunnels.has(type) && formatIpv4
      : pairs.length === 16 && ipv6Tunnels.has(type) && formatIpv6
  if (format === false) return address
  return format(new DataView(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)).buffer), 0)
}
