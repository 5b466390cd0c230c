import { attributeTypeMask, littleEndian } from '../netlink.ts'
import { InvalidBytes } from './invalid.ts'

/**
 * Finds one attribute among those between two offsets, for those who need no more of a message than that.
 * @returns the offset of its payload, or -1 if there is none; its length stands in the 16 bits 4 bytes before
 * @throws {InvalidBytes} a length that does not fit
 */
export function findAttribute(view: DataView, start: number, end: number, type: number): number {
  for (let at = start; at < end; ) {
    const left = end - at
    const length = left < 4 ? 0 : view.getUint16(at, littleEndian)
    if (length < 4 || length > left) throw new InvalidBytes(at, `attribute length ${length} with ${left} bytes left`)
    if ((view.getUint16(at + 2, littleEndian) & attributeTypeMask) === type) return at + 4
    at += (length + 3) & ~3
  }
  return -1
}
