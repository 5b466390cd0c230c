import { plan } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { desiredByKey } from '../src/desired.ts'
import { type Path, pathRules } from './support/paths.ts'

const desired = suite('wanted entries')

desired('take their normal form, by key', () => {
  assert.equal(
    [...desiredByKey(pathRules, [{ prefix: 7, via: 'A' }, { prefix: 3 }])],
    [
      ['path 7', { family: 2, prefix: 7, via: 'a', owner: 9, kind: 0 }],
      ['path 3', { family: 2, prefix: 3, via: 'nowhere', owner: 9, kind: 0 }],
    ],
  )
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
  [[{ prefix: 4 }], TypeError, '[1]: [{"prefix":4}] is not an object'],
]

for (const [entry, Kind, message] of refused) {
  desired(`are refused with their place: ${message}`, () => {
    for (const attempt of [
      () => desiredByKey(pathRules, [{ prefix: 1 }, entry as Path]),
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
    () => desiredByKey(rules, [{ prefix: 1 }]),
    (error: Error) => error === broken,
  )
})

desired.run()
