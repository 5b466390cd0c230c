import { AddressMessage, addressMessage } from '@rtnl/address'
import { Errno, MulticastGroup, RouteScope } from '@rtnl/netlink-core'
import { parseIpv4 } from '../ipv4.ts'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { Links } from '../links/links.ts'
import { byItself, type Origin, type Output } from '../output.ts'
import { quietly, Refusal } from '../refusal.ts'
import { addressEntry, type FakeAddress, sharesPrefix } from './address.ts'

/** What the routes have to do when an address comes or goes. */
export interface AddressListener {
  added(address: FakeAddress): void
  /** @param left the addresses that the interface still has */
  removed(address: FakeAddress, left: readonly FakeAddress[]): void
}

/** The IPv4 addresses of interfaces, in the order in which the kernel has them: primary ones first. */
export class Addresses {
  readonly #output: Output
  readonly #listener: AddressListener
  readonly #byLink = new Map<FakeLink, FakeAddress[]>()

  constructor(links: Links, output: Output, listener: AddressListener) {
    this.#output = output
    this.#listener = listener
    links.listen((event, link) => this.#linkChanged(event, link))
  }

  of(link: FakeLink): readonly FakeAddress[] {
    return this.#byLink.get(link) ?? []
  }

  /** @throws {Refusal} the interface has it */
  add(address: FakeAddress, origin: Origin): void {
    const list = this.#byLink.get(address.link) ?? []
    this.#byLink.set(address.link, list)
    let place = 0
    for (const [index, other] of list.entries()) {
      if (!other.isSecondary && address.scope <= other.scope) place = index + 1
      if (!sharesPrefix(address, other)) continue
      if (other.local === address.local) throw new Refusal(Errno.EEXIST, 'ipv4: Address already assigned')
      if (other.scope !== address.scope) throw new Refusal(Errno.EINVAL, 'ipv4: Invalid scope value')
      address.isSecondary = true
    }
    list.splice(address.isSecondary ? list.length : place, 0, address)
    this.notify(AddressMessage.NEW, address, origin)
    this.#listener.added(address)
  }

  /** Removes an address, and with a primary one the secondary ones of its prefix. */
  remove(address: FakeAddress, origin: Origin): void {
    const list = this.#byLink.get(address.link) ?? []
    if (!address.isSecondary && !address.link.isDead) {
      const behind = list.slice(list.indexOf(address) + 1)
      for (const other of behind) if (other.isSecondary && sharesPrefix(other, address)) this.#drop(list, other, origin)
    }
    this.#drop(list, address, origin)
  }

  notify(type: number, address: FakeAddress, origin: Origin): void {
    this.#output.notify(MulticastGroup.IPV4_IFADDR, addressMessage, { type, origin }, addressEntry(address))
  }

  #drop(list: FakeAddress[], address: FakeAddress, origin: Origin): void {
    list.splice(list.indexOf(address), 1)
    this.notify(AddressMessage.DEL, address, origin)
    this.#listener.removed(address, list)
  }

  #linkChanged(event: LinkEvent, link: FakeLink): void {
    if (event === 'up' && link.isLoopback) this.#addLoopback(link)
    if (event !== 'unregister') return
    for (let first = this.of(link)[0]; first !== undefined; first = this.of(link)[0]) this.remove(first, byItself)
    this.#byLink.delete(link)
  }

  /** The kernel tries it each time, and says nothing if the loopback has the address. */
  #addLoopback(link: FakeLink): void {
    const own = parseIpv4('127.0.0.1')
    const fixed = { prefixLength: 8, broadcast: 0, scope: RouteScope.HOST, flags: 0, priority: 0, protocol: 0 }
    const address = { link, local: own, address: own, ...fixed, label: link.ifname, isSecondary: false }
    quietly(() => this.add(address, byItself))
  }
}
