import { flagNames, nexthopFlags, routeScopes, routingProtocols, routingTables } from '@rtnl/names'

/** A routing protocol (`RTPROT_*`) by name, or its number. */
export function protocolName(protocol: number): string {
  return routingProtocols.nameOf(protocol)
}

/** A scope (`RT_SCOPE_*`) by name, or its number. */
export function scopeName(scope: number): string {
  return routeScopes.nameOf(scope)
}

/** A routing table by name, or its id. */
export function routeTableName(table: number): string {
  return routingTables.nameOf(table)
}

/** The flags of a nexthop (`RTNH_F_*`) by name. */
export function nexthopFlagNames(flags: number): string[] {
  return flagNames(flags, nexthopFlags)
}
