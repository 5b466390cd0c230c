import { plan } from '@rtnl/reconcile/internal'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { desiredOf } from '../src/desired-of.ts'
import { type Path, path, pathRules } from './support/paths.ts'

const desired = suite('wanted entries')

desired('take their normal form, by key', () => {
  const wanted = desiredOf(pathRules, [{ prefix: 7, via: 'A' }, { prefix: 3 }])
  assert.equal([...wanted.entries()], [path(7, 'a'), path(3, 'nowhere')])
  assert.equal(wanted.get(path(3, 'anywhere')), path(3, 'nowhere'))
  assert.is(wanted.get(path(4, 'nowhere')), undefined)
})

// Beyond the types: programs in JavaScript, and data from files.
const refused: readonly [entry: unknown, error: typeof TypeError | typeof RangeError, message: string][] = [
  [{}, TypeError, '[1].prefix: is missing'],
  [{ prefix: 4, owner: 3 }, RangeError, '[1].owner: 3 is not 9'],
  [{ prefix: -4 }, RangeError, '[1].prefix: -4 is not a whole number in 0..4294967295'],
  [{ prefix: '4' }, TypeError, '[1].prefix: "4" is not a number'],
  [{ prefix: 4, colour: 'red' }, TypeError, '[1].colour: there is no such field'],
  [{ prefix: 1 }, RangeError, '[1]: path 1 is wanted twice, first by [0]'],
  [null, TypeError, '[1]: null is not an object'],
  ['10.0.0.0/8', TypeError, '[1]: "10.0.0.0/8" is not an object'],
  [[{ prefix: 4 }], TypeError, '[1]: an array is not an object'],
]

for (const [entry, Kind, message] of refused) {
  desired(`are refused with their place: ${message}`, () => {
    for (const attempt of [
      () => desiredOf(pathRules, [{ prefix: 1 }, entry as Path]),
      () => plan(pathRules, [{ prefix: 1 }, entry as Path], []),
    ]) {
      assert.throws(attempt, (error: Error) => {
        assert.instance(error, Kind)
        assert.is(error.message, message)
        return true
      })
    }
  })
}

desired('an error that is not about an entry stays what it is', () => {
  const broken = new SyntaxError('of the rules')
  const rules = {
    ...pathRules,
    normalize: () => {
      throw broken
    },
  }
  assert.throws(
    () => desiredOf(rules, [{ prefix: 1 }]),
    (error: Error) => error === broken,
  )
})

desired.run()
