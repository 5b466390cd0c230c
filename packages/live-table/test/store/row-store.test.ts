import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RowStore } from '../../src/store/row-store.ts'

const store = suite('row store')

/** Key words and the words behind them. */
type Row = { readonly key: readonly number[]; readonly words: readonly number[] }

const toWords = ({ key, words }: Row): Int32Array => Int32Array.from([...key, ...words])

/** Reads a row back. */
function wordsOf(rows: RowStore, id: number): number[] {
  const { view, start, end } = rows.bytes(id)
  return [...new Int32Array(view.buffer, start, (end - start) / 4)]
}

/** The same as a Map, with ids as they were given. */
class Model {
  readonly rows: RowStore
  readonly map = new Map<string, { id: number; row: Row }>()
  readonly #told: number

  /** @param told so many words of a key stand at the start of the row too, and are not stored */
  constructor(keyWords: number, told = 0) {
    this.#told = told
    this.rows = new RowStore(keyWords, {
      words: told,
      read(words, start, count, out) {
        assert.ok(count >= told)
        for (let i = 0; i < told; i++) out[i] = words[start + i]!
      },
    })
  }

  put({ key, words }: Row): void {
    const row = { key, words: [...key.slice(0, this.#told), ...words] }
    const name = row.key.join()
    const id = this.rows.put(toWords(row), row.words.length)
    const known = this.map.get(name)
    if (known !== undefined) assert.is(id, known.id, 'the id of a row stays')
    else {
      assert.not(
        [...this.map.values()].some((other) => other.id === id),
        'an id in use is not given again',
      )
      assert.is(this.rows.mark(id), 0)
    }
    this.map.set(name, { id, row })
  }

  remove(key: readonly number[]): void {
    const id = this.rows.find(Int32Array.from(key))
    assert.is(id, this.map.get(key.join())?.id ?? -1)
    if (id < 0) return
    this.rows.remove(id)
    assert.not(this.rows.has(id))
    this.map.delete(key.join())
  }

  check(): void {
    assert.is(this.rows.size, this.map.size)
    let present = 0
    for (let id = 0; id < this.rows.idLimit; id++) if (this.rows.has(id)) present++
    assert.is(present, this.map.size)
    for (const { id, row } of this.map.values()) {
      assert.is(this.rows.find(Int32Array.from(row.key)), id)
      assert.equal(wordsOf(this.rows, id), row.words)
      const words = toWords(row)
      assert.ok(this.rows.equals(id, words, row.words.length))
      assert.equal([...this.rows.key(id)], row.key)
      const copy = new Int32Array(words.length)
      this.rows.copy(id, copy)
      assert.equal(copy, words)
      const last = row.key.at(-1)
      if (last !== undefined) assert.is(this.rows.lastKeyWord(id), last)
      if (row.words.length > 0) {
        words[words.length - 1] = ~words[words.length - 1]!
        assert.not(this.rows.equals(id, words, row.words.length))
        assert.not(this.rows.equals(id, toWords(row), row.words.length - 1))
      }
    }
  }
}

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

for (const [keyWords, told] of [
  [0, 0],
  [1, 0],
  [1, 1],
  [2, 0],
  [5, 0],
  [5, 4],
  [5, 5],
] as const) {
  // Few keys, so that rows are found, replaced and removed again.
  const key = fc.array(fc.integer({ min: -2, max: 3 }), { minLength: keyWords, maxLength: keyWords })
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ key, words: fc.array(word, { maxLength: 12 }) }) },
    { weight: 2, arbitrary: fc.record({ key, words: fc.constant(undefined) }) },
  )
  store(`does what a map does, keys of ${keyWords} words, ${told} of them told by rows`, () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const model = new Model(keyWords, told)
        for (const { key, words } of steps) {
          if (words === undefined) model.remove(key)
          else model.put({ key, words })
        }
        model.check()
      }),
      { numRuns: 100 },
    ),
  )
}

