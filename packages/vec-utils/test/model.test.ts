import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import type { Vector } from '../src/index.ts'
import { forEachSubject, type Subject } from './vectors.ts'

const model = suite('any sequence of operations does what it does to a plain array')

/** What the vector must hold, and the capacity that the rules give it. */
interface Model<T> {
  elements: T[]
  capacity: number
}

/** One operation, which applies itself to both and compares what they return. */
interface Step<T> {
  run(vector: Vector<T>, model: Model<T>): void
  toString(): string
}

function makeRoom<T>(model: Model<T>, count: number): void {
  const needed = model.elements.length + count
  if (needed > model.capacity) model.capacity = Math.max(2 * model.capacity, needed)
}

/** Indices around both ends of a short vector, and what is no index at all. */
const anyIndex = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -2, max: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, Number.NaN, Infinity, -Infinity, 2 ** 32, 2 ** 53) },
)

function isInside(index: number, limit: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < limit
}

function steps<T>({ element, rank }: Subject<T>): fc.Arbitrary<Step<T>> {
  const step = <Input>(
    name: string,
    input: fc.Arbitrary<Input>,
    run: (vector: Vector<T>, model: Model<T>, input: Input) => void,
  ): fc.Arbitrary<Step<T>> =>
    input.map((value) => ({
      run: (vector, state) => run(vector, state, value),
      toString: () => `${name} ${fc.stringify(value)}`,
    }))
  const compare = (left: T, right: T) => rank(left) - rank(right)

  return fc.oneof(
    { weight: 4, arbitrary: step('push', element, push) },
    step('pushArray', fc.array(element, { maxLength: 6 }), (vector, model, elements) => {
      makeRoom(model, elements.length)
      vector.pushArray(elements)
      model.elements.push(...elements)
    }),
    step('pushArray of itself', fc.constant(undefined), (vector, model) => {
      if (model.elements.length > 200) return
      makeRoom(model, model.elements.length)
      vector.pushArray(vector)
      model.elements.push(...model.elements)
    }),
    step('push of its own element', fc.nat(20), (vector, model, index) => {
      if (index < model.elements.length) push(vector, model, vector.get(index) as T)
    }),
    step('insert', fc.tuple(anyIndex, element), (vector, model, [index, value]) => {
      const inside = isInside(index, model.elements.length + 1)
      if (inside) {
        makeRoom(model, 1)
        model.elements.splice(index, 0, value)
      }
      assert.is(vector.insert(index, value), inside)
    }),
    step('get', anyIndex, (vector, model, index) => assert.equal(vector.get(index), model.elements[index])),
    step('set', fc.tuple(anyIndex, element), (vector, model, [index, value]) => {
      const inside = isInside(index, model.elements.length)
      if (inside) model.elements[index] = value
      assert.is(vector.set(index, value), inside)
    }),
    step('pop', fc.constant(undefined), (vector, model) => assert.equal(vector.pop(), model.elements.pop())),
    step('remove', anyIndex, (vector, model, index) => {
      const removed = isInside(index, model.elements.length) ? model.elements.splice(index, 1)[0] : undefined
      assert.equal(vector.remove(index), removed)
    }),
    step('removeFast', anyIndex, (vector, model, index) => {
      let removed: T | undefined
      if (isInside(index, model.elements.length)) {
        removed = model.elements[index]
        const last = model.elements.pop() as T
        if (index < model.elements.length) model.elements[index] = last
      }
      assert.equal(vector.removeFast(index), removed)
    }),
    step('removeBlock', fc.tuple(anyIndex, anyIndex), (vector, model, [start, end]) => {
      const { length } = model.elements
      const valid = isInside(start, length) && isInside(end, length + 1) && start < end
      if (valid) model.elements.splice(start, end - start)
      assert.is(vector.removeBlock(start, end), valid)
    }),
    step('truncate', anyIndex, (vector, model, length) => {
      const valid = isInside(length, model.elements.length + 1)
      if (valid) model.elements.length = length
      assert.is(vector.truncate(length), valid)
    }),
    step('reserve', fc.integer({ min: -1, max: 30 }), (vector, model, count) => {
      if (count >= 0) makeRoom(model, count)
      assert.is(vector.reserve(count), count >= 0)
    }),
    step('shrinkToFit', fc.constant(undefined), (vector, model) => {
      vector.shrinkToFit()
      model.capacity = model.elements.length
    }),
    step('clear', fc.constant(undefined), (vector, model) => {
      vector.clear()
      model.elements = []
    }),
    step('sort', fc.constant(undefined), (vector, model) => {
      vector.sort(compare)
      model.elements.sort(compare)
    }),
    step('binarySearch', fc.integer({ min: -5, max: 5 }), (vector, model, key) => {
      const sorted = vector.clone()
      sorted.sort(compare)
      // The sort of an array puts `undefined` last whatever the comparison says.
      const ranks = [...model.elements].sort(compare).map(rank)
      if (ranks.some((value, index) => index > 0 && value < ranks[index - 1]!)) return
      const index = ranks.indexOf(key)
      assert.is(
        sorted.binarySearch(key, (wanted, value) => wanted - rank(value)),
        index === -1 ? undefined : index,
      )
    }),
    step('clone', element, (vector, model, value) => {
      const clone = vector.clone()
      assertHolds(clone, model, vector.elementSize)
      clone.push(value)
      assert.equal([...clone], [...model.elements, value])
      clone.set(0, value)
    }),
    step('drain', fc.nat(5), (vector, model, count) => {
      if (count === 0) return
      let left = count
      for (const value of vector.drain()) {
        assert.equal(value, model.elements.pop())
        if (--left === 0) return
      }
      assert.is(model.elements.length, 0)
    }),
    step('steal', fc.constant(undefined), (vector, model) => {
      vector.steal()
      model.elements = []
      model.capacity = 0
    }),
  )
}

function push<T>(vector: Vector<T>, model: Model<T>, value: T): void {
  makeRoom(model, 1)
  vector.push(value)
  model.elements.push(value)
}

function assertHolds<T>(vector: Vector<T>, model: Model<T>, elementSize: number): void {
  assert.is(vector.length, model.elements.length)
  assert.is(vector.capacity, model.capacity)
  assert.is(vector.elementSize, elementSize)
  assert.is(vector.memoryUse, model.capacity * elementSize)
  assert.equal([...vector], model.elements)
}

forEachSubject((subject) => {
  model(subject.name, () => {
    fc.assert(
      fc.property(fc.array(steps(subject), { maxLength: 60 }), (sequence) => {
        const vector = subject.create()
        const state = { elements: [], capacity: 0 }
        for (const step of sequence) {
          step.run(vector, state)
          assertHolds(vector, state, subject.elementSize)
        }
      }),
      { numRuns: tries(300, 2) },
    )
  })
})

model.run()
