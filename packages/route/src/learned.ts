import type { LinkTable } from '@rtnl/link'
import type { LiveTable } from '@rtnl/live-table'
import { inTurns, NexthopFlag, RouteProtocol } from '@rtnl/netlink-core'
import type { NexthopTable } from '@rtnl/nexthop'
import type { Hop } from './hop.ts'
import type { Route } from './message.ts'
import { parsePrefix } from './prefix.ts'

/** One way that a routing daemon made known: a hop of one of its routes. */
export interface LearnedRoute {
  /** Id of the routing table. */
  readonly table: number
  /** Address of the destination, without its length. */
  readonly prefix: string
  /** Its length. */
  readonly plen: number
  /** Address of the gateway, which may be of the other family. */
  readonly nexthop: string
  /** Name of the interface at the time of the call; absent if it is unknown. */
  readonly ifname?: string
}

/** What routes refer to. */
export interface LearnedContext {
  /** Nexthop objects. Without them nothing is learned from routes by one. */
  readonly nexthops?: Pick<NexthopTable, 'resolve'> | undefined
  /** Names of interfaces. Without them no way has one. */
  readonly links?: Pick<LinkTable, 'ifname'> | undefined
  /** The routing protocol of our own routes (`RTPROT_*`), from which nothing is learned. */
  readonly own?: number | undefined
}

/**
 * What a route says that we did not know: one way for each hop that has a gateway and is not dead. Nothing is learned
 * from routes of the kernel and of administrators (protocols 0 to 4), from our own, and from those to link-local
 * addresses. A hop whose link has no carrier is dead only where the kernel takes it for dead
 * (`ignore_routes_with_linkdown`): otherwise it goes on sending there.
 */
export function learnedRoutes(route: Route, { nexthops, links, own }: LearnedContext = {}): LearnedRoute[] {
  const { protocol, dst, table } = route
  if (protocol <= RouteProtocol.STATIC || protocol === own || dst === undefined || table === undefined) return []
  if (isLinkLocal(dst)) return []
  const [prefix = '', plen] = dst.split('/')
  return waysOf(route, nexthops).flatMap(({ gateway, via, oif, flags = 0 }) => {
    const nexthop = gateway ?? via
    if (nexthop === undefined || (flags & NexthopFlag.DEAD) !== 0) return []
    const ifname = oif === undefined ? undefined : links?.ifname(oif)
    return { table, prefix, plen: Number(plen), nexthop, ...(ifname === undefined ? {} : { ifname }) }
  })
}

/** What the routes of a table say that we did not know, without holding up the event loop: there may be very many. */
export async function learnedFrom(table: LiveTable<Route>, context: LearnedContext): Promise<LearnedRoute[]> {
  const learned: LearnedRoute[] = []
  await inTurns(await table.snapshot(), (route) => {
    for (const way of learnedRoutes(route, context)) learned.push(way)
  })
  return learned
}

type Way = Pick<Partial<Hop>, 'gateway' | 'via' | 'oif' | 'flags'>

function waysOf(route: Route, nexthops: LearnedContext['nexthops']): readonly Way[] {
  if (route.nhId === undefined) return route.multipath ?? [route]
  return nexthops?.resolve(route.nhId)?.flatMap(({ nexthop }) => nexthop ?? []) ?? []
}

/** Whether all of a prefix is in 169.254.0.0/16 or fe80::/10. */
function isLinkLocal(prefix: string): boolean {
  const { bytes, length } = parsePrefix(prefix)
  const [first = 0, second = 0] = bytes
  if (bytes.length === 4) return length >= 16 && first === 169 && second === 254
  return length >= 10 && first === 0xfe && (second & 0xc0) === 0x80
}
