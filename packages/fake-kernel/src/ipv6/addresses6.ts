import { type Address, AddressFlag, AddressMessage, AddressProtocol, addressMessage } from '@rtnl/address'
import {
  AddressFamily,
  Errno,
  MessageFlag,
  MulticastGroup,
  NexthopFlag,
  RouteProtocol,
  RouteScope,
} from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '@rtnl/route'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { Neighbors } from '../neighbors/neighbors.ts'
import { byItself, type Output } from '../output.ts'
import { quietly, Refusal } from '../refusal.ts'
import type { Fib6 } from './fib6.ts'
import type { Route6 } from './fib6-table.ts'
import {
  formatIpv6,
  ipv6Mask,
  isLinkLocal,
  linkLocalAddress,
  linkLocalPrefix,
  loopbackAddress,
  multicastPrefix,
} from './ipv6.ts'

/** An IPv6 address of an interface. */
export interface FakeAddress6 {
  readonly link: FakeLink
  readonly address: bigint
  readonly prefixLength: number
  /** `IFA_F_*` without `TENTATIVE`. */
  flags: number
  protocol: number
  /** Nobody has found out yet whether others have it. */
  isTentative: boolean
  readonly route: Route6
}

const metrics = { prefix: 256, local: 0 } as const
const forever = 0xffffffff
const { PERMANENT, TENTATIVE, NOPREFIXROUTE, NODAD } = AddressFlag

/** The IPv6 addresses of interfaces and the routes that they cause; no other host has any of them. */
export class Addresses6 {
  readonly #output: Output
  readonly #fib: Fib6
  readonly #neighbors: Neighbors
  readonly #byLink = new Map<FakeLink, FakeAddress6[]>()
  readonly #ready = new Set<FakeLink>()
  readonly #unsettled: FakeAddress6[] = []

  constructor(output: Output, fib: Fib6, neighbors: Neighbors) {
    this.#output = output
    this.#neighbors = neighbors
    this.#fib = fib
  }

  of(link: FakeLink): readonly FakeAddress6[] {
    return this.#byLink.get(link) ?? []
  }

