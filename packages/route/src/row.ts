import type { RowBytes } from '@rtnl/live-table'
import { findAttribute, littleEndian } from '@rtnl/netlink-core'
import { RouteAttribute } from './constants.ts'
import { routeHeader } from './message.ts'

/** Tests on the bytes of routes, without decoding: there may be a million of them. */

export function familyOfRow({ view, start }: RowBytes): number {
  return view.getUint8(start + routeHeader.family)
}

export function tableOfRow({ view, start, end }: RowBytes): number {
  return tableIn(view, start, end)
}

/** The same of the bytes of a message behind its header. */
export function tableIn(view: DataView, start: number, end: number): number {
  const at = findAttribute(view, start + routeHeader.size, end, RouteAttribute.TABLE)
  return at < 0 ? view.getUint8(start + routeHeader.table) : view.getUint32(at, littleEndian)
}

export function hasNexthopId({ view, start, end }: RowBytes): boolean {
  return findAttribute(view, start + routeHeader.size, end, RouteAttribute.NH_ID) >= 0
}

/** Whether a route goes out of an interface by itself, not by a nexthop object. */
export function usesInterface(row: RowBytes, ifindex: number): boolean {
  const { view, start, end } = row
  const oif = findAttribute(view, start + routeHeader.size, end, RouteAttribute.OIF)
  const found = oif >= 0 ? view.getUint32(oif, littleEndian) === ifindex : hopUses(row, ifindex)
  return found && !hasNexthopId(row)
}

/** Offset of `rtnh_ifindex`, and bytes of `struct rtnexthop`. */
const hopIfindex = 4
const hopHeader = 8

function hopUses({ view, start, end }: RowBytes, ifindex: number): boolean {
  const hops = findAttribute(view, start + routeHeader.size, end, RouteAttribute.MULTIPATH)
  if (hops < 0) return false
  const last = hops + view.getUint16(hops - 4, littleEndian) - 4
  for (let at = hops; at + hopHeader <= last; at += (view.getUint16(at, littleEndian) + 3) & ~3) {
    if (view.getUint32(at + hopIfindex, littleEndian) === ifindex) return true
  }
  return false
}
