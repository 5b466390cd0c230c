import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Contests } from '../src/contests.ts'

const contested = suite('contests')

/** The pauses where somebody undoes an entry so many milliseconds after each time that it is written. */
function pauses(after: number, until: number): number[] {
  const contests = new Contests()
  const delays: number[] = []
  for (let now = after; now < until; now += after) {
    const delay = contests.undone('a', now)
    delays.push(delay)
    now += delay
  }
  return delays
}

contested('five times an entry is put back at once, then after pauses that grow to half a minute', () => {
  const grown = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
  for (const after of [1, 50, 1000]) {
    assert.equal(pauses(after, 200_000).slice(0, 14), [0, 0, 0, 0, 0, ...grown], `undone after ${after} ms`)
  }
})

contested('an hour of it is no more than 140 attempts', () => {
  assert.ok(pauses(50, 3_600_000).length < 140)
})

contested('after ten seconds of peace the earlier ones are forgotten', () => {
  const contests = new Contests()
  for (let now = 0; now < 5; now++) contests.undone('a', now)
  assert.is(contests.undone('a', 10_005), 0)
  for (const now of [15_000, 20_000, 25_000, 30_000]) assert.is(contests.undone('a', now), 0)
  assert.is(contests.undone('a', 35_000), 250)
  assert.is(contests.undone('b', 35_000), 0)
})

contested('after long pauses it takes a longer peace', () => {
  const contests = new Contests()
  let now = 0
  while (contests.undone('a', now) < 30_000) now += 1
  assert.is(contests.undone('a', now + 119_000), 30_000)
  assert.is(contests.undone('a', now + 119_000 + 121_000), 0)
})

contested('once there were pauses it takes longer than the longest pause', () => {
  const contests = new Contests()
  let now = 0
  while (contests.undone('a', now) === 0) now += 1
  assert.is(contests.overAt('a'), now + 30_000)
  assert.is(contests.undone('a', now + 30_000), 500)
  assert.is(contests.undone('a', now + 60_001), 0)
})

contested('of very many at a time each costs no more than of a few, and what is known is not forgotten', () => {
  const contests = new Contests()
  // If each looked at all, this would take minutes.
  for (let round = 0; round < 6; round++) {
    for (let key = 0; key < 200_000; key++) assert.is(contests.undone(`${key}`, round * 1000) > 0, round === 5)
  }
})

contested.run()
