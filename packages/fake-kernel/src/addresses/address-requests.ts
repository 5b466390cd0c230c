import { type Address, AddressAttribute, AddressFlag, AddressMessage, addressMessage } from '@rtnl/address'
import { AddressFamily, Errno, MessageFlag } from '@rtnl/netlink-core'
import type { FakeDump } from '../dump.ts'
import { parseIpv4 } from '../ipv4.ts'
import type { Address6World } from '../ipv6/address6-requests.ts'
import { address6Entry } from '../ipv6/addresses6.ts'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import { addressEntry, type FakeAddress, isInNetwork, sharesPrefix } from './address.ts'
import type { Addresses } from './addresses.ts'

const { ADDRESS, BROADCAST, CACHEINFO, FLAGS, LABEL, LOCAL, PROTO } = AddressAttribute
const headerSize = 8
const known = [ADDRESS, LOCAL, LABEL, BROADCAST, CACHEINFO, FLAGS, PROTO]
const forever = 0xffffffff

/** What the requests work on. */
export interface AddressWorld {
  readonly links: Links
  readonly addresses: Addresses
}

/** RTM_NEWADDR */
export function newAddress({ links, addresses }: AddressWorld, reader: RequestReader, origin: Origin): void {
  const entry = read(reader)
  if (entry.prefixlen > 32) throw new Refusal(Errno.EINVAL, 'ipv4: Invalid prefix length')
  if (entry.local === undefined) throw new Refusal(Errno.EINVAL, 'ipv4: Local address is not supplied')
  const address = made(entry, deviceOf(links, entry))
  const present = addresses
    .of(address.link)
    .find((other) => other.local === address.local && sharesPrefix(other, address))
  if (present === undefined) {
    addresses.add(address, origin)
    return
  }
  if (reader.has(MessageFlag.EXCL) || !reader.has(MessageFlag.REPLACE)) {
    throw new Refusal(Errno.EEXIST, 'ipv4: Address already assigned')
  }
  present.protocol = address.protocol
  addresses.notify(AddressMessage.NEW, present, origin)
}

/** RTM_DELADDR */
export function deleteAddress({ links, addresses }: AddressWorld, reader: RequestReader, origin: Origin): void {
  const entry = read(reader)
  const link = deviceOf(links, entry)
  const found = addresses.of(link).find((address) => matches(address, entry))
  if (found === undefined) throw new Refusal(Errno.EADDRNOTAVAIL, 'ipv4: Address not found')
  addresses.remove(found, origin)
}

/** RTM_GETADDR for all, or for those of a family. */
export function dumpAddresses(
  { links, addresses, addresses6 }: AddressWorld & Address6World,
  reader: RequestReader,
): FakeDump<Address> {
  const { family, ifindex } = reader.entry(addressMessage, headerSize, [])
  reader.require(ifindex === 0, 'a filter')
  const all = links.all()
  const first = family === AddressFamily.INET6 ? [] : all.flatMap((link) => addresses.of(link).map(addressEntry))
  const second = family === AddressFamily.INET ? [] : all.flatMap((link) => addresses6.of(link).map(address6Entry))
  return { entries: [...first, ...second] }
}

function read(reader: RequestReader): Address {
  const entry = reader.entry(addressMessage, headerSize, known)
  reader.require(entry.family === AddressFamily.INET, `the address family ${entry.family}`)
  for (const address of [entry.address, entry.local, entry.broadcast]) {
    reader.require(address === undefined || /^\d+(\.\d+){3}$/.test(address), `the address ${address}`)
  }
  reader.require(
    ((entry.flags ?? 0) & ~(AddressFlag.PERMANENT | AddressFlag.NOPREFIXROUTE)) === 0,
    `flags ${entry.flags}`,
  )
  const { preferred, valid } = entry.cacheinfo ?? { preferred: forever, valid: forever }
  reader.require(preferred === forever && valid === forever, 'lifetimes')
  return entry
}

function deviceOf(links: Links, { ifindex }: Address): FakeLink {
  const link = links.get(ifindex)
  if (link === undefined) throw new Refusal(Errno.ENODEV, 'ipv4: Device not found')
  return link
}

function made(entry: Address, link: FakeLink): FakeAddress {
  const local = parseIpv4(entry.local ?? '0.0.0.0')
  return {
    link,
    local,
    address: entry.address === undefined ? local : parseIpv4(entry.address),
    prefixLength: entry.prefixlen,
    broadcast: parseIpv4(entry.broadcast ?? '0.0.0.0'),
    scope: entry.scope,
    label: entry.label ?? link.ifname,
    flags: (entry.flags ?? 0) & AddressFlag.NOPREFIXROUTE,
    priority: 0,
    protocol: entry.protocol ?? 0,
    isSecondary: false,
  }
}

function matches(address: FakeAddress, { local, label, address: other, prefixlen }: Address): boolean {
  if (local !== undefined && parseIpv4(local) !== address.local) return false
  if (label !== undefined && label !== address.label) return false
  return other === undefined || (prefixlen === address.prefixLength && isInNetwork(parseIpv4(other), address))
}