  /** Whether an address is one of the namespace, and of the interface if it counts there alone. */
  has(address: bigint, link: FakeLink | undefined, isAnywhere: boolean): boolean {
    return [...this.#byLink.values()].flat().some((each) => {
      if (each.address !== address) return false
      return link === undefined || each.link === link || (isAnywhere && !isLinkLocal(address))
    })
  }

  /** Adds an address as a program does. @throws {Refusal} the interface has it */
  add(wanted: Pick<FakeAddress6, 'link' | 'address' | 'prefixLength' | 'flags' | 'protocol'>): void {
    const address = this.#insert(wanted)
    if ((address.flags & NOPREFIXROUTE) === 0) this.addPrefixRoute(address)
    if ((address.flags & NODAD) === 0) this.notify(AddressMessage.NEW, address)
    this.#unsettled.push(address)
  }

  remove(address: FakeAddress6): void {
    const left = this.of(address.link).filter((other) => other !== address)
    this.#byLink.set(address.link, left)
    this.#drop(address)
    const hasPrefixRoute = (address.flags & NOPREFIXROUTE) === 0
    const mask = ipv6Mask(address.prefixLength)
    const isShared = left.some(
      (other) => other.prefixLength === address.prefixLength && ((other.address ^ address.address) & mask) === 0n,
    )
    if (hasPrefixRoute && !isShared) {
      const found = this.#prefixRouteOf(address)
      if (found !== undefined) this.#fib.remove(found, byItself)
    }
    const isAnywhere = !isLinkLocal(address.address)
    this.#fib.loseSource(address.address, (link) => this.has(address.address, link, isAnywhere))
  }

  addPrefixRoute({ link, address, prefixLength }: FakeAddress6): void {
    const destination = address & ipv6Mask(prefixLength)
    this.#addOwn(link, { table: RouteTableId.MAIN, type: RouteType.UNICAST, destination, length: prefixLength })
  }

  /** Ends what the kernel does later: addresses turn out to be nobody else's. */
  settle(): void {
    for (const address of this.#unsettled.splice(0)) {
      if (!this.of(address.link).includes(address)) continue
      address.isTentative = false
      this.#announce(address)
    }
  }

  linkChanged(event: LinkEvent, link: FakeLink): void {
    if (event === 'up') {
      for (const address of this.of(link)) this.#restore(address)
      if (link.isOperational) this.#begin(link)
    } else if (event === 'change') {
      this.#carrierChanged(link)
    } else {
      this.#end(link, event === 'unregister')
    }
  }

  notify(type: number, address: FakeAddress6): void {
    this.#output.notify(MulticastGroup.IPV6_IFADDR, addressMessage, { type }, address6Entry(address))
  }

  #carrierChanged(link: FakeLink): void {
    if (!link.isOperational) {
      this.#fib.loseCarrier(link)
      this.#neighbors.flush(AddressFamily.INET6, link, 'permanent')
    } else if (this.#ready.has(link)) {
      this.#fib.bringUp(link, NexthopFlag.LINKDOWN)
    } else {
      this.#begin(link)
    }
  }

  /** The interface works: it gets the addresses that it makes itself. */
  #begin(link: FakeLink): void {
    this.#ready.add(link)
    if (link.isLoopback) {
      const own = { link, address: loopbackAddress, prefixLength: 128, flags: PERMANENT | NODAD }
      quietly(() => {
        const address = this.#insert({ ...own, flags: PERMANENT, protocol: AddressProtocol.KERNEL_LO })
        address.isTentative = false
        this.#announce(address)
      })
    } else {
      this.addMulticastRoute(link)
      const own = { link, address: linkLocalAddress(link.address), prefixLength: 64, flags: PERMANENT }
      quietly(() => {
        const address = this.#insert({ ...own, protocol: AddressProtocol.KERNEL_LL })
        this.#addOwn(link, {
          table: RouteTableId.MAIN,
          type: RouteType.UNICAST,
          destination: linkLocalPrefix,
          length: 64,
        })
        this.#unsettled.push(address)
      })
    }
    this.#fib.bringUp(link, NexthopFlag.DEAD)
  }

  #end(link: FakeLink, isDeleted: boolean): void {
    this.#ready.delete(link)
    this.#fib.takeDown(link, isDeleted)
    this.#neighbors.flush(AddressFamily.INET6, link, 'none')
    const gone = this.of(link)
    this.#byLink.delete(link)
    for (const address of gone) this.#drop(address)
  }

  /** What an address that was there before has when its interface goes up. */
  #restore(address: FakeAddress6): void {
    if ((address.flags & NOPREFIXROUTE) === 0) this.addPrefixRoute(address)
  }

  #insert(wanted: Pick<FakeAddress6, 'link' | 'address' | 'prefixLength' | 'flags' | 'protocol'>): FakeAddress6 {
    const { link, address } = wanted
    const list = this.#byLink.get(link) ?? []
    if (list.some((other) => other.address === address))
      throw new Refusal(Errno.EEXIST, 'ipv6: address already assigned')
    const made: FakeAddress6 = {
      ...wanted,
      isTentative: (wanted.flags & NODAD) === 0,
      route: localRoute(link, address),
    }
    const place = list.findIndex((other) => scopeRank(address) >= scopeRank(other.address))
    list.splice(place < 0 ? list.length : place, 0, made)
    this.#byLink.set(link, list)
    return made
  }

  /** `RTM_NEWADDR` of an address that counts, and its route. */
  #announce(address: FakeAddress6): void {
    this.notify(AddressMessage.NEW, address)
    quietly(() => this.#fib.add(address.route, { requested: MessageFlag.CREATE, origin: byItself }))
  }

  #drop(address: FakeAddress6): void {
    this.notify(AddressMessage.DEL, address)
    const { table, destination, length } = address.route
    if (this.#fib.tables.chain(table, destination, length)?.includes(address.route)) {
      this.#fib.remove(address.route, byItself)
    }
  }

  #prefixRouteOf({ link, address, prefixLength }: FakeAddress6): Route6 | undefined {
    const destination = address & ipv6Mask(prefixLength)
    const chain = this.#fib.tables.chain(RouteTableId.MAIN, destination, prefixLength) ?? []
    return chain.find((route) => route.link === link && route.gateway === undefined)
  }

  /** What an interface has for multicast; the kernel sees to it even before it refuses an address. */
  addMulticastRoute(link: FakeLink): void {
    if (link.isLoopback) return
    const destination = multicastPrefix
    this.#addOwn(link, { table: RouteTableId.LOCAL, type: RouteType.MULTICAST, destination, length: 8 })
  }

  /** A route of the kernel's own; one that cannot be made is left out. */
  #addOwn(link: FakeLink, what: Pick<Route6, 'table' | 'type' | 'destination' | 'length'>): void {
    if (!link.isUp) return
    const isReject = link.isLoopback && what.destination !== loopbackAddress
    const route: Route6 = { ...own(link), ...what, metric: metrics.prefix, isReject, isLocal: false }
    route.flags = link.hasCarrier ? 0 : NexthopFlag.LINKDOWN
    quietly(() => this.#fib.add(route, { requested: MessageFlag.CREATE, origin: byItself }))
  }
}

/** The entry as the kernel reports it. */
export function address6Entry({
  link,
  address,
  prefixLength,
  flags,
  protocol,
  isTentative,
}: FakeAddress6): Partial<Address> {
  const isHost = address === loopbackAddress
  return {
    family: AddressFamily.INET6,
    prefixlen: prefixLength,
    scope: isHost ? RouteScope.HOST : isLinkLocal(address) ? RouteScope.LINK : RouteScope.UNIVERSE,
    ifindex: link.ifindex,
    cacheinfo: { preferred: forever, valid: forever, cstamp: 0, tstamp: 0 },
    address: formatIpv6(address),
    ...(protocol === 0 ? {} : { protocol }),
    flags: flags | PERMANENT | (isTentative ? TENTATIVE : 0),
  }
}

/** Addresses that reach farther come first. */
function scopeRank(address: bigint): number {
  return isLinkLocal(address) || address === loopbackAddress ? 0 : 1
}

function own(link: FakeLink) {
  return { protocol: RouteProtocol.KERNEL, link, gateway: undefined, weight: 1, mtu: 0, source: undefined, flags: 0 }
}

function localRoute(link: FakeLink, destination: bigint): Route6 {
  const what = { table: RouteTableId.LOCAL, type: RouteType.LOCAL, destination, length: 128 }
  return { ...own(link), ...what, metric: metrics.local, isReject: false, isLocal: true }
}
