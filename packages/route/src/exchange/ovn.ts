import { RouteProtocol, unmapAddress } from '@rtnl/netlink-core'
import { RouteType } from '../constants.ts'
import type { LearnedRoute } from '../learned.ts'
import type { Route } from '../message.ts'

/** What is OVN's own: the protocol that marks its routes, its names of VRFs, and the text lines of its test tool. */

/** The routing protocol that marks routes as OVN's. An exchange uses it unless its options name another one. */
export const advertisedProtocol = RouteProtocol.OVN

/** OVN's name for the VRF of a routing table: `ovnvrf100`. */
export function ovnVrfName(table: number): string {
  return `ovnvrf${table}`
}

/** One line for people and logs, as OVN writes it: `table_id=1000 dst=192.0.2.0 plen=24 nexthop=10.0.0.2`. IPv4 in IPv6 prints as IPv4. */
export function formatLearnedRoute({ table, prefix, plen, nexthop }: LearnedRoute): string {
  return line(table, prefix, plen, unmapAddress(nexthop))
}

/**
 * The same of a route that is to be written, with what became of it: `table_id=1000 dst=192.0.2.0 plen=24
 * nexthop=(blackhole) failed: file exists (EEXIST)`. The gateways of several hops stand side by side; without one it is
 * `::`.
 */
export function formatRoute(route: Partial<Route>, failure?: string): string {
  const { table = 0, dst = '::/0', type, multipath } = route
  const [prefix = '', plen] = dst.split('/')
  const gateways = (multipath ?? [route]).map(({ gateway, via }) => unmapAddress(gateway ?? via ?? '::'))
  const nexthop = type === RouteType.BLACKHOLE ? '(blackhole)' : gateways.join(',')
  return `${line(table, prefix, Number(plen), nexthop)}${failure === undefined ? '' : ` failed: ${failure}`}`
}

function line(table: number, prefix: string, plen: number, nexthop: string): string {
  return `table_id=${table} dst=${unmapAddress(prefix)} plen=${plen} nexthop=${nexthop}`
}
