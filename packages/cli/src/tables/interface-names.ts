import { LinkTable } from '@rtnl/link'
import type { Notifier } from '@rtnl/notifier'

/** Names of interfaces for people. A deleted interface keeps its last name: what is told of it is told afterwards. */
export class InterfaceNames {
  readonly #names = new Map<number, string>()

  constructor(names: Iterable<readonly [ifindex: number, name: string]> = []) {
    this.#names = new Map(names)
  }

  /** Follows the names in the namespace of a notifier, until that is closed. */
  static async follow(notifier: Notifier): Promise<InterfaceNames> {
    const names = new InterfaceNames()
    const links = await LinkTable.open({ notifier })
    links.observe((_old, link) => {
      if (link?.ifname !== undefined) names.#names.set(link.ifindex, link.ifname)
    })
    for (const { ifindex, ifname } of links) if (ifname !== undefined) names.#names.set(ifindex, ifname)
    return names
  }

  /** The name, or `if5` for an interface 5 that nobody has seen. */
  name(ifindex: number): string {
    return this.#names.get(ifindex) ?? `if${ifindex}`
  }
}
