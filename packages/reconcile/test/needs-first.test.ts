import { answer } from '@rtnl/netlink-core/testing'
import { keep, type ReconcileRules, reconcile, WaitingError } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Path, PathKernel, path, pathRules } from './support/paths.ts'
import { until } from './support/wait.ts'

const first = suite('entries that are sent once their needs are met')

/** A gate that all paths need, and that matters before the first request for those that refer to others: even prefixes. */
class Gate {
  open = false
  followers = 0
  #changed: () => void = () => {}

  readonly rules: ReconcileRules<Path> = {
    ...pathRules,
    needsFirst: ['base'],
    needs: () => ['gate north'],
    dependencies: [
      {
        kinds: ['gate'],
        follow: async (_notifier, changed) => {
          this.followers++
          this.#changed = () => changed('gate north')
          return {
            isMet: () => this.open,
            describe: () => 'gate north, which is shut',
            close: () => void this.followers--,
          }
        },
      },
    ],
  }

  set(open: boolean): void {
    this.open = open
    this.#changed()
  }
}

const wanted = [path(1, 'a'), path(2, 'a'), path(3, 'a'), path(4, 'a')]

first('a single run sends the others only, and says what is missing', async () => {
  const gate = new Gate()
  const kernel = new PathKernel()
  const { added, failed } = await reconcile(gate.rules, wanted, { transports: kernel })
  assert.is(added, 2)
  assert.equal(
    failed.map(({ entry, error }) => [entry.prefix, error instanceof WaitingError, error.message]),
    [
      [2, true, 'path 2: waits for gate north, which is shut'],
      [4, true, 'path 4: waits for gate north, which is shut'],
    ],
  )
  assert.equal(kernel.log, ['add 1 via a', 'add 3 via a'])
  assert.is(gate.followers, 0)
})

first('a single run where the need is met sends all', async () => {
  const gate = new Gate()
  gate.open = true
  const kernel = new PathKernel()
  const { added, failed } = await reconcile(gate.rules, wanted, { transports: kernel })
  assert.equal([added, failed], [4, []])
})

first('a controller waits for the need, and sends once it is met', async () => {
  const gate = new Gate()
  const kernel = new PathKernel()
  await using controller = await keep(gate.rules, wanted, { transports: kernel })
  assert.equal(
    controller.waiting.map(({ cause, count }) => [cause, count]),
    [['gate north, which is shut', 2]],
  )
  gate.set(true)
  await until(() => kernel.entries.length === 4, 'all are written')
  await controller.idle()
  assert.equal([controller.waiting, controller.failed], [[], []])
  // Without the need an entry that changes is not sent either.
  gate.set(false)
  kernel.log.length = 0
  kernel.refuses = () => answer.error(22)
  controller.set(path(2, 'b'))
  await controller.idle()
  assert.equal(kernel.log, [])
  assert.equal(
    controller.failed.map(({ error }) => error.message),
    ['path 2: waits for gate north, which is shut'],
  )
})

first.run()
