import type { Arp, Fdb } from '@rtnl/evpn'
import { dumpFdbAges, dumpNeighborAges, NeighborFlag } from '@rtnl/neighbor'
import type { Connection } from '@rtnl/netlink-core'
import type { EvpnCollection } from '@rtnl/tables'

/**
 * How long ago the kernel's entries were made or changed, in hundredths of a second. Ages run without a message, so they are
 * read once, for what is printed now.
 */
export class Ages {
  readonly #remotes = new Map<string, number>()
  readonly #neighbors = new Map<string, number>()

  /** Reads the ages that entries of these collections have. */
  static async read(connection: Connection, collections: readonly EvpnCollection<unknown>[]): Promise<Ages> {
    const ages = new Ages()
    const isWanted = (wanted: EvpnCollection<unknown>['name']): boolean =>
      collections.some(({ name }) => name === wanted)
    if (isWanted('fdb')) await ages.#readRemotes(connection)
    if (isWanted('arps')) await ages.#readNeighbors(connection)
    return ages
  }

  /** The age of an entry of a collection; `undefined` where it has none, or came after the reading. */
  of(collection: EvpnCollection<unknown>['name'], entry: unknown): number | undefined {
    if (collection === 'arps') {
      const { ifindex, ip } = entry as Arp
      return this.#neighbors.get(`${ifindex} ${ip}`)
    }
    if (collection !== 'fdb') return undefined
    const { ifindex, mac, vni } = entry as Fdb
    // An entry of a vxlan that carries many names its VNI.
    return this.#remotes.get(remoteKey(ifindex, mac, vni)) ?? this.#remotes.get(remoteKey(ifindex, mac))
  }

  async #readRemotes(connection: Connection): Promise<void> {
    for await (const batch of dumpFdbAges(connection)) {
      for (const { flags, ifindex, lladdr, srcVni, cacheinfo } of batch) {
        if ((flags & NeighborFlag.SELF) === 0 || lladdr === undefined || cacheinfo === undefined) continue
        this.#remotes.set(remoteKey(ifindex, lladdr, srcVni), cacheinfo.updated)
      }
    }
  }

  async #readNeighbors(connection: Connection): Promise<void> {
    for await (const batch of dumpNeighborAges(connection)) {
      for (const { ifindex, dst, cacheinfo } of batch) {
        if (cacheinfo !== undefined) this.#neighbors.set(`${ifindex} ${dst}`, cacheinfo.updated)
      }
    }
  }
}

function remoteKey(ifindex: number, mac: string, vni?: number): string {
  return vni === undefined ? `${ifindex} ${mac}` : `${ifindex} ${mac} ${vni}`
}
