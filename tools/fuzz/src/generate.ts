import { changeSize } from './mutation.ts'
import { mostChanges, readInput, writeInput } from './target.ts'

/** Numbers below a bound, the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 0
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Inputs made of others: with other changes of the message, and sometimes with other bytes. */
export function* inputs(from: readonly Uint8Array[], seed: number): Generator<Uint8Array, never> {
  const below = randomNumbers(seed)
  for (;;) {
    const { choice, flags, message } = readInput(from[below(from.length)]!)
    const script = new Uint8Array((1 + below(mostChanges - 1)) * changeSize).map(() => below(256))
    const bytes = message.slice()
    if (below(4) === 0)
      for (let left = below(4); left > 0 && bytes.length > 0; left--) bytes[below(bytes.length)] = below(256)
    yield writeInput({
      choice: below(16) === 0 ? below(256) : choice,
      flags: below(2) === 0 ? flags : below(256),
      script,
      message: bytes,
    })
  }
}
