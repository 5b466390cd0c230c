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
  const longest = hold.stop()
  const elapsed = (performance.now() - start) / 1000
  assert.ok(longest >= 0.1, `${longest}`)
  // The other two were not a part of it.
  assert.ok(longest <= elapsed - 0.06, `${longest} of ${elapsed}`)
})

holding('one that lasts to the end counts', async () => {
  const hold = await LoopHold.start()
  block(50)
  assert.ok(hold.stop() >= 0.05)
})

holding.run()
