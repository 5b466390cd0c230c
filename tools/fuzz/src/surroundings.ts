/** Bytes of a message somewhere in memory. */
export interface Placed {
  readonly view: DataView
  readonly words: Int32Array
  readonly start: number
  readonly end: number
}

const before = 64
const behind = 80

/** What stands around a message: nothing, zeros, ones, and bytes that look like attributes that everybody knows. */
const surroundings: readonly (undefined | ((index: number) => number))[] = [
  undefined,
  () => 0,
  () => 0xff,
  (index) => [8, 0, 1, 0, 1, 2, 3, 4][index & 7]!,
]

function placed(bytes: Uint8Array, fill: ((index: number) => number) | undefined): Placed {
  // At the same offset everywhere, since errors have it. The transport pads what it hands over to whole words.
  const size = before + bytes.length + (fill === undefined ? 0 : behind)
  const buffer = new ArrayBuffer((size + 3) & ~3)
  const all = new Uint8Array(buffer)
  if (fill !== undefined) for (let index = 0; index < all.length; index++) all[index] = fill(index)
  all.set(bytes, before)
  return { view: new DataView(buffer), words: new Int32Array(buffer), start: before, end: before + bytes.length }
}

/** A failed promise of what is tested. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/**
 * Calls a function for the same bytes in memory of different content, and once where nothing is behind them.
 * @returns what it returned
 * @throws {Broken} it did not return the same each time: it looks at bytes that are not part of the message
 */
export function everywhere(bytes: Uint8Array, what: string, look: (place: Placed) => string): string {
  const [alone, ...others] = surroundings.map((fill) => look(placed(bytes, fill)))
  for (const other of others)
    if (other !== alone) throw new Broken(`${what} depends on bytes around it:\n${alone}\n${other}`)
  return alone!
}

/** What a function returns, as a text, or the error that it throws. */
export function outcome(call: () => unknown): string {
  try {
    return JSON.stringify(call()) ?? 'undefined'
  } catch (error) {
    return String(error)
  }
}
