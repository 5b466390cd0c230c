import { AddressFamily, canonicalPrefix, familyOfText, parsePrefixInto } from '@rtnl/netlink-core'

/** Where a prefix is parsed: a filter looks at every entry of a table. */
const scratch = new DataView(new ArrayBuffer(16))

/** A prefix to which those of entries are compared. */
export class AddressRange {
  /** `AF_INET` or `AF_INET6`. */
  readonly family: number
  /** As the user wrote it. */
  readonly text: string
  readonly #bytes: DataView
  readonly #length: number

  /**
   * @param text a prefix, or one address
   * @throws {InvalidValue} the text is neither
   */
  constructor(text: string) {
    const { family, length } = canonicalPrefix(text.includes('/') ? text : hostPrefix(text))
    this.text = text
    this.family = family
    this.#length = length
    this.#bytes = new DataView(new ArrayBuffer(16))
    parsePrefixInto(this.#bytes, 0, this.#size, text.includes('/') ? text : hostPrefix(text))
  }

  /** Whether a prefix lies in this one. What is no prefix of this family does not. */
  includes(prefix: string): boolean {
    return parsePrefixInto(scratch, 0, this.#size, prefix) >= this.#length && this.#agrees(this.#length)
  }

  /** Whether this one lies in a prefix. */
  isIn(prefix: string): boolean {
    const length = parsePrefixInto(scratch, 0, this.#size, prefix)
    return length >= 0 && length <= this.#length && this.#agrees(length)
  }

  get #size(): number {
    return this.family === AddressFamily.INET ? 4 : 16
  }

  /** Whether so many bits are those of the prefix that was parsed last. */
  #agrees(bits: number): boolean {
    const whole = bits >> 3
    for (let at = 0; at < whole; at++) if (this.#bytes.getUint8(at) !== scratch.getUint8(at)) return false
    const left = bits & 7
    return left === 0 || ((this.#bytes.getUint8(whole) ^ scratch.getUint8(whole)) & (0xff00 >> left) & 0xff) === 0
  }
}

/** One address as a prefix. */
export function hostPrefix(address: string): string {
  return `${address}/${familyOfText(address) === AddressFamily.INET ? 32 : 128}`
}
