import { Errno, NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '@rtnl/route'
import { isMulticast } from '../ipv4.ts'
import type { Links } from '../links/links.ts'
import { Refusal } from '../refusal.ts'
import { lookupIpv4 } from '../rules/lookup-ipv4.ts'
import type { Rules } from '../rules/rules.ts'
import type { FibLeg } from './fib-config.ts'
import type { FibPath } from './fib-info.ts'
import { type FibAnswer, type FibQuestion, type FibTables, scopeOfGateway } from './fib-table.ts'

/** What ways are checked against. */
export interface PathWorld {
  readonly links: Links
  readonly tables: FibTables
  readonly rules: Rules
}

const { DEAD, LINKDOWN, ONLINK, PERVASIVE } = NexthopFlag
const invalidGateway = 'Nexthop has invalid gateway'

/** A way that nothing has been checked of. */
export function uncheckedPath({ gateway, oif, weight, flags }: FibLeg): FibPath {
  return { gateway, oif, weight, flags, scope: 0, link: undefined }
}

/**
 * Finds out where a way leads (`fib_check_nh`).
 * @param table the table of the route; 0 for a nexthop object
 * @throws {Refusal} it leads nowhere
 */
export function checkPath(world: PathWorld, path: FibPath, table: number, scope: number): void {
  if (path.gateway === 0) checkInterface(world, path)
  else if ((path.flags & ONLINK) !== 0) checkOnLink(world, path, scope)
  else checkGateway(world, path, table, scope)
  if (path.link?.hasCarrier === false) path.flags |= LINKDOWN
}

function checkInterface({ links }: PathWorld, path: FibPath): void {
  if ((path.flags & (PERVASIVE | ONLINK)) !== 0) {
    throw new Refusal(Errno.EINVAL, 'Invalid flags for nexthop - PERVASIVE and ONLINK can not be set')
  }
  const link = links.get(path.oif)
  if (link === undefined) throw new Refusal(Errno.ENODEV)
  if (!link.isUp) throw new Refusal(Errno.ENETDOWN, 'Device for nexthop is not up')
  path.link = link
  path.scope = RouteScope.HOST
}

function checkOnLink({ links, tables }: PathWorld, path: FibPath, scope: number): void {
  if (scope >= RouteScope.LINK) throw new Refusal(Errno.EINVAL, 'Nexthop has invalid scope')
  const link = links.get(path.oif)
  if (link === undefined) throw new Refusal(Errno.ENODEV, 'Nexthop device required for onlink')
  if (!link.isUp) throw new Refusal(Errno.ENETDOWN, 'Nexthop device is not up')
  if (typeOfAddress(tables, path.gateway, RouteTableId.LOCAL) !== RouteType.UNICAST) {
    throw new Refusal(Errno.EINVAL, invalidGateway)
  }
  path.link = link
  path.scope = RouteScope.LINK
}

function checkGateway({ links, rules, tables }: PathWorld, path: FibPath, table: number, scope: number): void {
  const question: FibQuestion = { destination: path.gateway, scope: scopeOfGateway(scope), oif: path.oif }
  let answer: FibAnswer = { errno: Errno.ENETUNREACH }
  if (table !== 0 && table !== RouteTableId.MAIN && tables.has(table)) answer = tables.lookup(table, question)
  if ('errno' in answer) answer = lookupIpv4(rules, tables, question)
  if ('errno' in answer) throw new Refusal(answer.errno, invalidGateway)
  const { type, info } = answer.route
  if (type !== RouteType.UNICAST && type !== RouteType.LOCAL) throw new Refusal(Errno.EINVAL, invalidGateway)
  path.scope = info.scope
  path.oif = answer.path.oif
  path.link = links.get(path.oif)
  if (path.link === undefined) throw new Refusal(Errno.EINVAL, 'No egress device for nexthop gateway')
  if (!path.link.isUp) throw new Refusal(Errno.ENETDOWN)
}

/** What an address is by a table (`inet_addr_type`), whatever interface it is of. */
export function typeOfAddress(tables: FibTables, address: number, table: number): number {
  if (address === 0 || address === 0xffffffff) return RouteType.BROADCAST
  if (isMulticast(address)) return RouteType.MULTICAST
  if (!tables.has(table)) return RouteType.BROADCAST
  const answer = tables.lookup(table, { destination: address, scope: 0, oif: 0 })
  return 'route' in answer ? answer.route.type : RouteType.UNICAST
}

/** Whether flags say a state, which only the kernel may. */
export function hasState(flags: number): boolean {
  return (flags & (DEAD | LINKDOWN)) !== 0
}
