import type { Remote, Vtep } from '../entries.ts'
import { type VtepKey, vtepKey } from '../keys.ts'
import { ascending } from '../numbers.ts'

/** What refers to an endpoint. */
export type Reference = 'floods' | 'macs' | 'groups'

interface Counts {
  readonly key: VtepKey
  floods: number
  macs: number
  groups: number
  readonly devices: Map<number, number>
}

/** The smallest identifier of an endpoint. */
const firstId = 0x80000001

/** Counts what refers to each endpoint, and gives endpoints their identifiers. */
export class VtepCounts {
  readonly #counts = new Map<string, Counts>()
  readonly #touched = new Set<string>()
  readonly #ids = new Map<string, number>()
  /** Identifiers below `#nextId` that no endpoint has. */
  readonly #freeIds = new Set<number>()
  #nextId = firstId

  /** @param devices the vxlans of what refers to it */
  count(
    reference: Reference,
    vni: number,
    { ip, port, encapVni }: Remote,
    devices: readonly number[],
    by: 1 | -1,
  ): void {
    const key = { vni, ip, port, encapVni }
    const text = vtepKey(key)
    const counts = this.#counts.get(text) ?? { key, floods: 0, macs: 0, groups: 0, devices: new Map<number, number>() }
    counts[reference] += by
    for (const ifindex of devices) {
      const count = (counts.devices.get(ifindex) ?? 0) + by
      if (count > 0) counts.devices.set(ifindex, count)
      else counts.devices.delete(ifindex)
    }
    if (counts.devices.size > 0) this.#counts.set(text, counts)
    else this.#counts.delete(text)
    this.#touched.add(text)
  }

  /** Whether an entry names the address as an endpoint of the VNI, other than as a member of a group. */
  isEndpoint(vni: number, { ip, port, encapVni }: Remote): boolean {
    const counts = this.#counts.get(vtepKey({ vni, ip, port, encapVni }))
    return counts !== undefined && counts.floods + counts.macs > 0
  }

  /** The VNIs of endpoints whose counts changed since the last call of `take`. */
  get touchedVnis(): Set<number> {
    return new Set([...this.#touched].map((key) => Number.parseInt(key, 10)))
  }

  /** The endpoints whose counts changed, as they are now, each once. Gives identifiers to new ones, and takes those of old ones back. */
  take(): (readonly [key: string, entry: Vtep | undefined])[] {
    const keys = [...this.#touched]
    this.#touched.clear()
    const entries = keys.map((key) => [key, this.#entry(key)] as const)
    // Last, so that an identifier means one endpoint only within a change set.
    for (const [key, entry] of entries) if (entry === undefined) this.#release(key)
    return entries
  }

  #entry(key: string): Vtep | undefined {
    const counts = this.#counts.get(key)
    if (counts === undefined) return undefined
    const { key: named, floods, macs, groups, devices } = counts
    return { ...named, id: this.#idOf(key), flood: floods > 0, macs, groups, devices: ascending(devices.keys()) }
  }

  #idOf(key: string): number {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const [free] = this.#freeIds
    const id = free ?? this.#nextId++
    this.#freeIds.delete(id)
    this.#ids.set(key, id)
    return id
  }

  #release(key: string): void {
    const id = this.#ids.get(key)
    if (id === undefined) return
    this.#ids.delete(key)
    this.#freeIds.add(id)
  }
}
