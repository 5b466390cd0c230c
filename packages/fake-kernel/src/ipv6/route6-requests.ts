import { Errno, MessageFlag, NexthopFlag, RouteProtocol } from '@rtnl/netlink-core'
import { type Hop, type Route, RouteAttribute, RouteMessage, RouteTableId, RouteType, routeMessage } from '@rtnl/route'
import type { FakeLink } from '../links/link.ts'
import type { Links } from '../links/links.ts'
import type { Origin } from '../output.ts'
import { Refusal } from '../refusal.ts'
import type { RequestReader } from '../request.ts'
import type { Fib6 } from './fib6.ts'
import type { Route6 } from './fib6-table.ts'
import { type Gateway6World, interfaceOfGateway } from './gateway6.ts'
import { ipv6Mask, isLinkLocal, loopbackAddress, parseIpv6 } from './ipv6.ts'

const { DST, GATEWAY, METRICS, MULTIPATH, OIF, PREFSRC, PRIORITY, TABLE } = RouteAttribute
const { APPEND, CREATE, EXCL, REPLACE } = MessageFlag
const { DEAD, LINKDOWN, ONLINK } = NexthopFlag
const headerSize = 12
const known = [DST, GATEWAY, METRICS, MULTIPATH, OIF, PREFSRC, PRIORITY, TABLE]
const metricOfUsers = 1024
const largestMtu = 65520
const rejecting: readonly number[] = [RouteType.BLACKHOLE, RouteType.UNREACHABLE, RouteType.PROHIBIT, RouteType.THROW]

/** What the requests work on. */
export interface Route6World extends Gateway6World {
  readonly links: Links
  readonly fib6: Fib6
}

/** One way of a request. */
type Leg = Pick<Hop, 'oif' | 'flags' | 'gateway'> & { readonly weight: number }

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/** RTM_NEWROUTE of IPv6. */
export function newRoute6(world: Route6World, reader: RequestReader, origin: Origin): void {
  const entry = read(reader)
  const requested = reader.request.flags
  if (entry.multipath === undefined) {
    world.fib6.add(made(world, entry, legOf(entry)), { requested, origin })
    return
  }
  if (entry.multipath.some(({ gateway }) => gateway === undefined)) {
    throw invalid('Device only routes can not be added for IPv6 using the multipath API.')
  }
  const routes: Route6[] = []
  for (const hop of entry.multipath) {
    const route = made(world, entry, { ...hop, weight: hop.weight ?? 1 })
    if (routes.some((other) => other.link === route.link && other.gateway === route.gateway)) {
      throw new Refusal(Errno.EEXIST)
    }
    routes.push(route)
  }
  addLegs(world.fib6, routes, { requested, origin })
}

/** RTM_DELROUTE of IPv6. */
export function deleteRoute6(world: Route6World, reader: RequestReader, origin: Origin): void {
  const entry = read(reader)
  const legs = entry.multipath ?? [undefined]
  let refusal: Refusal | undefined
  for (const leg of legs) {
    try {
      removeOne(world.fib6, { ...entry, ...(leg && { gateway: leg.gateway, oif: leg.oif }) }, leg !== undefined, origin)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusal = error
    }
  }
  if (refusal !== undefined) throw refusal
}

