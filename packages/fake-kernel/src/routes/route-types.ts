import { Errno, RouteScope } from '@rtnl/netlink-core'
import { RouteType } from '@rtnl/route'

const { HOST, LINK, NOWHERE, UNIVERSE } = RouteScope

/** The smallest scope that a route of a type may have, and what a lookup that ends at it fails with (`fib_props`). */
const properties = new Map<number, { readonly scope: number; readonly errno: number }>([
  [RouteType.UNSPEC, { scope: NOWHERE, errno: 0 }],
  [RouteType.UNICAST, { scope: UNIVERSE, errno: 0 }],
  [RouteType.LOCAL, { scope: HOST, errno: 0 }],
  [RouteType.BROADCAST, { scope: LINK, errno: 0 }],
  [RouteType.ANYCAST, { scope: LINK, errno: 0 }],
  [RouteType.MULTICAST, { scope: UNIVERSE, errno: 0 }],
  [RouteType.BLACKHOLE, { scope: UNIVERSE, errno: Errno.EINVAL }],
  [RouteType.UNREACHABLE, { scope: UNIVERSE, errno: Errno.EHOSTUNREACH }],
  [RouteType.PROHIBIT, { scope: UNIVERSE, errno: Errno.EACCES }],
  [RouteType.THROW, { scope: UNIVERSE, errno: Errno.EAGAIN }],
  [RouteType.NAT, { scope: NOWHERE, errno: Errno.EINVAL }],
  [RouteType.XRESOLVE, { scope: NOWHERE, errno: Errno.EINVAL }],
])

export const largestRouteType = RouteType.XRESOLVE

/** 0 for a type that leads somewhere. */
export function errnoOfType(type: number): number {
  return properties.get(type)?.errno ?? 0
}

export function leastScopeOfType(type: number): number {
  return properties.get(type)?.scope ?? NOWHERE
}
