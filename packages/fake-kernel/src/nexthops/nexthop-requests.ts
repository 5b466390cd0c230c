import { AddressFamily, Errno, littleEndian, MessageFlag, NexthopFlag } from '@rtnl/netlink-core'
import { type Nexthop, NexthopAttribute, nexthopMessage } from '@rtnl/nexthop'
import type { FakeDump } from '../dump.ts'
import { parseIpv4 } from '../ipv4.ts'
import type { FakeLink } from '../links/link.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { bodyOffset, type RequestReader } from '../request.ts'
import type { RouteWorld } from '../routes/create-info.ts'
import { checkPath, uncheckedPath } from '../routes/paths.ts'
import { FakeNexthop, type NexthopContent } from './nexthop.ts'
import type { Nexthops } from './nexthops.ts'

const { BLACKHOLE, GATEWAY, GROUP, GROUP_TYPE, GROUPS, ID, OIF, OP_FLAGS } = NexthopAttribute
const headerSize = 8
const flagsAt = 4
const memberSize = 8

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/** RTM_NEWNEXTHOP */
export function newNexthop(nexthops: Nexthops, world: RouteWorld, reader: RequestReader, origin: Origin): void {
  const entry = reader.entry(nexthopMessage, headerSize, [ID, GROUP, GROUP_TYPE, BLACKHOLE, OIF, GATEWAY, OP_FLAGS])
  checkHeader(entry, reader)
  reader.require(entry.family !== AddressFamily.INET6, 'a nexthop of IPv6')
  const check = entry.group === undefined ? checkSingle(entry) : checkGroup(entry, reader)
  if (reader.has(MessageFlag.REPLACE) && !entry.id) throw invalid('Replace requires nexthop id')
  reader.require(Boolean(entry.id), 'a nexthop without id')
  const cause = { origin, flags: reader.request.flags }
  const content = check(nexthops, world)
  const existing = nexthops.get(entry.id ?? 0)
  if (existing !== undefined) {
    if (!reader.has(MessageFlag.REPLACE)) throw new Refusal(Errno.EEXIST)
    nexthops.replace(existing, entry.protocol, content, cause)
    return
  }
  if (reader.has(MessageFlag.REPLACE) && !reader.has(MessageFlag.CREATE)) {
    throw new Refusal(Errno.ENOENT, 'Replace specified without create and no entry exists')
  }
  nexthops.add(new FakeNexthop(entry.id ?? 0, entry.protocol, content), cause)
}

/** RTM_DELNEXTHOP */
export function deleteNexthop(nexthops: Nexthops, reader: RequestReader, origin: Origin): void {
  const found = find(nexthops, reader)
  nexthops.remove(found, { origin, flags: reader.request.flags })
}

/** RTM_GETNEXTHOP for one. */
export function getNexthop(nexthops: Nexthops, reader: RequestReader): Partial<Nexthop> {
  return find(nexthops, reader).entry()
}

/** RTM_GETNEXTHOP for all, for those of a family, or for groups. */
export function dumpNexthops(nexthops: Nexthops, reader: RequestReader): FakeDump<Nexthop> {
  const { family, groups } = reader.entry(nexthopMessage, headerSize, [GROUPS])
  const wanted = nexthops.all().filter((nexthop) => groups === undefined || nexthop.isGroup())
  const isWanted = (nexthop: FakeNexthop): boolean =>
    family === AddressFamily.UNSPEC || (family === AddressFamily.INET && !nexthop.isGroup())
  return { entries: wanted.filter(isWanted).map((nexthop) => nexthop.entry()) }
}

/** Looks at what needs no look at interfaces or other objects; what it returns does. */
type Check = (nexthops: Nexthops, world: RouteWorld) => NexthopContent

function find(nexthops: Nexthops, reader: RequestReader): FakeNexthop {
  const { id, family, scope, protocol, flags } = reader.entry(nexthopMessage, headerSize, [ID])
  reader.require(family === 0, 'an address family')
  if (scope !== 0 || protocol !== 0 || flags !== 0) throw invalid('Invalid values in header')
  if (id === undefined) throw invalid('Nexthop id is missing')
  if (id === 0) throw invalid('Invalid nexthop id')
  const found = nexthops.get(id)
  if (found === undefined) throw new Refusal(Errno.ENOENT)
  return found
}

