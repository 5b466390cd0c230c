import { ReverseIndex } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const index = suite('reverse index')

const usersOf = (one: ReverseIndex, used: number): number[] => [...one.users(used)].sort((left, right) => left - right)

index('users come and go, one or several, also one of the number 0', () => {
  const one = new ReverseIndex()
  assert.equal([one.has(1), usersOf(one, 1)], [false, []])
  one.add(1, 0)
  one.add(1, 0)
  assert.equal([one.has(1), usersOf(one, 1)], [true, [0]])
  one.delete(1, 7)
  assert.equal(usersOf(one, 1), [0])
  one.add(1, 7)
  one.add(1, 9)
  one.add(1, 7)
  assert.equal(usersOf(one, 1), [0, 7, 9])
  one.delete(1, 0)
  one.delete(1, 0)
  assert.equal(usersOf(one, 1), [7, 9])
  one.delete(1, 9)
  one.delete(1, 7)
  assert.equal([one.has(1), usersOf(one, 1)], [false, []])
  one.add(1, 3)
  one.add(2, 3)
  one.delete(1, 3)
  assert.equal([usersOf(one, 1), usersOf(one, 2)], [[], [3]])
  one.clear()
  assert.is(one.has(2), false)
})

index('as a set for each, in a long run of random changes', () => {
  const one = new ReverseIndex()
  const sets = Array.from({ length: 8 }, () => new Set<number>())
  let state = 1
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  for (let turn = 0; turn < 20_000; turn++) {
    const used = below(8)
    const user = below(4)
    const set = sets[used]!
    if (below(2) === 0) {
      one.add(used, user)
      set.add(user)
    } else {
      one.delete(used, user)
      set.delete(user)
    }
    assert.is(one.has(used), set.size > 0)
    assert.equal(
      usersOf(one, used),
      [...set].sort((left, right) => left - right),
    )
  }
})

index.run()
