// runtimes: node
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LoopHold } from '../src/loop-hold.ts'

const holding = suite('hold of the event loop')

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

holding('the longest one counts, in seconds', async () => {
  const start = performance.now()
  const hold = await LoopHold.start()
  for (const milliseconds of [20, 100, 40]) {
    block(milliseconds)
    await delay(5)
  }
  const { longestHold: longest } = hold.stop()
  const elapsed = (performance.now() - start) / 1000
  assert.ok(longest >= 0.1, `${longest}`)
  // The other two were not a part of it.
  assert.ok(longest <= elapsed - 0.06, `${longest} of ${elapsed}`)
})

holding('one that lasts to the end counts', async () => {
  const hold = await LoopHold.start()
  block(50)
  assert.ok(hold.stop().longestHold >= 0.05)
})

holding('a single long one is beyond 99.9 % of many, and one of a few is not', async () => {
  const many = await LoopHold.start()
  block(100)
  // Beyond a thousand turns of the timer, however late each of them comes.
  for (let turn = 0; turn < 1500; turn++) await delay(1)
  const { longestHold, usualHold } = many.stop()
  assert.ok(longestHold >= 0.1 && usualHold < longestHold, `${usualHold} of ${longestHold}`)
  const few = await LoopHold.start()
  block(30)
  const last = few.stop()
  assert.is(last.usualHold, last.longestHold)
})

holding.run()
