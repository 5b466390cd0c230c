import type { Partition, RowBytes } from '@rtnl/live-table'
import { AddressFamily, Errno, type MessageCursor } from '@rtnl/netlink-core'
import type { RouteFamily } from './check.ts'
import type { Route } from './message.ts'
import { familyOfRow, hasNexthopId, tableOfRow, usesInterface } from './row.ts'

/** The partitions of the routes of one family, of all routing tables or of one. */
export class RoutePartitions {
  readonly family: RouteFamily
  readonly whole: Partition<Route>
  readonly #table: number | undefined

  constructor(family: RouteFamily, table: number | undefined) {
    this.family = family
    this.#table = table
    this.whole = wholeOf([this], table)
  }

  ofTable(table: number): Partition<Route> {
    return this.#part(`table ${table}`, { table }, (row) => tableOfRow(row) === table)
  }

  /** Routes that go out of an interface by themselves, not by a nexthop object. */
  ofInterface(ifindex: number): Partition<Route> {
    const partition = this.#part(`oif ${ifindex}`, { oif: ifindex }, (row) => usesInterface(row, ifindex))
    // When an interface is deleted, its IPv4 routes are deleted entirely. An IPv6 route keeps its hops by other interfaces,
    // and no dump request selects such a route alone.
    const missing = [Errno.ENODEV, Errno.ENOENT]
    return this.family === AddressFamily.INET
      ? { ...partition, missing }
      : { ...partition, missing, fallback: this.whole }
  }

  /**
   * Routes by nexthop objects. The kernel has no filter for them. Such a route may have become too large for a dump without a
   * notification, when its group grew.
   */
  get byNexthops(): Partition<Route> {
    const table = this.#table
    return partOf([this.family], `${this.family} nexthops`, table === undefined ? {} : { table }, hasNexthopId)
  }

  /**
   * A part that the kernel filters. A part of IPv6 is dumped for that family alone, since the kernel would otherwise walk all
   * IPv4 routes.
   */
  #part(name: string, filter: Partial<Route>, contains: (row: RowBytes) => boolean): Partition<Route> {
    const { family } = this
    const request = this.#table === undefined ? filter : { table: this.#table, ...filter }
    const part = partOf([family], `${family} ${name}`, request, contains)
    return family === AddressFamily.INET6 ? silentPart(part) : part
  }
}

/** All routes of some families, or those of one table. */
export function wholeOf(
  partitions: readonly Pick<RoutePartitions, 'family'>[],
  table: number | undefined,
): Partition<Route> {
  const families = partitions.map(({ family }) => family)
  if (table !== undefined) return tablePart(families, table)
  const name = families.length === 1 ? `${families[0]} all` : 'all'
  const all = partOf(families, name, {}, () => true)
  // All labels are in one table.
  if (families.includes(AddressFamily.MPLS)) return all
  return {
    ...all,
    parts: (rows) => tablesOf(rows).map((known) => tablePart(families, known)),
  }
}

/** Where a dump of all tables ends early, most others have no route that is too large. */
function tablePart(families: readonly RouteFamily[], table: number): Partition<Route> {
  const name = families.length === 1 ? `${families[0]} table ${table}` : `table ${table}`
  const isOfTable = (row: RowBytes): boolean => tableOfRow(row) === table
  const part = partOf(families, name, { table }, isOfTable)
  if (!families.includes(AddressFamily.INET6)) return part
  // Behind a route of IPv4 that is too large those of IPv6 are shown to who asks for them alone.
  const ipv6 = partOf([AddressFamily.INET6], `${AddressFamily.INET6} table ${table}`, { table }, isOfTable)
  return { ...part, parts: () => [silentPart(ipv6)] }
}

/** Ids that fit into the header of a route, which most tables have, and those of routes that are known. */
function tablesOf(rows: Iterable<RowBytes>): number[] {
  const tables = new Set(Array.from({ length: 255 }, (_, index) => index + 1))
  for (const row of rows) tables.add(tableOfRow(row))
  return [...tables]
}

/**
 * The kernel ends a dump of one family at a route that it cannot show as if there were no more (Linux 6.9 and later); a
 * dump of all families fails. The families come in the order of their numbers.
 */
function partOf(
  families: readonly RouteFamily[],
  name: string,
  request: Partial<Route>,
  contains: (row: RowBytes) => boolean,
): Partition<Route> {
  const first = Math.min(...families)
  const last = Math.max(...families)
  return {
    name,
    // MPLS routes are dumped for their family alone. A kernel without MPLS shows all other routes, which `skips` leaves out.
    request: first === AddressFamily.MPLS ? { ...request, family: first } : request,
    ...(first === AddressFamily.MPLS ? { endsSilently: true } : {}),
    ...(first === AddressFamily.INET ? {} : { skips: (cursor: MessageCursor) => familyOf(cursor) < first }),
    until: (cursor) => familyOf(cursor) > last,
    containsRow: (row) => families.some((family) => familyOfRow(row) === family) && contains(row),
    // A dump walks the tree of an IPv6 table, and misses or doubles what has not changed when that is rebuilt.
    dumps: last === AddressFamily.INET6 ? 'racy' : 'stable',
    affectedBy: (cursor) => familyOf(cursor) === last,
    // The kernel's error for a routing table that does not exist yet.
    missing: [Errno.ENOENT],
  }
}

/** A part of IPv6 routes that is dumped for that family alone. */
function silentPart({ skips: _, ...part }: Partition<Route>): Partition<Route> {
  return { ...part, request: { ...part.request, family: AddressFamily.INET6 }, endsSilently: true }
}

function familyOf({ view, body }: MessageCursor): number {
  return view.getUint8(body)
}
