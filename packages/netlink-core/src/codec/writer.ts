import { align, littleEndian, messageHeaderLength, nestedFlag } from '../netlink.ts'
import { InvalidValue } from './invalid.ts'

/** Builds messages one behind the other in one growing buffer. Padding bytes are always zero. */
export class Writer {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  /** @param capacity bytes to begin with; the buffer doubles when it is full */
  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** Bytes written. */
  get length(): number {
    return this.#length
  }

  /** The buffer's view, for reading back what was written. Valid until the next write. */
  get view(): DataView {
    return this.#view
  }

  /** What was written, as a view: valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets what was written. */
  clear(): void {
    this.truncate(0)
  }

  /** Takes back what was written behind `length`. */
  truncate(length: number): void {
    this.#bytes.fill(0, length, this.#length)
    this.#length = length
  }

  /** Appends `count` zero bytes and returns where they begin. */
  zeros(count: number): number {
    const start = this.#length
    const needed = start + count
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, start))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = needed
    return start
  }

  /** Writes 8 bits. */
  u8(value: number): void {
    const at = this.zeros(1)
    this.#bytes[at] = value
  }

  /** Writes 16 bits. */
  u16(value: number): void {
    const at = this.zeros(2)
    this.#view.setUint16(at, value, littleEndian)
  }

  /** Writes 32 bits. */
  u32(value: number): void {
    const at = this.zeros(4)
    this.#view.setUint32(at, value, littleEndian)
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    const length = bytes.length
    const at = this.zeros(length)
    if (length > 64) {
      this.#bytes.set(bytes, at)
      return
    }
    // A call of `set` costs more than to copy the few bytes that most values are.
    const target = this.#bytes
    for (let index = 0; index < length; index++) target[at + index] = bytes[index]!
  }

  /** Appends 32-bit words in the byte order of the host. */
  words(words: Int32Array, start: number, count: number): void {
    const at = this.zeros(count * 4)
    for (let index = 0; index < count; index++) this.#view.setInt32(at + index * 4, words[start + index]!, littleEndian)
  }

  /** Pads to 4 bytes. */
  pad(): void {
    this.zeros(align(this.#length) - this.#length)
  }

  /** Overwrites a byte that was written before. */
  setU8(at: number, value: number): void {
    this.#bytes[at] = value
  }

  /** Writes 16 bits at a place. */
  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value, littleEndian)
  }

  /** Writes 32 bits at a place. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value, littleEndian)
  }

  /** Begins an attribute; everything written until `end` is its payload. */
  begin(type: number, nested = false): number {
    const start = this.zeros(4)
    this.#view.setUint16(start + 2, nested ? type | nestedFlag : type, littleEndian)
    return start
  }

  /**
   * Ends the attribute that began at `start`.
   * @throws {InvalidValue} the attribute is longer than the 65535 bytes that its length field can hold
   */
  end(start: number): void {
    const length = this.#length - start
    if (length > 0xffff) throw new InvalidValue(`takes ${length} bytes, and an attribute has at most 65535`)
    this.#view.setUint16(start, length, littleEndian)
    this.pad()
  }

  /** Begins a message: writes `struct nlmsghdr` with a length that `endMessage` sets. */
  beginMessage(type: number, flags: number, seq: number, pid = 0): number {
    const start = this.zeros(messageHeaderLength)
    this.#view.setUint16(start + 4, type, littleEndian)
    this.#view.setUint16(start + 6, flags, littleEndian)
    this.#view.setUint32(start + 8, seq, littleEndian)
    this.#view.setUint32(start + 12, pid, littleEndian)
    return start
  }

  /** Writes the length of the message that began at `start`. */
  endMessage(start: number): void {
    this.#view.setUint32(start, this.#length - start, littleEndian)
    this.pad()
  }
}
