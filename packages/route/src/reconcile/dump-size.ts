import { AddressFamily, EncapsulationType, Writer } from '@rtnl/netlink-core'
import { checkDumpedSize } from '@rtnl/reconcile/declarations'
import type { Hop } from '../hop.ts'
import { type Route, routeMessage } from '../message.ts'

/** Bytes of a way without an encapsulation, at most: its header, an IPv6 gateway of an IPv4 route, its realms. */
const largestPlainWay = 8 + 24 + 8
/** A route with fewer bytes of hops fits into a dump without a computation. */
const clearlySmall = 16384
/** `struct nlmsghdr`. */
const messageHeader = 16
/** `RTA_CACHEINFO`, which the kernel shows with every IPv6 route. */
const cacheInfo = 36

/** Bytes of the attributes that the kernel shows of a tunnel, whether they were given or not. */
const shownOfTunnel = new Map<number, Readonly<Record<string, number>>>([
  [EncapsulationType.IP, { id: 12, dst: 8, src: 8, tos: 8, ttl: 8, flags: 8 }],
  [EncapsulationType.IP6, { id: 12, dst: 20, src: 20, tc: 8, hoplimit: 8, flags: 8 }],
])

const scratch = new Writer(4096)

/** Throws `InvalidValue` for a route with so many ways that no dump can hold it. */
export function checkDumpSize(route: Route): void {
  const { multipath: ways = [], family } = route
  if (ways.length * largestPlainWay < clearlySmall && ways.every(({ encap }) => encap === undefined)) return
  scratch.clear()
  routeMessage.set.write(scratch, route)
  let size = messageHeader + scratch.length + (family === AddressFamily.INET6 ? cacheInfo : 0)
  for (const way of ways) size += addedToTunnel(way)
  checkDumpedSize('multipath', size, `${ways.length} ways`)
}

function addedToTunnel({ encap, encapType = 0 }: Hop): number {
  const shown = shownOfTunnel.get(encapType)
  if (shown === undefined || typeof encap !== 'object') return 0
  const given = new Set(Object.keys(encap))
  return Object.keys(shown).reduce((size, name) => (given.has(name) ? size : size + shown[name]!), 0)
}
