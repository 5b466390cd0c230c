import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { type Route, RouteFlag, RouterPreference, RouteTableId, RouteType } from '@rtnl/route'
import { lengthIfIn } from '../prefix.ts'
import type { Packet } from '../question/question.ts'
import type { Snapshot } from '../snapshot.ts'
import { legsOfRoute } from './legs.ts'

/** What a table has for a packet. */
export interface Found {
  /** The route; of several with which the kernel deals alike, the first. */
  readonly route: Route
  readonly alike: readonly Route[]
  /** The length of its prefix, which a rule may suppress. */
  readonly length: number
  /** The error that the kernel gives; `undefined` if the route carries packets. */
  readonly errno: number | undefined
}

interface Candidate {
  readonly route: Route
  readonly length: number
  readonly srcLength: number
  readonly place: number
}

/** What routes answer that carry no packets (`fib_props`, `net/ipv4/fib_semantics.c`). A packet goes past THROW to the next rule. */
const errors = new Map<number, number>([
  [RouteType.BLACKHOLE, Errno.EINVAL],
  [RouteType.UNREACHABLE, Errno.EHOSTUNREACH],
  [RouteType.PROHIBIT, Errno.EACCES],
  [RouteType.THROW, Errno.EAGAIN],
  [RouteType.NAT, Errno.EINVAL],
  [RouteType.XRESOLVE, Errno.EINVAL],
])

/** The routes of all tables that a packet may take, in the order in which a table is asked for them. */
export class Candidates {
  readonly #sorted: readonly Candidate[]
  readonly #packet: Packet
  readonly #snapshot: Snapshot

  constructor(packet: Packet, snapshot: Snapshot) {
    this.#packet = packet
    this.#snapshot = snapshot
    const found: Candidate[] = []
    let place = 0
    for (const route of snapshot.tables.routes) {
      const candidate = candidateOf(route, packet, place++)
      if (candidate !== undefined) found.push(candidate)
    }
    this.#sorted = found.sort(
      (one, other) =>
        other.length - one.length ||
        other.srcLength - one.srcLength ||
        // Of tables that the kernel asks at once the one with the larger id comes first.
        (packet.family === AddressFamily.INET ? tableOf(other.route) - tableOf(one.route) : 0) ||
        (one.route.priority ?? 0) - (other.route.priority ?? 0) ||
        preferenceOf(other.route) - preferenceOf(one.route) ||
        one.place - other.place,
    )
  }

  /** What some tables, which the kernel asks at once, have for the packet. */
  in(tables: readonly number[]): Found | undefined {
    const usable = this.#sorted.filter(({ route }) => tables.includes(tableOf(route)) && this.#isUsable(route))
    const [first] = usable
    if (first === undefined) return undefined
    const { route, length } = first
    const alike = usable.filter((other) => this.#isAlike(first, other)).map((candidate) => candidate.route)
    return { route, alike, length, errno: this.#errorOf(route) }
  }

  /** IPv6 chooses among the routes of one metric by what it knows of their gateways; IPv4 does so among default routes. */
  #isAlike(first: Candidate, other: Candidate): boolean {
    return (
      other === first ||
      ((this.#packet.family === AddressFamily.INET6 || first.length === 0) &&
        other.route.table === first.route.table &&
        other.length === first.length &&
        other.srcLength === first.srcLength &&
        (other.route.priority ?? 0) === (first.route.priority ?? 0) &&
        preferenceOf(other.route) === preferenceOf(first.route))
    )
  }

  #isUsable(route: Route): boolean {
    if (this.#errorOf(route) !== undefined) return true
    return legsOfRoute(route, this.#packet.oif, this.#snapshot).some(({ unusable }) => unusable === undefined)
  }

  #errorOf({ type, nhId }: Route): number | undefined {
    const isBlackhole = nhId !== undefined && this.#nexthopDrops(nhId)
    return isBlackhole ? Errno.EINVAL : errors.get(type)
  }

  #nexthopDrops(id: number): boolean {
    const nexthop = this.#snapshot.nexthop(id)
    const [first] = nexthop?.group ?? []
    return (first === undefined ? nexthop : this.#snapshot.nexthop(first.id))?.blackhole === true
  }
}

function candidateOf(route: Route, packet: Packet, place: number): Candidate | undefined {
  const { family, dst, src, tos, flags, expires = 0 } = route
  if (family !== packet.family || dst === undefined || tos !== 0 || (flags & RouteFlag.CLONED) !== 0 || expires < 0) {
    return undefined
  }
  const length = lengthIfIn(dst, packet.dstBytes)
  if (length < 0) return undefined
  const srcLength = src === undefined ? 0 : lengthIfIn(src, packet.srcBytes ?? new Uint8Array(16))
  return srcLength < 0 ? undefined : { route, length, srcLength, place }
}

function tableOf({ table = RouteTableId.MAIN }: Route): number {
  return table
}

const preferences = new Map<number, number>([
  [RouterPreference.HIGH, 3],
  [RouterPreference.MEDIUM, 2],
  [RouterPreference.LOW, 1],
])

function preferenceOf({ pref = RouterPreference.MEDIUM }: Route): number {
  return preferences.get(pref) ?? 0
}
