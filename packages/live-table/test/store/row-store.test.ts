import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { Row } from '../../src/store/row.ts'
import { RowStore } from '../../src/store/row-store.ts'

const store = suite('row store')

/** What is stored: a key, a slot, and the words of a message. */
interface Content {
  readonly key: readonly number[]
  readonly slot?: number
  readonly words: readonly number[]
}

function rowOf(key: readonly number[], words: readonly number[] = []): Row {
  const row = new Row(key.length, Int32Array.from([...key, ...words]))
  row.count = words.length
  row.updateHash()
  return row
}

/** Reads a row back. */
function wordsOf(rows: RowStore, id: number): number[] {
  const { view, start, end } = rows.bytes(id)
  return [...new Int32Array(view.buffer, start, (end - start) / 4)]
}

/** The same as a Map, with ids as they were given. */
class Model {
  readonly rows: RowStore
  readonly map = new Map<string, { id: number; row: Required<Content> }>()
  readonly #told: boolean

  /** @param told the key stands at the start of the message too, and is not stored */
  constructor(keyWords: number, { told = false } = {}) {
    this.#told = told
    const read = (words: Int32Array, start: number, count: number, out: Int32Array): void => {
      assert.ok(count >= keyWords)
      for (let i = 0; i < keyWords; i++) out[i] = words[start + i]!
    }
    this.rows = new RowStore(keyWords, told ? { read } : undefined)
  }

  put({ key, slot = 0, words }: Content): void {
    const row = { key, slot, words: this.#told ? [...key, ...words] : words }
    const name = `${key.join()} ${slot}`
    const id = this.rows.put(rowOf(key, row.words), slot)
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

  remove(key: readonly number[], slot = 0): void {
    const name = `${key.join()} ${slot}`
    const id = this.rows.find(rowOf(key), slot)
    assert.is(id, this.map.get(name)?.id ?? -1)
    if (id < 0) return
    this.rows.remove(id)
    assert.not(this.rows.has(id))
    this.map.delete(name)
  }

  check(): void {
    assert.is(this.rows.size, this.map.size)
    let present = 0
    for (let id = 0; id < this.rows.idLimit; id++) if (this.rows.has(id)) present++
    assert.is(present, this.map.size)
    for (const { id, row } of this.map.values()) {
      assert.is(this.rows.find(rowOf(row.key), row.slot), id)
      assert.equal(wordsOf(this.rows, id), row.words)
      assert.ok(this.rows.equals(id, rowOf(row.key, row.words)))
      assert.is(this.rows.slot(id), row.slot)
      const key = this.rows.keyOf(id)
      assert.equal([...key.key], row.key)
      assert.is(key.hash, rowOf(row.key).hash)
      const last = row.words.at(-1)
      if (last !== undefined) {
        assert.not(this.rows.equals(id, rowOf(row.key, row.words.with(-1, ~last))))
        assert.not(this.rows.equals(id, rowOf(row.key, row.words.slice(0, -1))))
      }
    }
  }
}

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

/** Rows that differ from others in some words, as those of a table do; also longer ones than are packed. */
const like = fc
  .record({
    length: fc.constantFrom(1, 3, 11, 15, 16, 17, 30, 44, 47, 48, 49, 60),
    kind: fc.nat(12),
    changes: fc.array(fc.record({ at: fc.nat(59), word }), { maxLength: 16 }),
  })
  .map(({ length, kind, changes }) => {
    const words = Array.from({ length }, (_, index) => kind * 1000 + index)
    for (const { at, word } of changes) words[at % length] = word
    return words
  })
const messages = fc.oneof(fc.array(word, { maxLength: 12 }), { arbitrary: like, weight: 3 })

for (const { keyWords, told = false, slots = false, title } of [
  { keyWords: 0, title: 'of no words' },
  { keyWords: 1, title: 'of a word' },
  { keyWords: 1, told: true, title: 'of a word that messages tell' },
  { keyWords: 2, title: 'of 2 words' },
  { keyWords: 5, title: 'of 5 words' },
  { keyWords: 5, slots: true, title: 'of 5 words and a slot' },
  { keyWords: 5, told: true, title: 'of 5 words that messages tell' },
  { keyWords: 5, told: true, slots: true, title: 'of 5 words that messages tell, and a slot' },
]) {
  // Few keys, so that rows are found, replaced and removed again.
  const key = fc.array(fc.integer({ min: -2, max: 3 }), { minLength: keyWords, maxLength: keyWords })
  const slot = slots ? fc.nat(2) : fc.constant(0)
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ key, slot, words: messages }) },
    { weight: 2, arbitrary: fc.record({ key, slot, words: fc.constant('none' as const) }) },
  )
  store(`does what a map does, keys ${title}`, () =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const model = new Model(keyWords, { told })
        for (const { key, slot, words } of steps) {
          if (words === 'none') model.remove(key, slot)
          else model.put({ key, slot, words })
        }
        model.check()
      }),
      { numRuns: tries(100, 2) },
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