function checkHeader({ scope, family, group }: Nexthop, { view }: RequestReader): void {
  if (scope !== 0) throw invalid('Invalid values in ancillary header')
  if ((view.getUint32(bodyOffset + flagsAt, littleEndian) & ~NexthopFlag.ONLINK) !== 0) {
    throw invalid('Invalid nexthop flags in ancillary header')
  }
  const isKnown = family === AddressFamily.INET || family === AddressFamily.INET6
  if (!isKnown && (family !== AddressFamily.UNSPEC || group === undefined)) throw invalid('Invalid address family')
}

function checkSingle(entry: Nexthop): Check {
  const { blackhole, gateway, oif, flags } = entry
  const path = { gateway: parseIpv4(gateway ?? '0.0.0.0'), oif: oif ?? 1, weight: 1, flags }
  if (blackhole) {
    if (gateway !== undefined || oif !== undefined) {
      throw invalid('Blackhole attribute can not be used with gateway, oif, encap or fdb')
    }
    return (_nexthops, world) => made('blackhole', world, path)
  }
  if (oif === undefined) throw invalid('Device attribute required for non-blackhole and non-fdb nexthops')
  if (gateway === undefined && (flags & NexthopFlag.ONLINK) !== 0) {
    throw invalid('ONLINK flag can not be set for nexthop without a gateway')
  }
  return (_nexthops, world) => {
    requireUsable(world.links.get(oif))
    return made('path', world, path)
  }
}

function requireUsable(link: FakeLink | undefined): void {
  if (link === undefined) throw invalid('Invalid device index')
  if (!link.isUp) throw new Refusal(Errno.ENETDOWN, 'Nexthop device is not up')
  if (!link.hasCarrier) throw new Refusal(Errno.ENETDOWN, 'Carrier for nexthop device is down')
}

function made(kind: 'path' | 'blackhole', world: RouteWorld, leg: Parameters<typeof uncheckedPath>[0]): NexthopContent {
  const path = uncheckedPath(leg)
  checkPath(world, path, 0, 0)
  if (path.link === undefined) throw new Refusal(Errno.ENODEV)
  return { kind, path, link: path.link }
}

function checkGroup(entry: Nexthop, reader: RequestReader): Check {
  const { family, group = [], groupType = 0 } = entry
  if (family !== AddressFamily.UNSPEC) throw invalid('Invalid family for group')
  reader.require(groupType === 0, `NHA_GROUP_TYPE ${groupType}`)
  const known = [ID, GROUP, GROUP_TYPE, BLACKHOLE, OIF, GATEWAY, OP_FLAGS]
  const places = reader.attributes({ start: bodyOffset + headerSize, end: reader.view.byteLength }, known)
  const place = places.get(GROUP)
  if (place === undefined || place.end === place.start) throw invalid('Invalid length for nexthop group')
  const members = group.map(({ id }, index) => {
    const at = place.start + index * memberSize
    const weight = reader.view.getUint8(at + 4) + reader.view.getUint8(at + 5) * 256 + 1
    return { id, weight }
  })
  for (const [index, { id, weight }] of members.entries()) {
    if (reader.view.getUint16(place.start + index * memberSize + 6, littleEndian) !== 0) {
      throw invalid('Reserved field in nexthop_grp must be 0')
    }
    if (weight > 0xffff) throw invalid('Invalid value for weight')
    if (members.slice(index + 1).some((other) => other.id === id)) {
      throw invalid('Nexthop id can not be used twice in a group')
    }
  }
  for (const type of [BLACKHOLE, OIF, GATEWAY]) {
    if (places.has(type)) throw invalid('No other attributes can be set in nexthop groups')
  }
  return (nexthops) => ({
    kind: 'group',
    members: members.map(({ id, weight }) => {
      const nexthop = nexthops.get(id)
      if (nexthop === undefined) throw invalid('Invalid nexthop id')
      if (nexthop.isGroup()) throw invalid('Hash-threshold group can not be a nexthop within a group')
      if (nexthop.isBlackhole() && members.length > 1) {
        throw invalid('Blackhole nexthop can not be used in a group with more than 1 path')
      }
      return { nexthop, weight }
    }),
  })
}
