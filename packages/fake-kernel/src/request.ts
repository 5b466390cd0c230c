import { attributeTypeMask, DecodeError, littleEndian, type Message } from '@rtnl/netlink-core'
import type { FakeRequest } from '@rtnl/netlink-core/testing'
import { unsupported } from './refusal.ts'

/** Offset of what follows `struct nlmsghdr`. */
export const bodyOffset = 16

/** Where the payload of an attribute stands in a request. */
export interface AttributePlace {
  readonly start: number
  readonly end: number
}

/** Reads a request, and makes sure that it has nothing that would be left out. */
export class RequestReader {
  readonly request: FakeRequest
  readonly view: DataView
  readonly #title: string

  /** @param title the name of the type: `'RTM_NEWROUTE'` */
  constructor(request: FakeRequest, title: string) {
    this.request = request
    this.#title = title
    this.view = new DataView(request.bytes.buffer, request.bytes.byteOffset, request.bytes.byteLength)
  }

  /** Whether a flag of `struct nlmsghdr` is set. */
  has(flag: number): boolean {
    return (this.request.flags & flag) !== 0
  }

  /**
   * The entry of the request, which may have these attributes alone.
   * @throws {UnsupportedRequestError} another attribute, or one that is malformed
   */
  entry<Entry>(message: Message<Entry>, headerSize: number, known: readonly number[]): Entry {
    this.require(this.view.byteLength >= bodyOffset + headerSize, 'a header that is cut short')
    this.attributes({ start: bodyOffset + headerSize, end: this.view.byteLength }, known)
    try {
      return this.request.decode(message)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return unsupported(`malformed attributes in ${this.#title}: ${error.message}`)
    }
  }

  /**
   * The places of attributes by type.
   * @param where what has them, if it is not the message itself
   * @throws {UnsupportedRequestError} one that is not known, twice there, or malformed
   */
  attributes({ start, end }: AttributePlace, known: readonly number[], where = ''): Map<number, AttributePlace> {
    const found = new Map<number, AttributePlace>()
    for (let at = start; at < end; ) {
      const length = end - at < 4 ? 0 : this.view.getUint16(at, littleEndian)
      this.require(length >= 4 && length <= end - at, `malformed attributes${where}`)
      const type = this.view.getUint16(at + 2, littleEndian) & attributeTypeMask
      this.require(known.includes(type), `attribute ${type}${where}`)
      this.require(!found.has(type), `a second attribute ${type}${where}`)
      found.set(type, { start: at + 4, end: at + length })
      at += (length + 3) & ~3
    }
    return found
  }

  /** @throws {UnsupportedRequestError} the condition does not hold */
  require(condition: boolean, what: string): void {
    if (!condition) unsupported(`${what} in ${this.#title}`)
  }
}
