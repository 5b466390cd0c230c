import { type Link, LinkAttribute, LinkFlag, LinkInfoAttribute, linkMessage } from '@rtnl/link'
import { Errno, formatHardwareAddress, formatString, littleEndian, MessageFlag } from '@rtnl/netlink-core'
import type { FakeDump } from '../dump.ts'
import { Refusal } from '../refusal.ts'
import { type AttributePlace, bodyOffset, type RequestReader } from '../request.ts'
import type { FakeLink } from './link.ts'
import type { LinkProperties, Links } from './links.ts'

const { ADDRESS, EXT_MASK, IFNAME, LINKINFO, MTU } = LinkAttribute
/** `VETH_INFO_PEER` (`linux/veth.h`): `struct ifinfomsg` and attributes of the other end. */
const vethPeer = 1
/** Offsets in `struct ifinfomsg`. */
const linkHeader = { ifindex: 4, flags: 8, change: 12, size: 16 } as const
const defaultMtu = 1500
const settable = LinkFlag.UP

/** RTM_NEWLINK and RTM_SETLINK: makes a veth pair, or sets an interface up or down. */
export function newLink(links: Links, reader: RequestReader): void {
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, LINKINFO, ADDRESS, MTU, EXT_MASK])
  const existing = find(links, entry)
  if (existing !== undefined) {
    if (reader.has(MessageFlag.EXCL)) throw new Refusal(Errno.EEXIST)
    if (reader.has(MessageFlag.REPLACE)) throw new Refusal(Errno.EOPNOTSUPP)
    changeLink(links, existing, entry, reader)
    return
  }
  if (!reader.has(MessageFlag.CREATE)) throw new Refusal(Errno.ENODEV)
  createPair(links, entry, reader)
}

/** RTM_SETLINK */
export function setLink(links: Links, reader: RequestReader): void {
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, EXT_MASK])
  const existing = find(links, entry)
  if (existing === undefined) throw new Refusal(isNamed(entry) ? Errno.ENODEV : Errno.EINVAL)
  changeLink(links, existing, entry, reader)
}

/** RTM_DELLINK */
export function deleteLink(links: Links, reader: RequestReader): void {
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, EXT_MASK])
  const link = find(links, entry)
  if (link === undefined) throw new Refusal(isNamed(entry) ? Errno.ENODEV : Errno.EINVAL)
  if (link.isLoopback) throw new Refusal(Errno.EOPNOTSUPP)
  links.remove(link)
}

/** RTM_GETLINK for one interface. */
export function getLink(links: Links, reader: RequestReader): Partial<Link> {
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, EXT_MASK])
  const link = find(links, entry)
  if (link === undefined) throw new Refusal(isNamed(entry) ? Errno.ENODEV : Errno.EINVAL)
  return link.entry()
}

/** RTM_GETLINK for all. */
export function dumpLinks(links: Links, reader: RequestReader): FakeDump<Link> {
  const { ifindex, family } = reader.entry(linkMessage, linkHeader.size, [EXT_MASK])
  reader.require(ifindex === 0 && family === 0, 'a filter')
  return { entries: links.all().map((link) => link.entry()) }
}

function isNamed({ ifindex, ifname }: Link): boolean {
  return ifindex > 0 || ifname !== undefined
}

function find(links: Links, { ifindex, ifname }: Link): FakeLink | undefined {
  if (ifindex > 0) return links.get(ifindex)
  if (ifindex < 0) throw new Refusal(Errno.EINVAL, "ifindex can't be negative")
  return ifname === undefined ? undefined : links.named(ifname)
}

