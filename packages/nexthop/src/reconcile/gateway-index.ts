import { addressBytes } from '@rtnl/netlink-core'

/**
 * Addresses by the prefixes that contain them: finds those that a route to a prefix covers, without a look at the others. For
 * each prefix length that was queried, the index holds all addresses of the family by that many leading bits.
 */
export class GatewayIndex {
  readonly #addresses = new Map<string, Uint8Array>()
  /** By family size and length, then by prefix. */
  readonly #byLength = new Map<number, Map<string, Set<string>>>()

  get size(): number {
    return this.#addresses.size
  }

  all(): readonly string[] {
    return [...this.#addresses.keys()]
  }

  add(address: string): void {
    const bytes = addressBytes(address)
    this.#addresses.set(address, bytes)
    for (const [name, prefixes] of this.#byLength)
      if (sizeOf(name) === bytes.length) put(prefixes, bytes, name, address)
  }

  delete(address: string): void {
    const bytes = this.#addresses.get(address)
    if (bytes === undefined) return
    this.#addresses.delete(address)
    for (const [name, prefixes] of this.#byLength) {
      if (sizeOf(name) !== bytes.length) continue
      const prefix = prefixOf(bytes, lengthOf(name))
      const addresses = prefixes.get(prefix)
      addresses?.delete(address)
      if (addresses?.size === 0) prefixes.delete(prefix)
    }
  }

  /**
   * @param network bytes of the prefix: 4 of IPv4, 16 of IPv6
   * @param length bits of it that count
   */
  coveredBy(network: Uint8Array, length: number): readonly string[] {
    const name = nameOf(network.length, length)
    let prefixes = this.#byLength.get(name)
    if (prefixes === undefined) {
      prefixes = new Map()
      this.#byLength.set(name, prefixes)
      for (const [address, bytes] of this.#addresses) {
        if (bytes.length === network.length) put(prefixes, bytes, name, address)
      }
    }
    return [...(prefixes.get(prefixOf(network, length)) ?? [])]
  }
}

function nameOf(size: number, length: number): number {
  return size * 256 + length
}

function sizeOf(name: number): number {
  return name >> 8
}

function lengthOf(name: number): number {
  return name & 0xff
}

function put(prefixes: Map<string, Set<string>>, bytes: Uint8Array, name: number, address: string): void {
  const prefix = prefixOf(bytes, lengthOf(name))
  const addresses = prefixes.get(prefix)
  if (addresses === undefined) prefixes.set(prefix, new Set([address]))
  else addresses.add(address)
}

/** The first bits of an address as a text. */
function prefixOf(bytes: Uint8Array, length: number): string {
  const whole = length >> 3
  const text = String.fromCharCode(...bytes.subarray(0, whole))
  const partial = length & 7
  return partial === 0 ? text : text + String.fromCharCode(bytes[whole]! & (0xff00 >> partial) & 0xff)
}
