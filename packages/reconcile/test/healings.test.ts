import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Healings } from '../src/healings.ts'

const healing = suite('healings')

healing('five in a row are made at once, the sixth waits', () => {
  const healings = new Healings()
  assert.equal(
    [0, 1, 2, 3, 4, 5, 6].map((now) => healings.contested('a', now)),
    [false, false, false, false, false, true, true],
  )
  assert.is(healings.contested('b', 7), false)
})

healing('after ten seconds without one, the earlier ones are forgotten', () => {
  const healings = new Healings()
  for (let now = 0; now < 5; now++) healings.contested('a', now)
  assert.is(healings.contested('a', 10_005), false)
  for (const now of [15_000, 20_000, 25_000, 30_000]) assert.is(healings.contested('a', now), false)
  assert.is(healings.contested('a', 35_000), true)
})

healing('of very many at a time each costs no more than of a few, and what is known is not forgotten', () => {
  const healings = new Healings()
  // If each looked at all, this would take minutes.
  for (let round = 0; round < 6; round++) {
    for (let key = 0; key < 200_000; key++) assert.is(healings.contested(`${key}`, round * 1000), round === 5)
  }
})

healing.run()
