import { RouterPreference, RouteType } from '@rtnl/route'

const types = new Map<number, string>([
  [RouteType.UNSPEC, 'none'],
  [RouteType.UNICAST, 'unicast'],
  [RouteType.LOCAL, 'local'],
  [RouteType.BROADCAST, 'broadcast'],
  [RouteType.ANYCAST, 'anycast'],
  [RouteType.MULTICAST, 'multicast'],
  [RouteType.BLACKHOLE, 'blackhole'],
  [RouteType.UNREACHABLE, 'unreachable'],
  [RouteType.PROHIBIT, 'prohibit'],
  [RouteType.THROW, 'throw'],
  [RouteType.NAT, 'nat'],
  [RouteType.XRESOLVE, 'xresolve'],
])

const preferences = new Map<number, string>([
  [RouterPreference.LOW, 'low'],
  [RouterPreference.MEDIUM, 'medium'],
  [RouterPreference.HIGH, 'high'],
])

/** What a route does (`RTN_*`) by name, or its number. */
export function routeTypeName(type: number): string {
  return types.get(type) ?? String(type)
}

/** How much a router is preferred (RFC 4191) by name, or its number. */
export function preferenceName(preference: number): string {
  return preferences.get(preference) ?? String(preference)
}

/** A realm; `ip` comes with a name for that of everything. */
export function realmName(realm: number): string {
  return realm === 0 ? 'cosmos' : String(realm)
}

/** A type of service by the name of its class (RFC 2474, 2597, 3246), or in hex digits. */
export function tosName(tos: number): string {
  const codePoint = tos >> 2
  const group = codePoint >> 3
  const precedence = (codePoint & 7) >> 1
  if ((tos & 3) === 0) {
    if (codePoint === 46) return 'EF'
    if ((codePoint & 7) === 0) return `CS${group}`
    if ((codePoint & 1) === 0 && group >= 1 && group <= 4) return `AF${group}${precedence}`
  }
  return `0x${tos.toString(16).padStart(2, '0')}`
}
