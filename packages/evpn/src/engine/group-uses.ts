import type { GroupKey } from '../keys.ts'
import { Multimap } from '../multimap.ts'
import { ascending } from '../numbers.ts'
import type { MacRows } from './mac-rows.ts'

/** What uses a group of nexthops in a VNI. */
interface Uses {
  /** How many hardware addresses are behind it, and the number of the first of them, or -1. */
  macs: number
  firstMac: number
  /** The vxlan of each entry that floods to it. */
  readonly floods: Map<string, number>
  /** Entries by vxlan. */
  readonly devices: Map<number, number>
}

/** Which hardware addresses and floods of each VNI use which groups. */
export class GroupUses {
  readonly #macs: MacRows
  /** By VNI and id. */
  readonly #uses = new Map<number, Map<number, Uses>>()
  readonly #vnis = new Multimap<number, number>()

  constructor(macs: MacRows) {
    this.#macs = macs
  }

  /** The VNIs in which a group is used. */
  vnisOf(nhId: number): ReadonlySet<number> {
    return this.#vnis.get(nhId)
  }

  get({ vni, nhId }: GroupKey): Readonly<Uses> | undefined {
    return this.#uses.get(vni)?.get(nhId)
  }

  /** The numbers of the hardware addresses behind a group. */
  macsOf(key: GroupKey): Iterable<number> {
    return this.#macs.linked(this.get(key)?.firstMac ?? -1)
  }

  devicesOf(key: GroupKey): number[] {
    return ascending(this.get(key)?.devices.keys() ?? [])
  }

  /** @returns whether more than the number of addresses is another now */
  addMac(key: GroupKey, id: number, ifindex: number): boolean {
    const uses = this.#make(key)
    uses.macs++
    uses.firstMac = this.#macs.link(id, uses.firstMac)
    return this.#count(uses, ifindex, 1)
  }

  /** @param ifindex the vxlan that it was added with @returns as `addMac` */
  removeMac(key: GroupKey, id: number, ifindex: number): boolean {
    const uses = this.#make(key)
    uses.macs--
    uses.firstMac = this.#macs.unlink(id, uses.firstMac)
    return this.#remove(key, uses, ifindex)
  }

  /** @param text the key of the forwarding entry */
  addFlood(key: GroupKey, text: string, ifindex: number): void {
    const uses = this.#make(key)
    uses.floods.set(text, ifindex)
    this.#count(uses, ifindex, 1)
  }

  removeFlood(key: GroupKey, text: string): void {
    const uses = this.#make(key)
    const ifindex = uses.floods.get(text)
    uses.floods.delete(text)
    this.#remove(key, uses, ifindex)
  }

  #make({ vni, nhId }: GroupKey): Uses {
    let ofVni = this.#uses.get(vni)
    if (ofVni === undefined) {
      ofVni = new Map()
      this.#uses.set(vni, ofVni)
    }
    let uses = ofVni.get(nhId)
    if (uses === undefined) {
      uses = { macs: 0, firstMac: -1, floods: new Map(), devices: new Map() }
      ofVni.set(nhId, uses)
      this.#vnis.add(nhId, vni)
    }
    return uses
  }

  #remove({ vni, nhId }: GroupKey, uses: Uses, ifindex: number | undefined): boolean {
    const isOther = ifindex !== undefined && this.#count(uses, ifindex, -1)
    if (uses.devices.size > 0) return isOther
    const ofVni = this.#uses.get(vni)
    ofVni?.delete(nhId)
    if (ofVni?.size === 0) this.#uses.delete(vni)
    this.#vnis.delete(nhId, vni)
    return true
  }

  /** @returns whether it is the first entry of the vxlan, or was the last one */
  #count({ devices }: Uses, ifindex: number, by: 1 | -1): boolean {
    const count = (devices.get(ifindex) ?? 0) + by
    if (count > 0) devices.set(ifindex, count)
    else devices.delete(ifindex)
    return count === 0 || (count === 1 && by === 1)
  }
}
