import { BridgePortState, LinkMessage } from '@rtnl/link'
import { MulticastGroup } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { LinkOperations } from '../links/link-operations.ts'
import type { Links } from '../links/links.ts'
import type { Output } from '../output.ts'
import { BridgeFdb } from './bridge-fdb.ts'
import { portMessage } from './port-message.ts'

const { DISABLED, FORWARDING } = BridgePortState

/** A bridge without a spanning tree: what is up and has a carrier forwards. It has the carrier if a port forwards. */
export class Bridge implements LinkOperations {
  readonly link: FakeLink
  readonly fdb: BridgeFdb
  readonly #links: Links
  readonly #output: Output
  /** The last one first. */
  readonly #ports: FakeLink[] = []
  #isOpen = false

  constructor(link: FakeLink, links: Links, output: Output) {
    this.link = link
    this.#links = links
    this.#output = output
    this.fdb = new BridgeFdb(link, this.#ports, output)
  }

  /** `br_dev_open` */
  open(): void {
    this.#isOpen = true
    for (const port of this.#ports) if (port.isUp && port.isOperational) this.#enable(port)
  }

  /** `br_dev_stop` */
  stop(): void {
    this.#isOpen = false
    for (const port of this.#ports) if (port.port?.state !== DISABLED) this.#disable(port)
  }

  /** `br_dev_delete` */
  dissolve(): void {
    for (const port of [...this.#ports]) this.#release(port)
    this.fdb.flush(undefined, 'all')
  }

  /** `br_add_if` */
  add(link: FakeLink): void {
    const isFirst = this.#ports.length === 0
    link.port = { bridge: this.link, state: DISABLED }
    this.#links.announce(link)
    this.#ports.unshift(link)
    // Its features become those of its ports.
    if (isFirst) this.#links.announce(this.link)
    this.fdb.addLocal(link.address, link)
    if (link.isUp && link.isOperational && this.link.isUp) this.#enable(link)
    this.#notify(LinkMessage.NEW, link)
  }

  /** `br_del_if` */
  remove(link: FakeLink): void {
    this.#release(link)
    if (this.#ports.length === 0) this.#links.announce(this.link)
  }

  /** `br_device_event`, for a port. */
  portChanged(event: LinkEvent, link: FakeLink): void {
    const isReady = link.isUp && link.isOperational
    const isDisabled = link.port?.state === DISABLED
    if (event === 'unregister') this.remove(link)
    else if (event === 'down' && this.link.isUp) this.#disable(link)
    else if (event === 'change' && this.#isOpen && isReady && isDisabled) this.#enable(link)
    else if (event === 'change' && this.#isOpen && !isReady && !isDisabled) this.#disable(link)
    else {
      if (event === 'up' && this.#isOpen && isReady) this.#enable(link)
      this.#notify(LinkMessage.NEW, link)
    }
  }

  #enable(link: FakeLink): void {
    this.#set(link, FORWARDING)
    this.#notify(LinkMessage.NEW, link)
    this.#selectStates()
  }

  #disable(link: FakeLink): void {
    this.#set(link, DISABLED)
    this.#notify(LinkMessage.NEW, link)
    this.fdb.flush(link, 'dynamic')
    this.#selectStates()
  }

  #set(link: FakeLink, state: number): void {
    link.port = { bridge: this.link, state }
  }

  /** `del_nbp` */
  #release(link: FakeLink): void {
    if (!link.isDead) this.#links.announce(link)
    this.#disable(link)
    this.#notify(LinkMessage.DEL, link)
    this.#ports.splice(this.#ports.indexOf(link), 1)
    this.fdb.flush(link, 'all')
    link.port = undefined
    if (!link.isDead) this.#links.announce(link)
  }

  /** `br_port_state_selection` */
  #selectStates(): void {
    this.#links.setCarrier(
      this.link,
      this.#ports.some(({ port }) => port?.state === FORWARDING),
    )
  }

  #notify(type: number, link: FakeLink): void {
    const { bridgePort, ...entry } = link.entry()
    const shown = type === LinkMessage.NEW && bridgePort !== undefined ? { ...entry, bridgePort } : entry
    this.#output.notify(MulticastGroup.LINK, portMessage, { type }, shown)
  }
}