function addLegs(fib6: Fib6, routes: readonly Route6[], how: { requested: number; origin: Origin }): void {
  let { requested } = how
  const { origin } = how
  const isReplacing = (requested & REPLACE) !== 0
  const flags = (isReplacing ? REPLACE : CREATE) | (requested & APPEND)
  const added: Route6[] = []
  const announce = (): void => {
    const [first] = added
    const last = added[added.length - 1]
    if (first === undefined || last === undefined) return
    const shown = (flags & APPEND) !== 0 ? (fib6.tables.legsOf(last)[0] ?? first) : first
    fib6.announce(RouteMessage.NEW, shown, { flags, origin })
  }
  try {
    for (const route of routes) {
      fib6.add(route, { requested, origin, isSilent: true })
      added.push(route)
      requested = (requested & ~(EXCL | REPLACE)) | CREATE
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    announce()
    for (const route of added) fib6.remove(route, origin)
    if (isReplacing && added.length > 0) {
      throw new Refusal(error.errno, 'IPv6: multipath route replace failed (check consistency of installed routes)')
    }
    throw error
  }
  announce()
}

function removeOne(fib6: Fib6, entry: Route, isLeg: boolean, origin: Origin): void {
  const table = tableOf(entry)
  if (!fib6.tables.has(table)) throw new Refusal(Errno.ESRCH, 'FIB table does not exist')
  const { destination, length } = prefixOf(entry)
  const gateway = entry.gateway === undefined ? undefined : parseIpv6(entry.gateway)
  const found = fib6.tables
    .chain(table, destination, length)
    ?.find(
      (route) =>
        (!entry.priority || entry.priority === route.metric) &&
        (entry.protocol === 0 || entry.protocol === route.protocol) &&
        (!entry.oif || entry.oif === route.link.ifindex) &&
        (gateway === undefined || gateway === route.gateway),
    )
  if (found === undefined) throw new Refusal(meansNothing(fib6, entry) ? Errno.ENOENT : Errno.ESRCH)
  if (gateway === undefined && !isLeg) fib6.removeWhole(found, origin)
  else fib6.remove(found, origin)
}

/** Whether a request means the entry that stands at the root of a table without routes, and may not be removed. */
function meansNothing(fib6: Fib6, entry: Route): boolean {
  const { destination, length } = prefixOf(entry)
  const isRoot = length === 0 && (fib6.tables.chain(tableOf(entry), destination, length) ?? []).length === 0
  const isOfKernel = entry.protocol === 0 || entry.protocol === RouteProtocol.KERNEL
  return isRoot && isOfKernel && !entry.priority && (!entry.oif || entry.oif === 1) && entry.gateway === undefined
}

function read(reader: RequestReader): Route {
  const entry = reader.entry(routeMessage, headerSize, known)
  const { metrics = {}, multipath, gateway, oif, flags, type } = entry
  const onlyMtu = Object.entries(metrics).every(([name, value]) => name === 'mtu' && Number(value) <= largestMtu)
  reader.require(onlyMtu, `metrics ${JSON.stringify(metrics)}`)
  reader.require((flags & ~ONLINK) === 0, `rtm_flags ${flags}`)
  reader.require(multipath === undefined || (gateway === undefined && oif === undefined), 'RTA_MULTIPATH beside a way')
  for (const hop of multipath ?? []) {
    const isPlain =
      hop.via === undefined && hop.encap === undefined && hop.newdst === undefined && hop.realms === undefined
    reader.require(
      isPlain && (hop.flags & (DEAD | LINKDOWN)) === 0,
      'legs with more than gateway, interface and weight',
    )
    reader.require(hop.oif !== 0 || hop.gateway !== undefined, 'a leg with neither gateway nor interface')
  }
  for (const text of [gateway, entry.prefsrc, ...(multipath ?? []).map((hop) => hop.gateway)]) {
    reader.require(text === undefined || /^[0-9a-f:]+$/.test(text), `the address ${text}`)
  }
  const isPlainType = type === 0 || type === RouteType.UNICAST || rejecting.includes(type)
  reader.require(isPlainType || type > RouteType.XRESOLVE, `the type ${type}`)
  reader.require(multipath === undefined || !rejecting.includes(type), `RTA_MULTIPATH of type ${type}`)
  if (entry.tos !== 0) throw invalid('Invalid dsfield (tos): option not available for IPv6')
  return entry
}

function prefixOf({ dst = '::/0' }: Route): { readonly destination: bigint; readonly length: number } {
  const [text = '::', length = '0'] = dst.split('/')
  return { destination: parseIpv6(text) & ipv6Mask(Number(length)), length: Number(length) }
}

function tableOf({ table }: Route): number {
  return table || RouteTableId.MAIN
}

function legOf({ oif = 0, flags, gateway }: Route): Leg {
  return { oif, flags, weight: 1, ...(gateway === undefined ? {} : { gateway }) } as Leg
}

/** Checks a way, and makes the route of it (`ip6_route_info_create`). */
function made(world: Route6World, entry: Route, leg: Leg): Route6 {
  const { links, fib6 } = world
  if (entry.type > RouteType.XRESOLVE) throw invalid('Invalid route type')
  const { destination, length } = prefixOf(entry)
  fib6.tables.make(tableOf(entry))
  const named = leg.oif === 0 ? undefined : links.get(leg.oif)
  if (leg.oif !== 0 && named === undefined) throw new Refusal(Errno.ENODEV)
  if ((leg.flags & ONLINK) !== 0) {
    if (named === undefined) throw new Refusal(Errno.ENODEV, 'Nexthop device required for onlink')
    if (!named.isUp) throw new Refusal(Errno.ENETDOWN, 'Nexthop device is not up')
  }
  const isRejectType = rejecting.includes(entry.type)
  const link = isRejectType ? links.get(1) : linkOf(world, entry, leg, named)
  if (link === undefined) throw new Refusal(Errno.ENODEV)
  const isReject = isRejectType || (link.isLoopback && destination !== loopbackAddress)
  const source = sourceOf(world, entry, link)
  const gateway = isReject || leg.gateway === undefined ? undefined : parseIpv6(leg.gateway)
  return {
    table: tableOf(entry),
    destination,
    length,
    metric: entry.priority || metricOfUsers,
    type: entry.type || RouteType.UNICAST,
    protocol: entry.protocol || RouteProtocol.BOOT,
    isReject,
    isLocal: false,
    link,
    gateway,
    weight: leg.weight,
    mtu: entry.metrics?.mtu ?? 0,
    source,
    flags: (leg.flags & ONLINK) | (isReject || link.hasCarrier ? 0 : LINKDOWN),
  }
}

function linkOf(world: Route6World, entry: Route, leg: Leg, named: FakeLink | undefined): FakeLink {
  const { table = 0 } = entry
  const link =
    leg.gateway === undefined
      ? named
      : interfaceOfGateway(world, { gateway: parseIpv6(leg.gateway), link: named, flags: leg.flags, table })
  if (link === undefined) throw new Refusal(Errno.ENODEV)
  if (!link.isUp) throw new Refusal(Errno.ENETDOWN, 'Nexthop device is not up')
  return link
}

function sourceOf({ addresses6 }: Route6World, { prefsrc }: Route, link: FakeLink): bigint | undefined {
  if (prefsrc === undefined) return undefined
  const source = parseIpv6(prefsrc)
  if (!addresses6.has(source, link, !isLinkLocal(source))) throw invalid('Invalid source address')
  return source
}
