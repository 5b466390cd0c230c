import { execFileSync } from 'node:child_process'
import { type Address, AddressFlag, ownAddress, peerOf } from '@rtnl/address'
import { AddressFamily } from '@rtnl/netlink-core'

type Shown = Readonly<Record<string, unknown>>

/** The flags by the names that `ip -j` has for them, those that stand for a flag that is not set apart. */
const flagNames = {
  nodad: AddressFlag.NODAD,
  optimistic: AddressFlag.OPTIMISTIC,
  dadfailed: AddressFlag.DADFAILED,
  home: AddressFlag.HOMEADDRESS,
  deprecated: AddressFlag.DEPRECATED,
  tentative: AddressFlag.TENTATIVE,
  mngtmpaddr: AddressFlag.MANAGETEMPADDR,
  noprefixroute: AddressFlag.NOPREFIXROUTE,
  autojoin: AddressFlag.MCAUTOJOIN,
  'stable-privacy': AddressFlag.STABLE_PRIVACY,
} as const

/** The addresses of all interfaces as `ip -N -j` tells them, less the lifetimes, which run. */
export function ipAddresses(netns: string): string[] {
  const text = execFileSync('ip', ['-n', netns, '-N', '-j', 'addr'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return (JSON.parse(text) as { ifindex: number; addr_info: Shown[] }[]).flatMap(({ ifindex, addr_info }) =>
    addr_info.map(({ valid_life_time, preferred_life_time, ...address }) => textOf(ifindex, address)),
  )
}

/** An address of ours in the same words. What iproute2 6.1 does not know of is left out. */
export function asIpShows(entry: Address): string {
  const { family, ifindex, prefixlen, scope, flags = 0, broadcast, label, rtPriority } = entry
  const wide = family === AddressFamily.INET6
  const peer = peerOf(entry)
  const named = Object.entries(flagNames).filter(([, flag]) => (flags & flag) !== 0)
  if ((flags & AddressFlag.SECONDARY) !== 0)
    named.push([wide ? 'temporary' : 'secondary', AddressFlag.SECONDARY as never])
  if ((flags & AddressFlag.PERMANENT) === 0) named.push(['dynamic', AddressFlag.PERMANENT as never])
  return textOf(ifindex, {
    family: wide ? 'inet6' : 'inet',
    local: ownAddress(entry),
    ...(peer === undefined ? {} : { address: peer }),
    prefixlen,
    ...(rtPriority === undefined ? {} : { metric: rtPriority }),
    ...(broadcast === undefined ? {} : { broadcast }),
    scope: String(scope),
    ...(label === undefined ? {} : { label }),
    ...Object.fromEntries(named.map(([name]) => [name, true])),
  })
}

function textOf(ifindex: number, address: Shown): string {
  return `${ifindex} ${JSON.stringify(Object.entries(address).sort(([one], [other]) => (one < other ? -1 : 1)))}`
}
