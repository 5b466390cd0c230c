import { LinkTable } from '@rtnl/link'
import type { Notifier } from '@rtnl/notifier'
import { hardwareAddressText } from './hardware-address.ts'

/** Names of interfaces, for text. A deleted interface keeps its last name, since changes of its entries are printed later. */
export class InterfaceNames {
  readonly #names = new Map<number, string>()
  /** `ARPHRD_*` */
  readonly #types = new Map<number, number>()

  constructor(links: Iterable<readonly [ifindex: number, name: string, type?: number]> = []) {
    for (const [ifindex, name, type] of links) this.#set(ifindex, name, type)
  }

  /** Follows the names in the namespace of a notifier, until that is closed. */
  static async follow(notifier: Notifier): Promise<InterfaceNames> {
    return InterfaceNames.of(await LinkTable.open({ notifier }))
  }

  /** Follows the names of links, until their table is closed. */
  static of(links: LinkTable): InterfaceNames {
    const names = new InterfaceNames()
    links.observe((_old, link) => {
      if (link !== undefined) names.#set(link.ifindex, link.ifname, link.type)
    })
    for (const { ifindex, ifname, type } of links) names.#set(ifindex, ifname, type)
    return names
  }

  #set(ifindex: number, name: string | undefined, type: number | undefined): void {
    if (name !== undefined) this.#names.set(ifindex, name)
    if (type !== undefined) this.#types.set(ifindex, type)
  }

  /** The name, or `if5` for an interface 5 that nobody has seen. */
  name(ifindex: number): string {
    return this.#names.get(ifindex) ?? `if${ifindex}`
  }

  /** A hardware address on an interface: an IP address, if the interface is a tunnel. */
  hardwareAddress(ifindex: number, address: string): string {
    return hardwareAddressText(address, this.#types.get(ifindex))
  }
}
