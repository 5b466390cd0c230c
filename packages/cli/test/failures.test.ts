import { Errno, NetlinkError } from '@rtnl/netlink-core'
import { ContestedError, Outcome } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { healedJson } from '../src/sync/outcome-text.ts'

const failures = suite('failures of a round, as JSON')

function refusal(id: number, extack: string): { action: 'add'; entry: object; error: Error } {
  return {
    action: 'add',
    entry: { id },
    error: new NetlinkError(Errno.ENETDOWN, { operation: `add nexthop id ${id}`, extack }),
  }
}

failures('each cause stands there once, with its count and a few entries, however many there are', () => {
  const outcome = new Outcome<unknown>()
  outcome.added = 2
  for (let id = 1; id <= 20_000; id++) outcome.failed.push(refusal(id, 'Nexthop device is not up'))
  outcome.failed.push({
    action: 'remove',
    entry: { id: 30_000 },
    error: new ContestedError('nexthop id 30000', 'ip', 250),
  })
  for (const id of [7, 8]) outcome.conflicts.push({ entry: { id }, actual: { id, protocol: 4 } })
  const line = healedJson(outcome)
  assert.ok(line.length < 2000 && line.endsWith('\n'), `${line.length} characters`)
  const { healed, failed, ...rest } = JSON.parse(line)
  assert.equal([healed, rest], [{ added: 2, replaced: 0, removed: 0, kept: 0 }, {}])
  assert.equal(failed[0], {
    action: 'add',
    code: 'ENETDOWN',
    error: 'Nexthop device is not up (ENETDOWN)',
    count: 20_000,
    examples: [{ entry: { id: 1 } }, { entry: { id: 2 } }, { entry: { id: 3 } }],
  })
  const { error, ...conflict } = failed[1]
  assert.match(error, /^an entry of somebody else is in the way/)
  assert.equal(conflict, {
    action: 'add',
    code: 'CONFLICT',
    count: 2,
    examples: [
      { entry: { id: 7 }, actual: { id: 7, protocol: 4 } },
      { entry: { id: 8 }, actual: { id: 8, protocol: 4 } },
    ],
  })
  assert.equal([failed[2].action, failed[2].code, failed[2].count], ['remove', 'ERR_RTNL_CONTESTED', 1])
})

failures('of very many causes the rarest are only counted', () => {
  const outcome = new Outcome<unknown>()
  for (let cause = 0; cause < 30; cause++) {
    for (let id = 0; id <= cause; id++) outcome.failed.push(refusal(id, `reason ${cause}`))
  }
  const { failed, others } = JSON.parse(healedJson(outcome))
  assert.equal([failed.length, failed[0].count, failed[19].count], [20, 30, 11])
  assert.equal(others, { causes: 10, count: 55 })
})

failures('where nothing failed there is an empty list', () => {
  assert.is(healedJson(new Outcome()), '{"healed":{"added":0,"replaced":0,"removed":0,"kept":0},"failed":[]}\n')
})

failures.run()
