import { setImmediate as turn } from 'node:timers/promises'
import { answer } from '@rtnl/netlink-core/testing'
import { ContestedError, keep, UnmetError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { many, withKeeping } from './support/keeping.ts'
import { Owner, PathKernel, PathType, path, pathRules, textsOf } from './support/paths.ts'
import { until } from './support/wait.ts'

const troubles = suite('keep: troubles')

/** Milliseconds until what was refused once is tried again. */
const firstPause = 250

troubles('what is refused is listed and tried again, and the others go through', () =>
  withKeeping([], [], async (keeping, kernel) => {
    let refusing = true
    kernel.refuses = ({ prefix }) =>
      refusing && prefix === 5 ? answer.error(100, { text: 'Nexthop has invalid gateway' }) : undefined
    await keeping.assign(many(10, 'a'))
    await keeping.settled()
    assert.is(kernel.entries.length, 9)
    assert.equal(
      keeping.failed.map(({ entry, error }) => [entry, error.message]),
      [[path(5, 'a'), 'add path 5: Nexthop has invalid gateway (ENETDOWN)']],
    )
    // It does not stop the others later either.
    kernel.log.length = 0
    keeping.set({ prefix: 20, via: 'a' })
    await keeping.settled()
    assert.ok(kernel.lists.has(20))
    refusing = false
    await until(() => kernel.lists.has(5), 'it is in once the kernel takes it')
    await keeping.settled()
    assert.equal(keeping.failed, [])
    assert.ok(kernel.log.filter((line) => line === 'add 5 via a').length <= 3, 'it was not tried all the time')
  }),
)

troubles('what the kernel takes and does not show is listed, and does not make it spin', () =>
  withKeeping([], [], async (keeping, kernel) => {
    const tries: number[] = []
    kernel.refuses = ({ prefix }) => {
      if (prefix !== 5) return undefined
      tries.push(performance.now())
      return answer.ack()
    }
    await keeping.assign(many(10, 'a'))
    await keeping.settled()
    assert.equal(
      keeping.failed.map(({ entry }) => entry),
      [path(5, 'a')],
    )
    assert.instance(keeping.failed[0]?.error, UnmetError)
    await until(() => tries.length >= 2, 'it is tried again')
    const pause = tries[1]! - tries[0]!
    assert.ok(pause > firstPause - 1, `it was tried again after ${pause} ms`)
  }),
)

troubles('whoever undoes every change is not outrun', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [], async (keeping, kernel) => {
    let undone = performance.now()
    let contesting = true
    const pauses: number[] = []
    const undo = (): void => {
      undone = performance.now()
      kernel.put(path(1, 'z'))
    }
    kernel.did = ({ prefix }, type) => {
      if (prefix !== 1 || type !== PathType.NEW) return
      pauses.push(performance.now() - undone)
      if (contesting) setImmediate(undo)
    }
    undo()
    await until(() => keeping.failed[0]?.error instanceof ContestedError, 'it is told')
    contesting = false
    assert.is(keeping.failed[0]?.error.message, 'path 1: somebody else changes it as often as it is put back')
    assert.is(pauses.length, 5, 'so often it was put back at once')
    // The others are healed at once all the same.
    kernel.take(path(2, 'a'))
    await until(() => kernel.lists.has(2), 'another entry is back')
    await until(() => keeping.failed.length === 0, 'it is put back in the end')
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a')]))
    assert.is(pauses.length, 6)
    assert.ok(pauses[5]! > firstPause - 1, `it was put back after ${pauses[5]} ms`)
  }),
)

troubles('a change of a table that may be in the way makes it try at once', async () => {
  // Two tables in one kernel: what is refused here waits for an entry there.
  const other = { ...pathRules.definition, name: 'link' }
  const rules = { ...pathRules, hurries: [other as typeof pathRules.definition & typeof other] } as typeof pathRules
  const kernel = new PathKernel()
  let tries = 0
  kernel.refuses = ({ prefix }) => {
    if (prefix !== 1 || kernel.lists.has(77)) return undefined
    tries++
    return answer.error(100)
  }
  // The clock stands still: by itself it is never due again.
  const { now } = performance
  const stopped = now.call(performance)
  performance.now = () => stopped
  try {
    const keeping = await keep(rules, [path(1, 'a')], { transports: kernel })
    assert.is(tries, 1)
    kernel.put(path(77, 'link is up', Owner.OTHER))
    while (!kernel.lists.has(1)) await turn()
    keeping.close()
  } finally {
    performance.now = now
  }
  assert.equal(kernel.sockets(), [])
})

troubles.run()
