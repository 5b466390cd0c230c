import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryCurve } from '../outcome.ts'

const mebibyte = 1024 ** 2
const memory = suite('memory over time')

function problemsOf(samples: readonly number[]): readonly string[] {
  const curve = new MemoryCurve()
  for (const sample of samples) curve.add(sample * mebibyte)
  return curve.problems
}

memory('that goes up and down is flat', () => {
  assert.equal(problemsOf(Array.from({ length: 90 }, (_, index) => 100 + (index % 30))), [])
})

memory('that grows is told', () => {
  const growing = Array.from({ length: 90 }, (_, index) => 100 + 2 * index)
  assert.equal(problemsOf(growing), ['memory grows: 278.0 MiB in the last third, 218.0 MiB before'])
})

memory('of a short time says nothing', () => {
  assert.equal(problemsOf([100, 200, 400]), [])
})

memory.run()
