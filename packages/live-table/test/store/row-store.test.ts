import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { RowStore } from '../../src/store/row-store.ts'
import { Model, rowOf } from './row-store-model.ts'

const store = suite('row store')

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
