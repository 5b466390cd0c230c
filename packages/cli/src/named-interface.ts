import { LinkTable } from '@rtnl/link'
import { type Nexthop, NexthopTable } from '@rtnl/nexthop'
import type { Notifier } from '@rtnl/notifier'
import type { ChosenInterface } from '@rtnl/tables'

/** No interface has this index. */
const none = -1

/**
 * The interface that has a name now: which one that is changes when interfaces are made, deleted and renamed, and so does
 * what goes out of it by nexthop objects. Its tables are closed with their notifier.
 */
export class NamedInterface implements ChosenInterface {
  readonly #name: string
  readonly #links: LinkTable
  readonly #nexthops: NexthopTable | undefined
  /** What was found out of nexthops since one of them changed. */
  readonly #leading = new Map<number, boolean>()
  readonly #observers = new Set<() => void>()
  ifindex: number

  private constructor(name: string, links: LinkTable, nexthops: NexthopTable | undefined) {
    this.#name = name
    this.#links = links
    this.#nexthops = nexthops
    this.ifindex = this.#find()
    links.observe(() => this.#follow())
    nexthops?.observe((old, next) => this.#changed(old, next))
  }

  /**
   * @param withNexthops whether `hasNexthop` will be called
   * @throws {Error} no interface has the name
   */
  static async open(name: string, notifier: Notifier, withNexthops: boolean): Promise<NamedInterface> {
    const links = await LinkTable.open({ notifier })
    const nexthops = withNexthops ? await NexthopTable.open({ notifier }) : undefined
    const named = new NamedInterface(name, links, nexthops)
    if (named.ifindex !== none) return named
    throw new Error(`--dev: there is no interface '${name}'; \`rtnl show link\` lists them`)
  }

  hasNexthop(id: number): boolean {
    let leads = this.#leading.get(id)
    if (leads === undefined) {
      leads = this.#leads(this.#nexthops?.get({ id }))
      this.#leading.set(id, leads)
    }
    return leads
  }

  /** Calls `observer` whenever another interface has the name, or another nexthop goes out of it. */
  observe(observer: () => void): void {
    this.#observers.add(observer)
  }

  #find(): number {
    return this.#links.ifindex(this.#name) ?? none
  }

  #follow(): void {
    const ifindex = this.#find()
    if (ifindex === this.ifindex) return
    this.ifindex = ifindex
    this.#notify()
  }

  #changed(old: Nexthop | undefined, next: Nexthop | undefined): void {
    // Of a group whose member changes the kernel says nothing more than that.
    if (old === next || this.#leads(old) === this.#leads(next)) return
    this.#notify()
  }

  #leads(nexthop: Nexthop | undefined): boolean {
    if (nexthop === undefined) return false
    const { oif, group = [] } = nexthop
    return oif === this.ifindex || group.some(({ id }) => this.#nexthops?.get({ id })?.oif === this.ifindex)
  }

  #notify(): void {
    this.#leading.clear()
    for (const observer of this.#observers) observer()
  }
}
