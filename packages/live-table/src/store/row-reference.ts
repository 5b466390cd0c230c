// Where a row is: 16 bits of chunk and 16 bits of word. A chunk is 256 KiB; more would take too long to clear.
export const chunkBits = 16
export const chunkWords = 1 << chunkBits
export const placeMask = chunkWords - 1

/** A reference, from 0 to 0xffffffff. */
export function referenceTo(chunk: number, place: number): number {
  return ((chunk << chunkBits) | place) >>> 0
}
