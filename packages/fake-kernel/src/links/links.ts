import { LinkMessage, linkMessage } from '@rtnl/link'
import { Errno, MulticastGroup } from '@rtnl/netlink-core'
import type { Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { FakeLink, OperationalState } from './link.ts'
import type { LinkEvent, LinkListener } from './link-events.ts'

/** What a new interface is made of. */
export interface LinkProperties {
  readonly ifindex: number
  readonly ifname: string
  readonly address: string | undefined
  readonly mtu: number
  readonly kind?: 'veth' | 'bridge'
}

/** The interfaces of a namespace. */
export class Links {
  readonly #output: Output
  readonly #byIndex = new Map<number, FakeLink>()
  readonly #listeners: LinkListener[] = []
  /** Those whose carrier changed, and of which the kernel has not told its other parts yet (`linkwatch`). */
  readonly #watched = new Set<FakeLink>()
  #lastIndex = 1
  #addresses = 0

  constructor(output: Output) {
    this.#output = output
    this.#byIndex.set(1, new FakeLink({ ifindex: 1, ifname: 'lo', address: '00:00:00:00:00:00', mtu: 65536 }))
  }

  /** Calls a part of the kernel with each event, in the order in which they were added. */
  listen(listener: LinkListener): void {
    this.#listeners.push(listener)
  }

  get(ifindex: number): FakeLink | undefined {
    return this.#byIndex.get(ifindex)
  }

  named(ifname: string): FakeLink | undefined {
    return [...this.#byIndex.values()].find((link) => link.ifname === ifname)
  }

  /** By index. */
  all(): FakeLink[] {
    return [...this.#byIndex.values()].sort((a, b) => a.ifindex - b.ifindex)
  }

  /** Makes a pair; the kernel makes the other end first. */
  addPair(own: LinkProperties, other: LinkProperties): void {
    const peer = this.#create(other)
    this.#notify(LinkMessage.NEW, peer)
    const link = this.#create(own)
    link.peer = peer
    peer.peer = link
    this.#notify(LinkMessage.NEW, link)
  }

  /**
   * Makes an interface of one end.
   * @param prepare what is done before it is announced
   */
  add(properties: LinkProperties, prepare: (link: FakeLink) => void): void {
    const link = this.#create(properties)
    prepare(link)
    this.announce(link)
  }

  setCarrier(link: FakeLink, hasCarrier: boolean): void {
    if (link.isLoopback || link.hasCarrier === hasCarrier) return
    link.hasCarrier = hasCarrier
    this.#watched.add(link)
  }

  announce(link: FakeLink): void {
    this.#notify(LinkMessage.NEW, link)
  }

  setUp(link: FakeLink): void {
    if (link.isUp) return
    link.operations?.open()
    link.isUp = true
    if (link.peer?.isUp === true) {
      this.setCarrier(link, true)
      this.setCarrier(link.peer, true)
    }
    this.#notify(LinkMessage.NEW, link)
    this.#tell('up', link)
  }

  setDown(link: FakeLink): void {
    this.#close([link])
  }

  /** Removes an interface and its other end. */
  remove(link: FakeLink): void {
    link.operations?.dissolve()
    const gone = link.peer === undefined ? [link] : [link, link.peer]
    // The kernel separates them first: what they say from here on names no other end.
    for (const each of gone) each.peer = undefined
    this.#close(gone)
    for (const each of gone) {
      each.isDead = true
      this.#byIndex.delete(each.ifindex)
    }
    for (const each of gone) {
      this.#tell('unregister', each)
      this.#notify(LinkMessage.DEL, each)
      this.#watched.delete(each)
    }
  }

  /** Tells the other parts of the kernel of carriers that changed: what the kernel does some time later. */
  settle(): void {
    for (const link of this.#watched) {
      this.#watched.delete(link)
      link.operationalState = link.hasCarrier ? OperationalState.UP : link.withoutCarrier
      if (!link.isUp) continue
      this.#tell('change', link)
      this.#notify(LinkMessage.NEW, link)
    }
  }

  /** An index that no interface has had. */
  freeIndex(): number {
    do this.#lastIndex++
    while (this.#byIndex.has(this.#lastIndex))
    return this.#lastIndex
  }

  /** The first free name of a kind: `veth0`. */
  freeName(prefix: string): string {
    for (let number = 0; ; number++) if (this.named(`${prefix}${number}`) === undefined) return `${prefix}${number}`
  }

  #create({ ifindex, ifname, address, mtu, kind = 'veth' }: LinkProperties): FakeLink {
    if (this.named(ifname) !== undefined) throw new Refusal(Errno.EEXIST)
    if (this.#byIndex.has(ifindex)) throw new Refusal(Errno.EBUSY)
    const link = new FakeLink({ ifindex, ifname, address: address ?? this.#freeAddress(), mtu, kind })
    this.#byIndex.set(ifindex, link)
    return link
  }

  #freeAddress(): string {
    const number = (++this.#addresses).toString(16).padStart(10, '0')
    return `02:${number.match(/../g)?.join(':')}`
  }

  /** What goes down at once is marked first, and announced then. */
  #close(links: readonly FakeLink[]): void {
    const closing = links.filter(({ isUp }) => isUp)
    for (const link of closing) {
      link.operations?.stop()
      link.isUp = false
      if (link.kind === 'veth') this.setCarrier(link, false)
      if (link.peer !== undefined) this.setCarrier(link.peer, false)
    }
    for (const link of closing) {
      this.#notify(LinkMessage.NEW, link)
      this.#tell('down', link)
    }
  }

  #tell(event: LinkEvent, link: FakeLink): void {
    for (const listener of this.#listeners) listener(event, link)
  }

  #notify(type: number, link: FakeLink): void {
    this.#output.notify(MulticastGroup.LINK, linkMessage, { type }, link.entry())
  }
}
