import { RowIndex } from '@rtnl/live-table/internal'

/** Numbers of hardware addresses in VNIs, from 0. Numbers that are given back are used again. */
export class MacIds {
  #vnis = new Uint32Array(16)
  #high = new Uint16Array(16)
  #low = new Uint32Array(16)
  readonly #free: number[] = []
  #limit = 0
  readonly #index = new RowIndex((id) => hashOf(this.#vnis[id]!, this.#high[id]!, this.#low[id]!))

  /** All numbers are smaller. */
  get limit(): number {
    return this.#limit
  }

  vniOf(id: number): number {
    return this.#vnis[id]!
  }

  macOf(id: number): number {
    return this.#high[id]! * 0x1_0000_0000 + this.#low[id]!
  }

  /** @returns -1 if it has none */
  find(vni: number, mac: number): number {
    const high = Math.floor(mac / 0x1_0000_0000)
    const low = mac >>> 0
    let id = this.#index.first(hashOf(vni, high, low))
    while (id >= 0 && (this.#low[id] !== low || this.#high[id] !== high || this.#vnis[id] !== vni)) {
      id = this.#index.next()
    }
    return id
  }

  /** The number of an address, which it gets if it has none. */
  take(vni: number, mac: number): number {
    const known = this.find(vni, mac)
    if (known >= 0) return known
    const id = this.#free.pop() ?? this.#limit++
    if (id === this.#vnis.length) this.#grow()
    this.#vnis[id] = vni
    this.#high[id] = Math.floor(mac / 0x1_0000_0000)
    this.#low[id] = mac >>> 0
    this.#index.insert(id, this.#hashOf(id))
    return id
  }

  release(id: number): void {
    this.#index.remove(id, this.#hashOf(id))
    this.#free.push(id)
  }

  #hashOf(id: number): number {
    return hashOf(this.#vnis[id]!, this.#high[id]!, this.#low[id]!)
  }

  #grow(): void {
    const length = this.#vnis.length * 2
    this.#vnis = grown(this.#vnis, new Uint32Array(length))
    this.#high = grown(this.#high, new Uint16Array(length))
    this.#low = grown(this.#low, new Uint32Array(length))
  }
}

function hashOf(vni: number, high: number, low: number): number {
  let hash = Math.imul(low ^ 0x2f0b4a27, 0x9e3779b1)
  hash ^= hash >>> 15
  hash = Math.imul(hash ^ high, 0x9e3779b1)
  hash ^= hash >>> 15
  hash = Math.imul(hash ^ vni, 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

/** Copies an array to the start of a larger one. */
export function grown<Numbers extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(
  old: Numbers,
  larger: Numbers,
): Numbers {
  larger.set(old)
  return larger
}
