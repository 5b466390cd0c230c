import { ContestedError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WaitingReport } from '../src/sync/waiting-report.ts'

const report = suite('lines about entries that wait')

report('what others undo is contested, and waits for nothing', () => {
  const waiting = new WaitingReport(['route', 'routes'])
  const error = new ContestedError('route 10.0.0.0/8', 'ip (process 7)', 250)
  const contest = { cause: 'ip (process 7), which undoes it', count: 2, example: {}, error }
  const link = { cause: 'link v0, which is down', count: 1, example: {}, error: new Error('link v0 is down') }
  assert.equal(waiting.lines([contest, link]), [
    'rtnl: 2 routes are contested by ip (process 7), which undoes it',
    'rtnl: 1 route waits for link v0, which is down',
  ])
  assert.equal(waiting.lines([{ ...contest, count: 1 }, link]), [
    'rtnl: 1 route is contested by ip (process 7), which undoes it',
  ])
  assert.equal(waiting.lines([]), [
    'rtnl: over: 1 route was contested by ip (process 7), which undoes it',
    'rtnl: over: 1 route waited for link v0, which is down',
  ])
})

report.run()
