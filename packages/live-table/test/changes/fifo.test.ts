import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import { Fifo } from '../../src/changes/fifo.ts'

const queues = suite('fifo')

queues('gives what an array would', () => {
  const step = fc.constantFrom('push', 'push', 'shift', 'shift', 'clear', 'look')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const queue = new Fifo<{ number: number }>()
      let model: { number: number }[] = []
      for (const [number, kind] of steps.entries()) {
        if (kind === 'push') {
          const item = { number }
          queue.push(item)
          model.push(item)
        } else if (kind === 'shift') {
          assert.is(queue.shift(), model.shift())
        } else if (kind === 'clear') {
          queue.clear()
          model = []
        }
        assert.equal([...queue], model)
      }
    }),
    { numRuns: tries(500, 2) },
  )
})

queues('takes very many one by one', () => {
  const queue = new Fifo<{ number: number }>()
  for (let number = 0; number < 2_000_000; number++) queue.push({ number })
  // If each moved all others, this would take hours.
  for (let number = 0; number < 2_000_000; number++) assert.ok(queue.shift()?.number === number)
  assert.is(queue.shift(), undefined)
})

queues.run()
