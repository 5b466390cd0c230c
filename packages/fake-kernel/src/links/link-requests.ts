import { type Link, LinkAttribute, LinkFlag, LinkInfoAttribute, linkMessage } from '@rtnl/link'
import { Errno, formatHardwareAddress, formatString, littleEndian, MessageFlag } from '@rtnl/netlink-core'
import type { Bridges } from '../bridges/bridges.ts'
import type { FakeDump } from '../dump.ts'
import { Refusal } from '../refusal.ts'
import { type AttributePlace, bodyOffset, type RequestReader } from '../request.ts'
import type { FakeLink } from './link.ts'
import type { LinkProperties, Links } from './links.ts'

const { ADDRESS, EXT_MASK, IFNAME, LINKINFO, MASTER, MTU } = LinkAttribute
/** `VETH_INFO_PEER` (`linux/veth.h`): `struct ifinfomsg` and attributes of the other end. */
const vethPeer = 1
/** Offsets in `struct ifinfomsg`. */
const linkHeader = { ifindex: 4, flags: 8, change: 12, size: 16 } as const
const defaultMtu = 1500
const settable = LinkFlag.UP

/** What the requests that change interfaces work on. */
export interface LinkWorld {
  readonly links: Links
  readonly bridges: Bridges
  readonly isIpv6On: boolean
}

/** RTM_NEWLINK: makes a veth pair or a bridge, or changes an interface. */
export function newLink(world: LinkWorld, reader: RequestReader): void {
  const { links } = world
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, LINKINFO, ADDRESS, MASTER, MTU, EXT_MASK])
  const existing = find(links, entry)
  if (existing !== undefined) {
    if (reader.has(MessageFlag.EXCL)) throw new Refusal(Errno.EEXIST)
    if (reader.has(MessageFlag.REPLACE)) throw new Refusal(Errno.EOPNOTSUPP)
    changeLink(world, existing, entry, reader)
    return
  }
  if (!reader.has(MessageFlag.CREATE)) throw new Refusal(Errno.ENODEV)
  reader.require(entry.master === undefined, 'IFLA_MASTER of a new interface')
  if (entry.kind === 'bridge') createBridge(world, entry, reader)
  else createPair(links, entry, reader)
}

/** RTM_SETLINK */
export function setLink(world: LinkWorld, reader: RequestReader): void {
  const entry = reader.entry(linkMessage, linkHeader.size, [IFNAME, MASTER, EXT_MASK])
  const existing = find(world.links, entry)
  if (existing === undefined) throw new Refusal(isNamed(entry) ? Errno.ENODEV : Errno.EINVAL)
  changeLink(world, existing, entry, reader)
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

function changeLink({ links, bridges }: LinkWorld, link: FakeLink, entry: Link, reader: RequestReader): void {
  reader.require(entry.ifname === undefined || entry.ifname === link.ifname, 'another name of an interface')
  reader.require(entry.kind === undefined, 'IFLA_LINKINFO for an interface that exists')
  reader.require(entry.address === undefined && entry.mtu === undefined, 'IFLA_ADDRESS or IFLA_MTU')
  const mask = reader.view.getUint32(bodyOffset + linkHeader.change, littleEndian)
  if (entry.master !== undefined) {
    reader.require(mask === 0 && entry.flags === 0, 'IFLA_MASTER beside flags')
    setMaster(bridges, link, entry.master, reader)
    return
  }
  if (mask === 0 && entry.flags === 0) return
  reader.require((mask & ~settable) === 0 && mask !== 0, `ifi_change ${mask}`)
  if ((entry.flags & LinkFlag.UP) !== 0) links.setUp(link)
  else links.setDown(link)
}

function setMaster(bridges: Bridges, link: FakeLink, master: number, reader: RequestReader): void {
  // The bridges would learn from what they send to each other, and no packet is sent here.
  reader.require(master === 0 || link.peer?.port === undefined, 'both ends of a pair as ports of bridges')
  reader.require(master === 0 || link.isLoopback || link.mtu === defaultMtu, `a port with the MTU ${link.mtu}`)
  bridges.setMaster(link, master)
}

function createBridge({ links, bridges, isIpv6On }: LinkWorld, entry: Link, reader: RequestReader): void {
  // Hosts at its ports say by themselves that they are there, and it learns from that.
  reader.require(!isIpv6On, 'a bridge where IPv6 is on')
  reader.require(entry.flags === 0, 'flags of a new interface')
  reader.require(entry.bridge === undefined, 'IFLA_INFO_DATA of a bridge')
  // Without one of its own it has that of a port.
  reader.require(entry.address !== undefined, 'a bridge without IFLA_ADDRESS')
  reader.require(entry.mtu === undefined, 'IFLA_MTU of a bridge')
  const { address, ifname = links.freeName('bridge') } = entry
  requireNameAndAddress(reader, { ifname, address })
  bridges.add({ ifindex: entry.ifindex || links.freeIndex(), ifname, address, mtu: defaultMtu })
}

function requireNameAndAddress(
  reader: RequestReader,
  { ifname, address }: { ifname: string; address: string | undefined },
): void {
  const problem = `the name ${JSON.stringify(ifname)}`
  reader.require(/^[^/:%\s]{1,15}$/.test(ifname) && ifname !== '.' && ifname !== '..', problem)
  reader.require(address === undefined || /^.[02468ace](:..){5}$/.test(address), `the hardware address ${address}`)
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
    requireNameAndAddress(reader, { ifname, address })
    reader.require(mtu === undefined || (mtu >= 68 && mtu <= 65535), `the MTU ${mtu}`)
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
