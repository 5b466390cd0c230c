import { NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Retries } from '../src/retries.ts'

const retrying = suite('retries')

const busy = new NetlinkError(16, { operation: 'add' })
const down = new NetlinkError(100, { operation: 'add' })

/** The times at which a key is tried that never succeeds, until a moment. */
function attempts(error: Error, until: number): number[] {
  const retries = new Retries()
  const times = [0]
  retries.failed('key', error, 0)
  while (retries.next <= until) {
    const now = retries.next
    assert.equal(retries.take(now), ['key'])
    times.push(now)
    retries.failed('key', error, now)
  }
  return times
}

function takeAll(retries: Retries, now: number): string[] {
  const keys: string[] = []
  while (retries.next <= now) keys.push(...retries.take(now))
  return keys
}

const intervals = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? 0))

retrying('what passes by itself is tried again soon, and then once a second', () => {
  assert.equal(intervals(attempts(busy, 4000)), [20, 40, 80, 160, 320, 640, 1000, 1000])
})

retrying('what waits for something is tried at longer and longer intervals, to half a minute', () => {
  const expected = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
  assert.equal(intervals(attempts(down, 100_000)), expected)
  assert.equal(intervals(attempts(new Error('not of the kernel'), 100_000)), expected)
})

retrying('a day of refusals is no more than 3,000 requests', () => {
  assert.ok(attempts(down, 24 * 3600 * 1000).length < 3000)
})

retrying('a key is given once until it has failed again', () => {
  const retries = new Retries()
  retries.failed('a', down, 0)
  retries.failed('b', busy, 0)
  assert.is(retries.next, 20)
  assert.equal(retries.take(19), [])
  assert.equal(retries.take(20), ['b'])
  assert.is(retries.next, 250)
  assert.equal(retries.take(1000), ['a'])
  assert.equal(retries.take(100_000), [])
  assert.is(retries.next, Number.POSITIVE_INFINITY)
  assert.is(retries.size, 2)
})

retrying('what has succeeded is forgotten, and begins anew', () => {
  const retries = new Retries()
  retries.failed('a', down, 0)
  retries.failed('a', down, 250)
  retries.succeeded('a')
  assert.is(retries.size, 0)
  retries.failed('a', down, 1000)
  assert.is(retries.next, 1250)
})

retrying('an event makes all due at once, and does not shorten the intervals', () => {
  const retries = new Retries()
  for (const now of [0, 250, 750]) retries.failed('a', down, now)
  assert.is(retries.next, 1750)
  retries.hurry(800)
  assert.equal(retries.take(800), ['a'])
  retries.failed('a', down, 800)
  assert.is(retries.next, 2800)
})

retrying('where much is refused and much changes, trying takes a fifth of the time', () => {
  const retries = new Retries()
  let now = 0
  let tries = 0
  retries.failed('a', down, now)
  for (; now < 20_000; now += 10) {
    retries.hurry(now)
    if (retries.take(now).length === 0) continue
    tries++
    retries.failed('a', down, now)
    retries.tried(now, now + 100)
    now += 100
    // What happened meanwhile.
    retries.hurry(now)
  }
  assert.ok(tries >= 38 && tries <= 41, `${tries} tries`)
})

retrying('after a try all rest, for a second at most', () => {
  const retries = new Retries()
  retries.failed('a', down, 0)
  for (const now of [250, 750, 1750]) retries.failed('a', down, now)
  assert.is(retries.next, 3750)
  retries.tried(0, 2000)
  retries.hurry(2100)
  assert.is(retries.next, 3000)
  assert.equal(retries.take(2999), [])
  assert.equal(retries.take(3000), ['a'])
  retries.failed('a', down, 3600)
  retries.failed('b', busy, 3600)
  retries.tried(3000, 3600)
  // Something else takes little, and shortens nothing.
  retries.tried(3601, 3602)
  assert.is(retries.next, 4600)
  assert.equal(retries.take(4600), ['b'])
})

retrying('where a try takes longer than the first intervals, there is a pause all the same', () => {
  const retries = new Retries()
  let now = 0
  let trying = 0
  while (now < 60_000) {
    const begin = now
    now += 3000
    trying += 3000
    for (const key of ['a', 'b']) retries.failed(key, down, now - 1000)
    retries.tried(begin, now)
    assert.equal(retries.take(now), [])
    now = retries.next
    assert.equal(retries.take(now).sort(), ['a', 'b'])
  }
  assert.ok(trying < now * 0.75)
})

retrying('very many that wait cost nothing as long as none is due', () => {
  const retries = new Retries()
  for (let key = 0; key < 100_000; key++) retries.failed(`${key}`, down, 0)
  // If each looked at all, this would take hours.
  for (let now = 0; now < 249; now += 0.001) assert.is(retries.take(now).length, 0)
  assert.is(takeAll(retries, 250).length, 100_000)
  for (let event = 0; event < 200_000; event++) retries.hurry(250 + event)
  assert.is(takeAll(retries, 250_000).length, 100_000)
})

retrying('of very many that are due some are given at a time, each of them once', () => {
  const retries = new Retries()
  for (let key = 0; key < 50_000; key++) retries.failed(`${key}`, key % 5 === 0 ? busy : down, 0)
  const parts: string[][] = []
  while (retries.next <= 20) parts.push(retries.take(20))
  assert.ok(parts.length > 1 && parts.every(({ length }) => length <= 5_000), `${parts.map(({ length }) => length)}`)
  const busyOnes = Array.from({ length: 10_000 }, (_, place) => `${place * 5}`)
  assert.equal(parts.flat(), busyOnes)
  assert.is(retries.next, 250)
  assert.is(takeAll(retries, 250).length, 40_000)
  assert.is(retries.next, Number.POSITIVE_INFINITY)
})

retrying.run()
