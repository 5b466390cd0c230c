import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Healings } from '../src/healings.ts'

const healing = suite('healings')

healing('five in a row are made at once, more are contested', () => {
  const healings = new Healings()
  const results = Array.from({ length: 7 }, (_, index) => healings.contested('a', index * 100))
  assert.equal(results, [false, false, false, false, false, true, true])
  assert.is(healings.contested('b', 700), false, 'each key by itself')
})

healing('ten seconds without one are a new beginning', () => {
  const healings = new Healings()
  for (let time = 0; time < 6; time++) healings.contested('a', time)
  assert.is(healings.contested('a', 10_005), true)
  assert.is(healings.contested('a', 20_006), false)
})

healing('one that comes now and then is never contested', () => {
  const healings = new Healings()
  for (let turn = 0; turn < 100; turn++) assert.is(healings.contested('a', turn * 10_001), false)
})

healing.run()
