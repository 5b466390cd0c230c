// A reference to a row: 16 bits for the chunk and 16 bits for the word. A chunk has 256 KiB; a larger one would take too
// long to clear.
export const chunkBits = 16
export const chunkWords = 1 << chunkBits
export const placeMask = chunkWords - 1

/** A reference, from 0 to 0xffffffff. */
export function referenceTo(chunk: number, place: number): number {
  return ((chunk << chunkBits) | place) >>> 0
}