const moving = (options: { readonly told?: boolean; readonly slots?: boolean }) => (): void => {
  const model = new Model(1, { told: options.told === true })
  const slotOf = (number: number): number => (options.slots === true ? number % 3 : 0)
  const row = (number: number, length: number): Content => ({
    key: [number],
    slot: slotOf(number),
    words: Array.from({ length }, (_, index) => number ^ index),
  })
  // 2^16 words a chunk.
  for (let number = 0; number < 3000; number++) model.put(row(number, 300))
  model.check()
  const full = model.rows.memory
  assert.ok(full > 3 * 2 ** 20)
  for (let number = 0; number < 3000; number++) if (number % 10 !== 0) model.remove([number], slotOf(number))
  model.check()
  assert.ok(model.rows.memory < full / 2, `${model.rows.memory} of ${full}`)
  for (let number = 0; number < 3000; number++) model.put(row(number, 100))
  model.check()
}

store('grows over several chunks, and moves together when most is gone', moving({}))
store('so it does where messages tell the keys', moving({ told: true }))
store('so it does where rows have slots', moving({ slots: true }))

store('chunks are cleared one at a time, with many removals between', () => {
  const count = 40_000
  const rows = new RowStore(1)
  // None is like another one, so they are not packed.
  const numbered = (number: number): Row =>
    rowOf(
      [number],
      Array.from({ length: 23 }, (_, index) => Math.imul(number + 1, 0x9e3779b1 + 2 * index)),
    )
  for (let number = 0; number < count; number++) rows.put(numbered(number))
  const cleared: number[] = []
  // All chunks become sparse at the same time.
  for (let turn = 0; turn < count; turn++) {
    const before = rows.memory
    rows.remove(rows.find(numbered((turn * 7919) % count)))
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

store('rows that are alike take the words in which they differ', () => {
  const count = 100_000
  const rows = new RowStore(1)
  const route = (number: number): Row => rowOf([number], [24, 4, 0, 15, 254, 8, number, 8, number % 16, 8, 2])
  for (let number = 0; number < count; number++) rows.put(route(number))
  for (let number = 0; number < count; number += 997) {
    assert.ok(rows.equals(rows.find(rowOf([number])), route(number)))
  }
  // A head, the key, the number and the gateway; the reference, the mark, the hash and the place in the index, half of which may
  // be empty.
  const each = 4 * 4 + 4 + 1 + 4 + 2 * 4
  assert.ok(rows.memory < each * 2 ** 17 + 2 ** 19, `${rows.memory}`)
})

store('templates for kinds of rows that are gone serve others', () => {
  const model = new Model(1)
  const put = (number: number, kind: number): void =>
    model.put({ key: [number], words: Array.from({ length: 20 }, (_, index) => (kind * 31 + index) * 7919) })
  for (let kind = 0; kind < 40; kind++) {
    for (let number = 0; number < 30; number++) put(number, kind)
    model.check()
    for (let number = 0; number < 30; number++) if (number % 3 !== kind % 3) model.remove([number])
    model.check()
  }
})

store('ids of removed rows are used again', () => {
  const rows = new RowStore(1)
  for (let round = 0; round < 100; round++) {
    const ids = [1, 2, 3].map((number) => rows.put(rowOf([number], [round])))
    for (const id of ids) rows.remove(id)
  }
  assert.is(rows.idLimit, 3)
})

store('marks belong to rows, and are gone with them', () => {
  const rows = new RowStore(1)
  const first = rows.put(rowOf([1], [5]))
  const second = rows.put(rowOf([2], [5]))
  rows.setMark(first, 2)
  rows.put(rowOf([1], [6, 7]))
  assert.is(rows.mark(first), 2)
  rows.remove(first)
  assert.is(rows.mark(rows.put(rowOf([3], [5]))), 0)
  rows.setMark(second, 1)
  rows.clearMarks()
  assert.is(rows.mark(second), 0)
})

store('a row larger than a chunk is refused, and the store is as before', () => {
  const rows = new RowStore(1)
  const id = rows.put(rowOf([1], [5]))
  assert.throws(() => rows.put(rowOf([0], Array(2 ** 16).fill(0))), /a row has at most/)
  assert.is(rows.size, 1)
  assert.is(rows.idLimit, 1)
  assert.is(rows.find(rowOf([1])), id)
  assert.is(rows.find(rowOf([0])), -1)
})

store.run()
