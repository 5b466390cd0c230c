import { realms, routerPreferences, routeTypes, typesOfService } from '@rtnl/names'

/** What a route does (`RTN_*`) by name, or its number. */
export function routeTypeName(type: number): string {
  return routeTypes.nameOf(type)
}

/** How much a router is preferred (RFC 4191) by name, or its number. */
export function preferenceName(preference: number): string {
  return routerPreferences.nameOf(preference)
}

/** A realm by name, or its number. */
export function realmName(realm: number): string {
  return realms.nameOf(realm)
}

/** A type of service by name, or in hex digits. */
export function tosName(tos: number): string {
  const name = typesOfService.nameOf(tos)
  return name === String(tos) ? `0x${tos.toString(16).padStart(2, '0')}` : name
}
