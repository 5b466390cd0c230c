import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isSameData, plainCopy } from '../src/plain-copy.ts'

const copies = suite('copies of plain data')

copies('are equal, and nobody else can change them', () => {
  const value = { id: 1, text: 'a', none: null, list: [1, { deep: [true] }], empty: {} }
  const copy = plainCopy(value)
  assert.equal(copy, { id: 1, text: 'a', none: null, list: [1, { deep: [true] }], empty: {} })
  assert.ok(isSameData(value, copy))
  value.list.push(2)
  assert.equal((copy as typeof value).list.length, 2)
  assert.not.ok(isSameData(value, copy))
})

const bare: unknown = Object.assign(Object.create(null), { id: 1 })

copies('are made of objects without a prototype too, and of a field that is named as one', () => {
  assert.equal(plainCopy(bare), { id: 1 })
  const named: unknown = JSON.parse('{"__proto__": 5}')
  assert.ok(isSameData(named, plainCopy(named)))
})

class Thing {
  readonly id = 1
}

for (const [what, value] of [
  ['a function', () => {}],
  ['an object of a class', new Thing()],
  ['a map', new Map()],
  ['bytes', new Uint8Array(2)],
  ['something inside that is none', { list: [new Thing()] }],
  ['an array with a hole', Array(2)],
  ['an array with a field', Object.assign([1], { more: 2 })],
  ['a hidden field', Object.defineProperty({}, 'id', { value: 1 })],
  ['a symbol', { [Symbol('id')]: 1 }],
  ['a field without a value', { id: undefined }],
] as const) {
  copies(`are not made of ${what}`, () => {
    assert.is(plainCopy(value), undefined)
  })
}

for (const [what, value, other] of [
  ['an array and an object', [1], { 0: 1 }],
  ['an object and an array', { 0: 1 }, [1]],
  ['an empty array and an empty object', [], {}],
  ['fields in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['one field more', { a: 1, b: 2 }, { a: 1 }],
  ['one field less', { a: 1 }, { a: 1, b: 2 }],
  ['another name', { a: 1 }, { b: 1 }],
  ['another value inside', { a: [1] }, { a: [2] }],
  ['an object of a class', new Thing(), { id: 1 }],
  ['null', null, {}],
  ['an object and null', {}, null],
  ['a text and its letters', 'a', { 0: 'a' }],
] as const) {
  copies(`are not the same as ${what}`, () => {
    assert.not.ok(isSameData(value, other))
  })
}

copies.run()
