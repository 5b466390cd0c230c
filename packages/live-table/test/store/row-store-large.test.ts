// runtimes: node
// What is large takes the same way on each runtime, and the time of all.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Row } from '../../src/store/row.ts'
import { RowStore } from '../../src/store/row-store.ts'
import { type Content, Model, rowOf } from './row-store-model.ts'

const store = suite('row store with many rows')

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

store.run()
