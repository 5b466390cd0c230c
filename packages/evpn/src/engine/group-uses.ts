import type { GroupKey } from '../keys.ts'
import { groupKey } from '../keys.ts'
import { Multimap } from '../multimap.ts'
import { ascending } from '../numbers.ts'

/** What uses a group of nexthops in a VNI. */
interface Uses {
  readonly vni: number
  readonly nhId: number
  /** The vxlan of each hardware address behind it. */
  readonly macs: Map<string, number>
  /** The vxlan of each entry that floods to it. */
  readonly floods: Map<string, number>
  /** Entries by vxlan. */
  readonly devices: Map<number, number>
}

/** Which hardware addresses and floods of each VNI use which groups. */
export class GroupUses {
  readonly #uses = new Map<string, Uses>()
  readonly #vnis = new Multimap<number, number>()

  /** The VNIs in which a group is used. */
  vnisOf(nhId: number): ReadonlySet<number> {
    return this.#vnis.get(nhId)
  }

  get(key: GroupKey): Readonly<Uses> | undefined {
    return this.#uses.get(groupKey(key))
  }

  devicesOf(key: GroupKey): number[] {
    return ascending(this.get(key)?.devices.keys() ?? [])
  }

  /** @param user a hardware address, or the key of a forwarding entry that floods */
  add(key: GroupKey, kind: 'macs' | 'floods', user: string, ifindex: number): void {
    let uses = this.#uses.get(groupKey(key))
    if (uses === undefined) {
      uses = { vni: key.vni, nhId: key.nhId, macs: new Map(), floods: new Map(), devices: new Map() }
      this.#uses.set(groupKey(key), uses)
      this.#vnis.add(key.nhId, key.vni)
    }
    this.#count(uses, uses[kind].get(user), -1)
    uses[kind].set(user, ifindex)
    this.#count(uses, ifindex, 1)
  }

  remove(key: GroupKey, kind: 'macs' | 'floods', user: string): void {
    const uses = this.#uses.get(groupKey(key))
    if (uses === undefined) return
    this.#count(uses, uses[kind].get(user), -1)
    uses[kind].delete(user)
    if (uses.devices.size > 0) return
    this.#uses.delete(groupKey(key))
    this.#vnis.delete(key.nhId, key.vni)
  }

  #count({ devices }: Uses, ifindex: number | undefined, by: 1 | -1): void {
    if (ifindex === undefined) return
    const count = (devices.get(ifindex) ?? 0) + by
    if (count > 0) devices.set(ifindex, count)
    else devices.delete(ifindex)
  }
}
