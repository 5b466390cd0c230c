import {
  type FollowedInterfaces,
  type InterfaceDependency,
  kindOf,
  type Need,
  nameOf,
} from '@rtnl/reconcile/declarations'
import { LinkFlag } from './constants.ts'
import type { Link } from './message.ts'
import { LinkTable, namesOf } from './table.ts'

/** The need for an interface, up or not. @param ifindex its index */
export function needOfInterface(ifindex: number): Need {
  return `interface ${ifindex}`
}

/** The need for an interface that is up (`IFF_UP`). @param ifindex its index */
export function needOfLink(ifindex: number): Need {
  return `up ${ifindex}`
}

/** The need for an interface that is up and has a carrier. @param ifindex its index */
export function needOfCarrier(ifindex: number): Need {
  return `carrier ${ifindex}`
}

/** The need for a port of a bridge that takes tunnel ids (`bridge link set ... vlan_tunnel on`). @param ifindex its index */
export function needOfVlanTunnel(ifindex: number): Need {
  return `vlan_tunnel ${ifindex}`
}

/**
 * Interfaces as what entries need: that they are there (`interface 5`, `ifname v0`), are up (`up 5`), have a carrier
 * (`carrier 5`), or are ports that take tunnel ids (`vlan_tunnel 5`). All users of a notifier share one table of links.
 */
export const linkDependency: InterfaceDependency = {
  kinds: ['interface', 'up', 'carrier', 'vlan_tunnel', 'ifname'],
  follow: async (notifier, changed, signal) => new Interfaces(await LinkTable.open({ notifier, signal }), changed),
}

class Interfaces implements FollowedInterfaces {
  readonly #table: LinkTable
  readonly #changed: (need: Need) => void
  /** The last name of each interface that there was, for people. */
  readonly #names = new Map<number, string>()

  constructor(table: LinkTable, changed: (need: Need) => void) {
    this.#table = table
    this.#changed = changed
    for (const { ifindex, ifname } of table) if (ifname !== undefined) this.#names.set(ifindex, ifname)
    table.observe((old, next) => this.#update(old, next))
  }

  #update(old: Link | undefined, next: Link | undefined): void {
    const ifindex = (next ?? old)?.ifindex
    if (ifindex === undefined || old === next) return
    if (next?.ifname !== undefined) this.#names.set(ifindex, next.ifname)
    const [before, after] = [namesOf(old), namesOf(next)]
    if ((old === undefined) !== (next === undefined)) this.#changed(needOfInterface(ifindex))
    if (isUp(old) !== isUp(next)) this.#changed(needOfLink(ifindex))
    if (hasCarrier(old) !== hasCarrier(next)) this.#changed(needOfCarrier(ifindex))
    if (takesTunnels(old) !== takesTunnels(next)) this.#changed(needOfVlanTunnel(ifindex))
    for (const name of new Set([...before, ...after])) {
      if (before.includes(name) !== after.includes(name)) this.#changed(`ifname ${name}`)
    }
  }

  ifindex(name: string): number | undefined {
    return this.#table.ifindex(name)
  }

  fresh(): Promise<void> {
    return this.#table.waitForSync()
  }

  close(): void {
    this.#table.close()
  }

  isMet(need: Need): boolean {
    if (kindOf(need) === 'ifname') return this.ifindex(nameOf(need)) !== undefined
    const link = this.#table.get({ ifindex: Number(nameOf(need)) })
    return isUsable[kindOf(need)]?.(link) ?? false
  }

  describe(need: Need): string {
    if (kindOf(need) === 'ifname') return `link ${nameOf(need)}, which does not exist`
    const ifindex = Number(nameOf(need))
    const link = this.#table.get({ ifindex })
    const name = `link ${this.#names.get(ifindex) ?? ifindex}`
    if (link === undefined) return `${name}, which does not exist`
    if (this.isMet(need)) return name
    if (kindOf(need) === 'vlan_tunnel') return `${name}, whose vlan_tunnel is off`
    return isUp(link) ? `${name}, which has no carrier` : `${name}, which is down`
  }
}

/** By the kind of a need: whether a link meets it. */
const isUsable: Readonly<Record<string, (link: Link | undefined) => boolean>> = {
  interface: (link) => link !== undefined,
  up: isUp,
  carrier: hasCarrier,
  vlan_tunnel: takesTunnels,
}

function isUp(link: Link | undefined): boolean {
  return link !== undefined && (link.flags & LinkFlag.UP) !== 0
}

function hasCarrier(link: Link | undefined): boolean {
  return isUp(link) && link?.carrier !== 0
}

function takesTunnels(link: Link | undefined): boolean {
  return link?.bridgePort?.vlanTunnel === 1
}
