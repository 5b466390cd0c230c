import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, instrument } from '../bundle.ts'
import { type Outcome, runDry, runMutant } from '../processes.ts'
import { planFor } from '../reach.ts'
import { sample } from '../sample.ts'

const tests = suite('mutants')

const fixtures = 'tools/mutants/test/fixtures'

/** Runs all mutants of the fixture, and returns what became of each. */
async function outcomes(): Promise<Map<string, Outcome>> {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-mutants-test-'))
  try {
    const { mutants, sources } = await instrument([`${fixtures}/counting.ts`])
    const test = `${fixtures}/counting.test.ts`
    const { child, modules } = await bundle(folder, [test], sources)
    const path = modules.get(test)!
    const dry = await runDry(child, path, 10_000)
    assert.equal(dry.not, [])
    assert.is(dry.tests.length, 2)
    const found = new Map<string, Outcome>()
    for (const { id, original, replacement } of mutants) {
      const plan = planFor(id, [{ path, ...dry }])
      assert.ok(plan, original)
      const order = { mutant: id, hits: plan.hits, modules: plan.modules }
      found.set(`${original} -> ${replacement}`, await runMutant(child, order, plan.slowest))
    }
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

tests('one that a test notices is killed, also an endless loop, and one that none notices survives', async () => {
  const found = await outcomes()
  assert.is(found.get('numbers[at]! < limit -> numbers[at]! >= limit'), 'killed')
  assert.is(found.get('count++ -> count--'), 'killed')
  assert.is(found.get('at++ -> at--'), 'killed')
  // No number is the limit, and a place behind the last has no number below it.
  assert.is(found.get('numbers[at]! < limit -> numbers[at]! <= limit'), 'survives')
  assert.is(found.get('at < numbers.length -> at <= numbers.length'), 'survives')
})

tests('one that no test reaches has no plan', () => {
  assert.is(
    planFor('7', [{ path: 'x', loading: {}, tests: [{ number: 0, milliseconds: 1, reached: {} }], not: [] }]),
    undefined,
  )
})

tests('the same seed chooses the same sample', () => {
  const items = Array.from({ length: 100 }, (_, number) => number)
  assert.equal(sample(items, 10, 5), sample(items, 10, 5))
  assert.not.equal(sample(items, 10, 5), sample(items, 10, 6))
  assert.equal(new Set(sample(items, 10, 5)).size, 10)
  assert.equal(sample(items, 200, 5), items)
})

tests.run()