function changeLink(links: Links, link: FakeLink, entry: Link, reader: RequestReader): void {
  reader.require(entry.ifname === undefined || entry.ifname === link.ifname, 'another name of an interface')
  reader.require(entry.kind === undefined, 'IFLA_LINKINFO for an interface that exists')
  reader.require(entry.address === undefined && entry.mtu === undefined, 'IFLA_ADDRESS or IFLA_MTU')
  const mask = reader.view.getUint32(bodyOffset + linkHeader.change, littleEndian)
  if (mask === 0 && entry.flags === 0) return
  reader.require((mask & ~settable) === 0 && mask !== 0, `ifi_change ${mask}`)
  if ((entry.flags & LinkFlag.UP) !== 0) links.setUp(link)
  else links.setDown(link)
}

function createPair(links: Links, entry: Link, reader: RequestReader): void {
  const whole = { start: bodyOffset + linkHeader.size, end: reader.view.byteLength }
  const place = reader.attributes(whole, [IFNAME, LINKINFO, ADDRESS, MTU, EXT_MASK]).get(LINKINFO)
  reader.require(place !== undefined && entry.kind === 'veth', `an interface of kind ${entry.kind}`)
  reader.require(entry.flags === 0, 'flags of a new interface')
  const { KIND, DATA } = LinkInfoAttribute
  const data = place && reader.attributes(place, [KIND, DATA], ' of IFLA_LINKINFO').get(DATA)
  const info = data && reader.attributes(data, [vethPeer], ' of a veth').get(vethPeer)
  const other = info === undefined ? {} : peerOf(info, reader)
  reader.require(other.ifname === undefined || other.ifname !== entry.ifname, 'two ends of one name')
  const otherName = other.ifname ?? links.freeName('veth')
  const otherIndex = other.ifindex || links.freeIndex()
  const complete = (ifindex: number, ifname: string, { address, mtu }: Partial<Link>): LinkProperties => {
    const problem = `the name ${JSON.stringify(ifname)}`
    reader.require(/^[^/:%\s]{1,15}$/.test(ifname) && ifname !== '.' && ifname !== '..', problem)
    reader.require(mtu === undefined || (mtu >= 68 && mtu <= 65535), `the MTU ${mtu}`)
    reader.require(address === undefined || /^.[02468ace](:..){5}$/.test(address), `the hardware address ${address}`)
    return { ifindex, ifname, address, mtu: mtu ?? defaultMtu }
  }
  const peer = complete(otherIndex, otherName, other)
  if (entry.ifname !== undefined && links.named(entry.ifname) !== undefined) throw new Refusal(Errno.EEXIST)
  const ownName = entry.ifname ?? nextName(links, otherName)
  links.addPair(complete(entry.ifindex || nextIndex(links, otherIndex), ownName, entry), peer)
}

/** The names are given as if the other end were there already. */
function nextName(links: Links, taken: string): string {
  for (let number = 0; ; number++) {
    const name = `veth${number}`
    if (name !== taken && links.named(name) === undefined) return name
  }
}

function nextIndex(links: Links, taken: number): number {
  for (;;) {
    const index = links.freeIndex()
    if (index !== taken) return index
  }
}

function peerOf(place: AttributePlace, reader: RequestReader): Partial<Link> {
  const { view } = reader
  reader.require(place.end - place.start >= linkHeader.size, 'VETH_INFO_PEER that is cut short')
  reader.require(view.getUint32(place.start + linkHeader.flags, littleEndian) === 0, 'flags of a new interface')
  const inside = { start: place.start + linkHeader.size, end: place.end }
  const found = reader.attributes(inside, [IFNAME, ADDRESS, MTU], ' of VETH_INFO_PEER')
  const name = found.get(IFNAME)
  const address = found.get(ADDRESS)
  const mtu = found.get(MTU)
  return {
    ifindex: view.getInt32(place.start + linkHeader.ifindex, littleEndian),
    ...(name && { ifname: formatString(view, name.start, name.end - name.start) }),
    ...(address && { address: formatHardwareAddress(view, address.start, address.end - address.start) }),
    ...(mtu && { mtu: view.getUint32(mtu.start, littleEndian) }),
  }
}
