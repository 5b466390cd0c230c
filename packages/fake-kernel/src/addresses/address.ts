import { type Address, AddressFlag } from '@rtnl/address'
import { AddressFamily } from '@rtnl/netlink-core'
import { formatIpv4, maskOf } from '../ipv4.ts'
import type { FakeLink } from '../links/link.ts'

/** An IPv4 address of an interface. */
export interface FakeAddress {
  readonly link: FakeLink
  readonly local: number
  /** The other end, or the address itself. Its prefix is what the kernel has a route to. */
  readonly address: number
  readonly prefixLength: number
  readonly broadcast: number
  readonly scope: number
  readonly label: string
  /** `IFA_F_*` without `SECONDARY`. */
  readonly flags: number
  readonly priority: number
  protocol: number
  /** Another address of the prefix was there before. */
  isSecondary: boolean
}

const forever = 0xffffffff

/** The entry as the kernel reports it. */
export function addressEntry(address: FakeAddress): Partial<Address> {
  const { link, local, prefixLength, broadcast, scope, label, flags, priority, protocol, isSecondary } = address
  return {
    family: AddressFamily.INET,
    prefixlen: prefixLength,
    scope,
    ifindex: link.ifindex,
    cacheinfo: { preferred: forever, valid: forever, cstamp: 0, tstamp: 0 },
    ...(address.address === 0 ? {} : { address: formatIpv4(address.address) }),
    ...(local === 0 ? {} : { local: formatIpv4(local) }),
    ...(broadcast === 0 ? {} : { broadcast: formatIpv4(broadcast) }),
    label,
    ...(protocol === 0 ? {} : { protocol }),
    flags: flags | AddressFlag.PERMANENT | (isSecondary ? AddressFlag.SECONDARY : 0),
    ...(priority === 0 ? {} : { rtPriority: priority }),
  }
}

/** The network that an address belongs to. */
export function networkOf({ address, prefixLength }: FakeAddress): number {
  return (address & maskOf(prefixLength)) >>> 0
}

/** Whether an address is in the network of another one (`inet_ifa_match`). */
export function isInNetwork(address: number, of: FakeAddress): boolean {
  return ((address ^ of.address) & maskOf(of.prefixLength)) === 0
}

/** Whether both are addresses of one prefix. */
export function sharesPrefix(one: FakeAddress, other: FakeAddress): boolean {
  return one.prefixLength === other.prefixLength && isInNetwork(one.address, other)
}