/** A number from 0 to `limit` - 1, the same in every run. */
function dice(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

store('40,000 operations on 3000 keys with rows of many sizes', () => {
  const roll = dice(7)
  const model = new Model(2)
  for (let step = 0; step < 40_000; step++) {
    const number = roll(3000)
    const key = [number, number % 7]
    if (roll(3) === 0) model.remove(key)
    else model.put({ key, words: Array.from({ length: roll(roll(50) === 0 ? 400 : 20) }, () => roll(1000) - 500) })
  }
  model.check()
})

const moving = (told: number) => (): void => {
  const model = new Model(1, told)
  const row = (number: number, length: number): Row => ({
    key: [number],
    words: Array.from({ length }, (_, index) => number ^ index),
  })
  // 2^16 words a chunk.
  for (let number = 0; number < 3000; number++) model.put(row(number, 300))
  model.check()
  const full = model.rows.memory
  assert.ok(full > 3 * 2 ** 20)
  for (let number = 0; number < 3000; number++) if (number % 10 !== 0) model.remove([number])
  model.check()
  assert.ok(model.rows.memory < full / 2, `${model.rows.memory} of ${full}`)
  for (let number = 0; number < 3000; number++) model.put(row(number, 100))
  model.check()
}

store('grows over several chunks, and moves together when most is gone', moving(0))
store('so it does where rows tell their keys', moving(1))

store('chunks are cleared one at a time, with many removals between', () => {
  const count = 40_000
  const rows = new RowStore(1)
  const row = new Int32Array(24)
  for (let number = 0; number < count; number++) {
    row[0] = number
    rows.put(row, 23)
  }
  const cleared: number[] = []
  // All chunks become sparse at the same time.
  for (let turn = 0; turn < count; turn++) {
    const before = rows.memory
    row[0] = (turn * 7919) % count
    rows.remove(rows.find(row))
    if (rows.memory < before) {
      assert.ok(before - rows.memory <= 2 ** 18, 'a chunk')
      cleared.push(turn)
    }
  }
  assert.ok(cleared.length > 10, `${cleared.length} were cleared`)
  for (const [index, turn] of cleared.slice(1).entries()) assert.ok(turn - cleared[index]! > 500, `${turn}`)
})

store('rows that only change their size do not make it grow for ever', () => {
  const model = new Model(1)
  const roll = dice(3)
  for (let round = 0; round < 400; round++) {
    for (let number = 0; number < 100; number++) {
      model.put({ key: [number], words: Array.from({ length: 1 + roll(200) }, () => number) })
    }
  }
  model.check()
  assert.ok(model.rows.memory < 8 * 2 ** 20, `${model.rows.memory}`)
})

store('ids of removed rows are used again', () => {
  const rows = new RowStore(1)
  for (let round = 0; round < 100; round++) {
    const ids = [1, 2, 3].map((number) => rows.put(Int32Array.of(number, round), 1))
    for (const id of ids) rows.remove(id)
  }
  assert.is(rows.idLimit, 3)
})

store('marks belong to rows, and are gone with them', () => {
  const rows = new RowStore(1)
  const first = rows.put(Int32Array.of(1, 5), 1)
  const second = rows.put(Int32Array.of(2, 5), 1)
  rows.setMark(first, 2)
  rows.put(Int32Array.of(1, 6, 7), 2)
  assert.is(rows.mark(first), 2)
  rows.remove(first)
  assert.is(rows.mark(rows.put(Int32Array.of(3, 5), 1)), 0)
  rows.setMark(second, 1)
  rows.clearMarks()
  assert.is(rows.mark(second), 0)
})

store('a row larger than a chunk is refused, and the store is as before', () => {
  const rows = new RowStore(1)
  const id = rows.put(Int32Array.of(1, 5), 1)
  assert.throws(() => rows.put(new Int32Array(2 ** 16 + 1), 2 ** 16), /a row has at most/)
  assert.is(rows.size, 1)
  assert.is(rows.idLimit, 1)
  assert.is(rows.find(Int32Array.of(1)), id)
  assert.is(rows.find(Int32Array.of(0)), -1)
})

store.run()
