import { Errno, NexthopFlag, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '@rtnl/route'
import { Refusal } from '../refusal.ts'
import type { FibConfig, FibLeg } from './fib-config.ts'
import { FibInfo, type FibPath, type RouteNexthop } from './fib-info.ts'
import { checkPath, hasState, type PathWorld, typeOfAddress, uncheckedPath } from './paths.ts'
import { errnoOfType, largestRouteType, leastScopeOfType } from './route-types.ts'

/** What routes are made with. */
export interface RouteWorld extends PathWorld {
  nexthop(id: number): RouteNexthop | undefined
}

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/**
 * Makes the part of a route that others may have too (`fib_create_info`), or finds it.
 * @throws {Refusal} the kernel makes none
 */
export function createInfo(world: RouteWorld, infos: readonly FibInfo[], config: FibConfig): FibInfo {
  const { flags, scope, type } = config
  if (type > largestRouteType) throw invalid('Invalid route type')
  if (leastScopeOfType(type) > scope) throw invalid('Invalid scope')
  if (hasState(flags)) throw invalid('Invalid rtm_flags - can not contain DEAD or LINKDOWN')
  const nexthop = nexthopOf(world, config)
  const paths = nexthop === undefined ? legsOf(config).map(uncheckedPath) : []
  const info = new FibInfo({ ...config, nexthop, paths })
  if (nexthop !== undefined) {
    const known = infos.find((other) => other.equals(info))
    if (known !== undefined) return known
  }
  if (errnoOfType(type) !== 0) {
    if (config.gateway !== 0 || config.oif !== 0 || config.legs !== undefined) {
      throw invalid('Gateway, device and multipath can not be specified for this route type')
    }
  } else {
    checkWays(world, info, config)
    if (!isValidSource(world, config)) throw invalid('Invalid prefsrc address')
  }
  return infos.find((other) => other.equals(info)) ?? info
}

/** @throws {Refusal} routes of a scope cannot use the nexthop object */
export function checkNexthop(nexthop: RouteNexthop, scope: number): void {
  if (nexthop.isGroup() && scope === RouteScope.HOST) {
    throw invalid('Route with host scope can not have multiple nexthops')
  }
  const [path] = nexthop.paths()
  if (path === undefined) return
  if (scope === RouteScope.HOST && path.gateway !== 0) throw invalid('Route with host scope can not have a gateway')
  if ((path.flags & NexthopFlag.ONLINK) !== 0 && scope >= RouteScope.LINK) {
    throw invalid('Scope mismatch with nexthop')
  }
}

function nexthopOf(world: RouteWorld, { nexthopId }: FibConfig): RouteNexthop | undefined {
  if (nexthopId === 0) return undefined
  const nexthop = world.nexthop(nexthopId)
  if (nexthop === undefined) throw invalid('Nexthop id does not exist')
  return nexthop
}

function legsOf({ legs, gateway, oif, flags }: FibConfig): readonly FibLeg[] {
  for (const leg of legs ?? []) {
    if (hasState(leg.flags)) throw invalid('Invalid flags for nexthop - can not contain DEAD or LINKDOWN')
  }
  return legs ?? [{ gateway, oif, flags, weight: 1 }]
}

function checkWays(world: RouteWorld, info: FibInfo, { type, scope, table }: FibConfig): void {
  if (type === RouteType.UNSPEC || type > RouteType.MULTICAST) throw invalid('Invalid route type')
  if (scope > RouteScope.HOST) throw invalid('Invalid scope')
  if (info.nexthop !== undefined) {
    checkNexthop(info.nexthop, scope)
    return
  }
  const [first] = info.paths
  if (scope === RouteScope.HOST && first !== undefined) {
    checkLocal(world, first, info.paths.length)
    return
  }
  for (const path of info.paths) checkPath(world, path, table, scope)
  if (info.paths.every(({ flags }) => (flags & NexthopFlag.LINKDOWN) !== 0)) info.flags |= NexthopFlag.LINKDOWN
}

function checkLocal(world: RouteWorld, path: FibPath, count: number): void {
  if (count !== 1) throw invalid('Route with host scope can not have multiple nexthops')
  if (path.gateway !== 0) throw invalid('Route with host scope can not have a gateway')
  path.scope = RouteScope.NOWHERE
  path.link = world.links.get(path.oif)
  if (path.link === undefined) throw new Refusal(Errno.ENODEV)
}

function isValidSource({ tables }: RouteWorld, { preferredSource, type, destination, table }: FibConfig): boolean {
  if (preferredSource === 0) return true
  if (type === RouteType.LOCAL && destination !== 0 && preferredSource === destination) return true
  const own = table === RouteTableId.MAIN ? RouteTableId.LOCAL : table
  return [own, RouteTableId.LOCAL].some((id) => typeOfAddress(tables, preferredSource, id) === RouteType.LOCAL)
}
