import { NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BackOff } from '../../src/waiting/back-off.ts'

const backsOff = suite('back-off')

const busy = new NetlinkError(16, { operation: 'add' })
const down = new NetlinkError(100, { operation: 'add' })

/** The times at which a key is tried that never succeeds, until a moment. */
function attempts(error: Error, until: number): number[] {
  const backOff = new BackOff()
  const times = [0]
  backOff.failed('key', error, 0)
  while (backOff.next <= until) {
    const now = backOff.next
    assert.equal(backOff.take(now), ['key'])
    times.push(now)
    backOff.failed('key', error, now)
  }
  return times
}

function takeAll(backOff: BackOff, now: number): string[] {
  const keys: string[] = []
  while (backOff.next <= now) keys.push(...backOff.take(now))
  return keys
}

const intervals = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0))

backsOff('what passes by itself is tried again soon, and then once a second', () => {
  assert.equal(intervals(attempts(busy, 4000)), [20, 40, 80, 160, 320, 640, 1000, 1000])
})

backsOff('what waits for something is tried at longer and longer intervals, to half a minute', () => {
  const expected = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
  assert.equal(intervals(attempts(down, 100_000)), expected)
  assert.equal(intervals(attempts(new Error('not of the kernel'), 100_000)), expected)
})

backsOff('a day of refusals is no more than 3,000 requests', () => {
  assert.ok(attempts(down, 24 * 3600 * 1000).length < 3000)
})

backsOff('a key is given once until it has failed again', () => {
  const backOff = new BackOff()
  backOff.failed('a', down, 0)
  backOff.failed('b', busy, 0)
  assert.is(backOff.next, 20)
  assert.equal(backOff.take(19), [])
  assert.equal(backOff.take(20), ['b'])
  assert.is(backOff.next, 250)
  assert.equal(backOff.take(1000), ['a'])
  assert.equal(backOff.take(100_000), [])
  assert.is(backOff.next, Number.POSITIVE_INFINITY)
  assert.is(backOff.size, 2)
})

backsOff('what has succeeded is forgotten, and begins anew', () => {
  const backOff = new BackOff()
  backOff.failed('a', down, 0)
  backOff.failed('a', down, 250)
  backOff.succeeded('a')
  assert.is(backOff.size, 0)
  backOff.failed('a', down, 1000)
  assert.is(backOff.next, 1250)
})

backsOff('a key that is made ready is due at once, which does not shorten the intervals', () => {
  const backOff = new BackOff()
  for (const now of [0, 250, 750]) backOff.failed('a', down, now)
  assert.is(backOff.next, 1750)
  backOff.ready('a')
  assert.equal(backOff.take(800), ['a'])
  backOff.failed('a', down, 800)
  assert.is(backOff.next, 2800)
  backOff.ready('never refused')
  assert.equal(backOff.take(800), [])
})

backsOff('a parked key waits until it is made ready', () => {
  const backOff = new BackOff()
  backOff.failed('a', down, 0)
  backOff.park('a')
  assert.is(backOff.parked, 1)
  assert.is(backOff.next, Number.POSITIVE_INFINITY)
  backOff.ready('a')
  assert.is(backOff.parked, 0)
  assert.equal(backOff.take(1), ['a'])
  backOff.park('a')
  backOff.succeeded('a')
  assert.is(backOff.parked, 0)
  assert.is(backOff.size, 0)
})

backsOff('where much is refused and much changes, trying takes a fifth of the time', () => {
  const backOff = new BackOff()
  let now = 0
  let tries = 0
  backOff.failed('a', down, now)
  for (; now < 20_000; now += 10) {
    backOff.ready('a')
    if (backOff.take(now).length === 0) continue
    tries++
    backOff.failed('a', down, now)
    backOff.tried(now, now + 100, 1000)
    now += 100
    // What happened meanwhile.
    backOff.ready('a')
  }
  assert.ok(tries >= 38 && tries <= 41, `${tries} tries`)
})

backsOff('where few are refused there is no rest', () => {
  const backOff = new BackOff()
  backOff.failed('a', down, 0)
  backOff.tried(0, 1000, 10)
  backOff.ready('a')
  assert.equal(backOff.take(1000), ['a'])
})

backsOff('after a round in which much failed all rest, for a second at most', () => {
  const backOff = new BackOff()
  for (const now of [0, 250, 750, 1750]) backOff.failed('a', down, now)
  assert.is(backOff.next, 3750)
  backOff.tried(0, 2000, 1000)
  backOff.ready('a')
  assert.is(backOff.next, 3000)
  assert.equal(backOff.take(2999), [])
  assert.equal(backOff.take(3000), ['a'])
  backOff.failed('a', down, 3600)
  backOff.failed('b', busy, 3600)
  backOff.tried(3000, 3600, 1000)
  // Something else takes little, and shortens nothing.
  backOff.tried(3601, 3602, 1)
  assert.is(backOff.next, 4600)
  assert.equal(backOff.take(4600), ['b'])
})

backsOff('very many that wait cost nothing as long as none is due', () => {
  const backOff = new BackOff()
  for (let key = 0; key < 100_000; key++) backOff.failed(`${key}`, down, 0)
  // If each looked at all, this would take hours.
  for (let now = 0; now < 249; now += 0.001) assert.is(backOff.take(now).length, 0)
  assert.is(takeAll(backOff, 250).length, 100_000)
})

backsOff('of very many that are due some are given at a time, each of them once', () => {
  const backOff = new BackOff()
  for (let key = 0; key < 100_000; key++) backOff.failed(`${key}`, key % 5 === 0 ? busy : down, 0)
  const parts: string[][] = []
  while (backOff.next <= 20) parts.push(backOff.take(20))
  assert.ok(parts.length > 1 && parts.every(({ length }) => length <= 20_000), `${parts.map(({ length }) => length)}`)
  const busyOnes = Array.from({ length: 20_000 }, (_, place) => `${place * 5}`)
  assert.equal(parts.flat(), busyOnes)
  assert.is(backOff.next, 250)
  assert.is(takeAll(backOff, 250).length, 80_000)
  assert.is(backOff.next, Number.POSITIVE_INFINITY)
})

backsOff.run()
