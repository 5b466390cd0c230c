import { acquireTable, anyDefinition } from '@rtnl/live-table'
import { type FollowedInterfaces, type InterfaceDependency, kindOf, type Need, nameOf } from '@rtnl/reconcile'
import { LinkFlag } from './constants.ts'
import type { Link } from './message.ts'
import { linkDefinition, namesOf } from './table.ts'

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

/**
 * Interfaces as what entries need: that they are there (`interface 5`, `ifname v0`), are up (`up 5`), or have a carrier
 * (`carrier 5`). All users of a notifier share one table of links.
 */
export const linkDependency: InterfaceDependency = {
  kinds: ['interface', 'up', 'carrier', 'ifname'],
  async follow(notifier, changed) {
    const { table, release } = await acquireTable(notifier, anyDefinition(linkDefinition))
    const interfaces = new Interfaces(changed)
    for (const link of table) interfaces.update(undefined, link as Link)
    const stop = table.observe((old, next) => interfaces.update(old as Link | undefined, next as Link | undefined))
    return interfaces.followed({
      fresh: () => table.waitForSync(),
      close() {
        stop()
        release()
      },
    })
  },
}

/** Links by index, and indexes by name. */
class Interfaces {
  readonly #changed: (need: Need) => void
  readonly #links = new Map<number, Link>()
  readonly #indexes = new Map<string, number>()
  /** The last name of each interface that there was, for people. */
  readonly #names = new Map<number, string>()

  constructor(changed: (need: Need) => void) {
    this.#changed = changed
  }

  update(old: Link | undefined, next: Link | undefined): void {
    const ifindex = (next ?? old)?.ifindex
    if (ifindex === undefined || old === next) return
    if (next === undefined) this.#links.delete(ifindex)
    else this.#links.set(ifindex, next)
    if (next?.ifname !== undefined) this.#names.set(ifindex, next.ifname)
    const [before, after] = [namesOf(old), namesOf(next)]
    // Another link may have taken the name before the message that this one lost it.
    for (const name of before) if (this.#indexes.get(name) === ifindex) this.#indexes.delete(name)
    for (const name of after) this.#indexes.set(name, ifindex)
    if ((old === undefined) !== (next === undefined)) this.#changed(needOfInterface(ifindex))
    if (isUp(old) !== isUp(next)) this.#changed(needOfLink(ifindex))
    if (hasCarrier(old) !== hasCarrier(next)) this.#changed(needOfCarrier(ifindex))
    for (const name of new Set([...before, ...after])) {
      if (before.includes(name) !== after.includes(name)) this.#changed(`ifname ${name}`)
    }
  }

  /** @param following how the links are followed */
  followed(following: { fresh(): Promise<void>; close(): void }): FollowedInterfaces {
    return {
      isMet: (need) => this.#isMet(need),
      describe: (need) => this.#describe(need),
      ifindex: (name) => this.#indexes.get(name),
      ...following,
    }
  }

  #isMet(need: Need): boolean {
    if (kindOf(need) === 'ifname') return this.#indexes.has(nameOf(need))
    const link = this.#links.get(Number(nameOf(need)))
    if (kindOf(need) === 'interface') return link !== undefined
    return kindOf(need) === 'carrier' ? hasCarrier(link) : isUp(link)
  }

  #describe(need: Need): string {
    if (kindOf(need) === 'ifname') return `link ${nameOf(need)}, which does not exist`
    const ifindex = Number(nameOf(need))
    const link = this.#links.get(ifindex)
    const name = `link ${this.#names.get(ifindex) ?? ifindex}`
    if (link === undefined) return `${name}, which does not exist`
    if (kindOf(need) !== 'interface' && !isUp(link)) return `${name}, which is down`
    return kindOf(need) === 'carrier' && !hasCarrier(link) ? `${name}, which has no carrier` : name
  }
}

function isUp(link: Link | undefined): boolean {
  return link !== undefined && (link.flags & LinkFlag.UP) !== 0
}

function hasCarrier(link: Link | undefined): boolean {
  return isUp(link) && link?.carrier !== 0
}
