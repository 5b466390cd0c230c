import { type Vlan, VlanFlag } from '@rtnl/bridge'
import { Multimap } from '../multimap.ts'
import { smallest } from '../numbers.ts'

/** Which VLANs of ports are mapped to VNIs, and which are those of frames without a tag. */
export class VlanMaps {
  /** VLANs of frames without a tag, by port. While one replaces another the kernel shows two. */
  readonly #pvids = new Multimap<number, number>()
  /** Tunnel ids that a port has. */
  readonly tunnels = new Multimap<number, number>()
  /** VLANs by port and tunnel id. */
  readonly #vids = new Multimap<string, number>()

  change(old: Vlan | undefined, next: Vlan | undefined): void {
    if (old?.vid !== undefined) this.#remove(old.ifindex, old.vid, old)
    if (next?.vid !== undefined) this.#add(next.ifindex, next.vid, next)
  }

  pvid(ifindex: number): number | undefined {
    return smallest(this.#pvids.get(ifindex))
  }

  /** The VLAN of a port that is mapped to a VNI. */
  vidOf(ifindex: number, vni: number): number | undefined {
    return smallest(this.#vids.get(`${ifindex} ${vni}`))
  }

  #add(ifindex: number, vid: number, { flags = 0, tunnelId }: Vlan): void {
    if ((flags & VlanFlag.PVID) !== 0) this.#pvids.add(ifindex, vid)
    if (tunnelId === undefined) return
    this.tunnels.add(ifindex, tunnelId)
    this.#vids.add(`${ifindex} ${tunnelId}`, vid)
  }

  #remove(ifindex: number, vid: number, { flags = 0, tunnelId }: Vlan): void {
    if ((flags & VlanFlag.PVID) !== 0) this.#pvids.delete(ifindex, vid)
    if (tunnelId === undefined) return
    const place = `${ifindex} ${tunnelId}`
    this.#vids.delete(place, vid)
    if (!this.#vids.has(place)) this.tunnels.delete(ifindex, tunnelId)
  }
}
