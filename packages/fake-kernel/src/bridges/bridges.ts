import { Errno } from '@rtnl/netlink-core'
import type { FakeLink } from '../links/link.ts'
import type { LinkEvent } from '../links/link-events.ts'
import type { LinkProperties, Links } from '../links/links.ts'
import type { Output } from '../output.ts'
import { Refusal } from '../refusal.ts'
import { Bridge } from './bridge.ts'

/** The bridges of a namespace. */
export class Bridges {
  readonly #links: Links
  readonly #output: Output
  readonly #byLink = new Map<FakeLink, Bridge>()

  constructor(links: Links, output: Output) {
    this.#links = links
    this.#output = output
  }

  add(properties: LinkProperties): void {
    this.#links.add({ ...properties, kind: 'bridge' }, (link) => {
      const bridge = new Bridge(link, this.#links, this.#output)
      this.#byLink.set(link, bridge)
      link.operations = bridge
      // It gets an address, and then the same one again.
      bridge.fdb.addLocal(link.address, undefined)
      bridge.fdb.flush(undefined, 'all')
      bridge.fdb.addLocal(link.address, undefined)
    })
  }

  /** The bridge that an interface is. */
  get(link: FakeLink): Bridge | undefined {
    return this.#byLink.get(link)
  }

  /** The bridge that an interface is a port of. */
  of({ port }: FakeLink): Bridge | undefined {
    return port && this.#byLink.get(port.bridge)
  }

  /** `do_set_master`: makes an interface a port of a bridge, or, with index 0, of none. @throws {Refusal} */
  setMaster(link: FakeLink, ifindex: number): void {
    if (link.port?.bridge.ifindex === ifindex) return
    this.of(link)?.remove(link)
    if (ifindex === 0) return
    const master = this.#links.get(ifindex)
    if (master === undefined) throw new Refusal(Errno.EINVAL)
    const bridge = this.get(master)
    if (bridge === undefined) throw new Refusal(Errno.EOPNOTSUPP)
    if (link.isLoopback) throw new Refusal(Errno.EINVAL)
    if (this.get(link) !== undefined) throw new Refusal(Errno.ELOOP, 'Can not enslave a bridge to a bridge')
    bridge.add(link)
  }

  linkChanged(event: LinkEvent, link: FakeLink): void {
    this.of(link)?.portChanged(event, link)
    if (event === 'unregister') this.#byLink.delete(link)
  }
}
