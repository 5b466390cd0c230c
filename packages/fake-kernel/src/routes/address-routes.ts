import { AddressFlag } from '@rtnl/address'
import { AddressFamily, MessageFlag, NexthopFlag, RouteProtocol, RouteScope } from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '@rtnl/route'
import { type FakeAddress, networkOf, sharesPrefix } from '../addresses/address.ts'
import type { AddressListener } from '../addresses/addresses.ts'
import { formatIpv4, isZeroNetwork, maskOf } from '../ipv4.ts'
import type { Neighbors } from '../neighbors/neighbors.ts'
import { byItself } from '../output.ts'
import { quietly } from '../refusal.ts'
import type { Fib } from './fib.ts'
import type { FibConfig } from './fib-config.ts'
import { bringUp, loseSource, takeDown } from './link-changes.ts'
import { typeOfAddress } from './paths.ts'

/** The addresses of an interface, in order. */
export type AddressesOf = (address: FakeAddress) => readonly FakeAddress[]

/** The routes that addresses cause: to themselves, to their network, and to its broadcast address. */
export class AddressRoutes implements AddressListener {
  readonly #fib: Fib
  readonly #addressesOf: AddressesOf
  readonly #neighbors: Neighbors

  constructor(fib: Fib, addressesOf: AddressesOf, neighbors: Neighbors) {
    this.#fib = fib
    this.#addressesOf = addressesOf
    this.#neighbors = neighbors
  }

  added(address: FakeAddress): void {
    this.addRoutes(address)
    bringUp(this.#fib, address.link, NexthopFlag.DEAD)
  }

  removed(address: FakeAddress, left: readonly FakeAddress[]): void {
    this.#removeRoutes(address, left)
    if (left.length > 0) return
    takeDown(this.#fib, 'down', address.link, true)
    this.#neighbors.flush(AddressFamily.INET, address.link, 'none')
  }

  /** `fib_add_ifaddr` */
  addRoutes(address: FakeAddress): void {
    const { link, local, broadcast, prefixLength, isSecondary, flags } = address
    const primary = isSecondary ? this.#primaryOf(address, this.#addressesOf(address)) : address
    if (primary === undefined) return
    const add = (type: number, destination: number, length: number): void =>
      quietly(() => {
        const requested = MessageFlag.CREATE | MessageFlag.APPEND
        this.#fib.add(configOf(primary, { type, destination, length }), requested, byItself)
      })
    add(RouteType.LOCAL, local, 32)
    if (!link.isUp) return
    const addBroadcast = (destination: number): void => {
      add(RouteType.BROADCAST, destination, 32)
      this.#neighbors.invalidate(AddressFamily.INET, link, formatIpv4(destination))
    }
    if (broadcast !== 0 && broadcast !== 0xffffffff) addBroadcast(broadcast)
    const network = networkOf(address)
    if (isZeroNetwork(network) || isSecondary || (network === local && prefixLength === 32)) return
    if ((flags & AddressFlag.NOPREFIXROUTE) === 0) add(networkType(address), network, prefixLength)
    if (prefixLength < 31) addBroadcast(lastOf(address))
  }

  /** `fib_del_ifaddr` */
  #removeRoutes(address: FakeAddress, left: readonly FakeAddress[]): void {
    const { broadcast, isSecondary, link, local, prefixLength } = address
    const primary = isSecondary ? this.#primaryOf(address, left) : address
    if (primary === undefined) return
    const remove = (type: number, destination: number, length: number): void =>
      quietly(() => this.#fib.remove(configOf(primary, { type, destination, length }), byItself))
    const network = networkOf(address)
    const hasNetwork = !isSecondary && !isZeroNetwork(network) && (network !== local || prefixLength < 32)
    if (hasNetwork && (address.flags & AddressFlag.NOPREFIXROUTE) === 0) {
      remove(networkType(address), network, prefixLength)
    }
    const last = lastOf(address)
    const kept = link.isDead ? new Set<Kept>() : keptBy(address, primary, left)
    if (!kept.has('broadcast')) remove(RouteType.BROADCAST, broadcast, 32)
    if (hasNetwork && prefixLength < 31) {
      if (!kept.has('last')) remove(RouteType.BROADCAST, last, 32)
      if (!kept.has('first')) remove(RouteType.BROADCAST, network, 32)
    }
    if (kept.has('local')) return
    remove(RouteType.LOCAL, local, 32)
    if (typeOfAddress(this.#fib.tables, local, RouteTableId.LOCAL) !== RouteType.LOCAL) loseSource(this.#fib, local)
  }

  #primaryOf(address: FakeAddress, among: readonly FakeAddress[]): FakeAddress | undefined {
    return among.find((other) => !other.isSecondary && sharesPrefix(other, address))
  }
}

/** What other addresses of the interface need: the routes to it stay. */
type Kept = 'local' | 'broadcast' | 'first' | 'last'

function keptBy(address: FakeAddress, primary: FakeAddress, left: readonly FakeAddress[]): Set<Kept> {
  const kept = new Set<Kept>()
  const network = networkOf(address)
  const last = lastOf(address)
  let hasSameSource = false
  let counted: FakeAddress | undefined
  for (const other of left) {
    if (other.isSecondary) {
      if (sharesPrefix(other, primary)) {
        counted = primary
      } else {
        if (!hasSameSource) continue
        if (counted === undefined || !sharesPrefix(other, counted)) {
          counted = left.find((candidate) => !candidate.isSecondary && sharesPrefix(candidate, other))
        }
        if (counted === undefined || counted.local !== primary.local) continue
      }
    } else {
      if (primary.local !== other.local) continue
      counted = other
      if (primary !== counted) hasSameSource = true
    }
    if (address.local === other.local) kept.add('local')
    if (address.broadcast === other.broadcast) kept.add('broadcast')
    if (last === other.broadcast) kept.add('last')
    if (network === other.broadcast) kept.add('first')
    if (counted !== other || other.prefixLength >= 31) continue
    const own = [lastOf(other), networkOf(other)]
    if (isZeroNetwork(networkOf(other))) continue
    if (own.includes(address.broadcast)) kept.add('broadcast')
    if (own.includes(last)) kept.add('last')
    if (own.includes(network)) kept.add('first')
  }
  return kept
}

function lastOf(address: FakeAddress): number {
  return (address.address | ~maskOf(address.prefixLength)) >>> 0
}

function networkType({ link }: FakeAddress): number {
  return link.isLoopback ? RouteType.LOCAL : RouteType.UNICAST
}

function configOf(
  primary: FakeAddress,
  { type, destination, length }: Pick<FibConfig, 'type' | 'destination' | 'length'>,
): FibConfig {
  return {
    table: type === RouteType.UNICAST ? RouteTableId.MAIN : RouteTableId.LOCAL,
    destination,
    length,
    tos: 0,
    type,
    scope: type === RouteType.LOCAL ? RouteScope.HOST : RouteScope.LINK,
    protocol: RouteProtocol.KERNEL,
    priority: 0,
    preferredSource: primary.local,
    mtu: 0,
    flags: 0,
    gateway: 0,
    oif: primary.link.ifindex,
    legs: undefined,
    nexthopId: 0,
  }
}
