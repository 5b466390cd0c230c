import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { problemsAtTheEnd, problemsOfOthers, problemsOnTheWay } from '../src/check.ts'
import type { Content, Item } from '../src/subject.ts'

const item = (place: string, told: string, more: Partial<Item> = {}): Item => ({ wanted: {}, place, told, ...more })
const holding = (...entries: readonly (readonly [string, string])[]): Content => ({
  ours: entries.map(([place, told]) => ({ place, told })),
  others: [],
})

const old = [item('a', 'a1'), item('b', 'b1'), item('c', 'c1')]
const next = [item('a', 'a2'), item('b', 'b1'), item('d', 'd2')]

const check = suite('what a crash may leave')

check('any part of the way, also with both versions of an entry', () => {
  for (const content of [
    holding(['a', 'a1'], ['b', 'b1'], ['c', 'c1']),
    holding(['a', 'a1'], ['a', 'a2'], ['b', 'b1'], ['c', 'c1']),
    holding(['a', 'a2'], ['b', 'b1'], ['c', 'c1'], ['d', 'd2']),
    holding(['a', 'a2'], ['b', 'b1'], ['d', 'd2']),
  ]) {
    assert.equal(problemsOnTheWay(old, next, content), [])
  }
})

check('not a moment without an entry that is to be there before and after', () => {
  assert.equal(problemsOnTheWay(old, next, holding(['b', 'b1'], ['c', 'c1'])), ['has nothing at a, neither a1 nor a2'])
  const recreated = [item('a', 'a1', { recreated: true }), ...old.slice(1)]
  assert.equal(problemsOnTheWay(recreated, next, holding(['b', 'b1'], ['c', 'c1'])), [])
})

check('no removal before everything is written, and nothing that nobody desired', () => {
  assert.equal(problemsOnTheWay(old, next, holding(['a', 'a2'], ['b', 'b1'])), ['has removed c before d2 was written'])
  assert.equal(problemsOnTheWay(old, next, holding(['a', 'a3'], ['b', 'b1'], ['c', 'c1'])), [
    'holds a3, which was never desired',
  ])
})

check('at the end exactly what is desired, and what others have', () => {
  assert.equal(problemsAtTheEnd(next, holding(['a', 'a2'], ['b', 'b1'], ['d', 'd2'])), [])
  assert.equal(problemsAtTheEnd([...next, item('e', 'e2', { blocked: true })], holding(['a', 'a2'], ['b', 'b1'])), [
    'lacks d2',
  ])
  assert.equal(problemsAtTheEnd(next, holding(['a', 'a2'], ['b', 'b1'], ['d', 'd2'], ['d', 'd2'])), [
    'has d2, which is not desired',
  ])
  assert.equal(problemsOfOthers(['x', 'x'], { ours: [], others: ['x', 'y'] }), [
    'lost an entry of others: x',
    'made an entry of others: y',
  ])
})

check.run()
