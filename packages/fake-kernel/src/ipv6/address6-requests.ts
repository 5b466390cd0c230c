import { type Address, AddressAttribute, AddressFlag, AddressMessage, addressMessage } from '@rtnl/address'
import { Errno, MessageFlag } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import type { Addresses6 } from './addresses6.ts'
import { isLinkLocal, isMulticastIpv6, loopbackAddress, parseIpv6 } from './ipv6.ts'

const { ADDRESS, CACHEINFO, FLAGS, LOCAL, PROTO } = AddressAttribute
const headerSize = 8
const forever = 0xffffffff
const settable = AddressFlag.NODAD | AddressFlag.NOPREFIXROUTE

/** What the requests work on. */
export interface Address6World {
  readonly links: Links
  readonly addresses6: Addresses6
}

/** RTM_NEWADDR of IPv6. */
export function newAddress6({ links, addresses6 }: Address6World, reader: RequestReader): void {
  const { entry, address } = read(reader)
  const link = deviceOf(links, entry)
  const flags = (entry.flags ?? 0) & settable
  const present = addresses6.of(link).find((other) => other.address === address)
  if (present !== undefined) {
    if (reader.has(MessageFlag.EXCL) || !reader.has(MessageFlag.REPLACE)) {
      throw new Refusal(Errno.EEXIST, 'ipv6: address already assigned')
    }
    reader.require((present.flags & AddressFlag.NOPREFIXROUTE) === (flags & AddressFlag.NOPREFIXROUTE), 'other flags')
    present.protocol = entry.protocol ?? 0
    present.flags = (present.flags & ~settable) | flags
    if (!present.isTentative) addresses6.notify(AddressMessage.NEW, present)
    if ((flags & AddressFlag.NOPREFIXROUTE) === 0) addresses6.addPrefixRoute(present)
    return
  }
  if (entry.prefixlen > 128) throw new Refusal(Errno.EINVAL, 'ipv6: Invalid prefix length')
  addresses6.addMulticastRoute(link)
  const isForeign = address === loopbackAddress && !link.isLoopback
  if (isMulticastIpv6(address)) {
    const words = 'ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag'
    throw new Refusal(Errno.EADDRNOTAVAIL, words)
  }
  if (isForeign) throw new Refusal(Errno.EADDRNOTAVAIL, 'ipv6: Cannot assign loopback address on this device')
  if (address === 0n) throw new Refusal(Errno.EADDRNOTAVAIL, 'ipv6: Invalid address')
  reader.require(!link.isLoopback || !isLinkLocal(address), 'a link-local address of the loopback')
  const { prefixlen: prefixLength, protocol = 0 } = entry
  addresses6.add({ link, address, prefixLength, flags, protocol })
}

/** RTM_DELADDR of IPv6. */
export function deleteAddress6({ links, addresses6 }: Address6World, reader: RequestReader): void {
  const { entry, address } = read(reader)
  if (entry.prefixlen > 128) throw new Refusal(Errno.EINVAL, 'ipv6: Invalid prefix length')
  const link = deviceOf(links, entry)
  const found = addresses6.of(link).find((other) => other.address === address && other.prefixLength === entry.prefixlen)
  if (found === undefined) throw new Refusal(Errno.EADDRNOTAVAIL, 'ipv6: address not found')
  addresses6.remove(found)
}

function read(reader: RequestReader): { readonly entry: Address; readonly address: bigint } {
  const entry = reader.entry(addressMessage, headerSize, [ADDRESS, LOCAL, CACHEINFO, FLAGS, PROTO])
  const text = entry.local ?? entry.address
  if (text === undefined) throw new Refusal(Errno.EINVAL)
  reader.require(/^[0-9a-f:]+$/.test(text), `the address ${text}`)
  reader.require(entry.address === undefined || entry.address === text, 'another end')
  reader.require(((entry.flags ?? 0) & ~(settable | AddressFlag.PERMANENT)) === 0, `flags ${entry.flags}`)
  const { preferred, valid } = entry.cacheinfo ?? { preferred: forever, valid: forever }
  reader.require(preferred === forever && valid === forever, 'lifetimes')
  return { entry, address: parseIpv6(text) }
}

function deviceOf(links: Links, { ifindex }: Address): FakeLink {
  const link = links.get(ifindex)
  if (link === undefined) throw new Refusal(Errno.ENODEV, 'ipv6: Unable to find the interface')
  return link
}
