import { Errno } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { keep, openReconciliation } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { many, withKeeping } from './support/controller.ts'
import { Owner, type Path, PathKernel, PathType, path, pathRules, textsOf } from './support/paths.ts'
import { rejection, until } from './support/wait.ts'

const additive = suite('keep additively: what was written here is what is removed')

/** What was there before: one of others, one that is desired too, and one that looks like ours. */
const before: readonly Path[] = [path(9000, 'f', Owner.OTHER), path(3, 'a'), path(9001, 'a')]

additive('also when not everything was tried yet', async () => {
  const kernel = new PathKernel(before)
  const options = { transports: kernel, additive: true }
  await using reconciliation = await openReconciliation(pathRules, many(4000, 'a'), options)
  let enough: () => void = () => {}
  const some = new Promise<void>((resolve) => {
    enough = resolve
  })
  kernel.did = ({ prefix }, type) => {
    if (prefix === 301 && type === PathType.NEW) enough()
  }
  const controller = await reconciliation.start()
  const settled = rejection(controller.idle())
  await some
  const { removed, failed } = await controller.remove()
  await settled
  const written = kernel.log.filter((line) => line.startsWith('add')).length
  assert.ok(written > 100 && written < 3000, `${written} of 4000 were written`)
  assert.equal([removed, failed], [written, []])
  assert.equal(kernel.texts, textsOf(before))
  assert.equal(kernel.sockets(), [])
})

additive('without what somebody else wrote in the same moment', () =>
  withKeeping(
    [],
    [],
    async (controller, kernel) => {
      kernel.refuses = ({ prefix, ...rest }) => {
        if (prefix !== 1 || kernel.lists.has(1)) return undefined
        kernel.put({ prefix, ...rest })
        return answer.error(Errno.EEXIST)
      }
      await controller.assign([path(1, 'a'), path(3, 'a')])
      await controller.idle()
      assert.equal(kernel.texts, textsOf([path(1, 'a'), path(3, 'a')]))
      await until(() => controller.failed.length === 0, 'both are there')
      assert.is((await controller.remove()).removed, 1)
      assert.equal(kernel.texts, textsOf([path(1, 'a')]))
    },
    { additive: true },
  ),
)

additive('also what is not desired any more, however much that is', () =>
  withKeeping(
    many(3000, 'a'),
    before,
    async (controller, kernel) => {
      await controller.assign([path(1, 'a')])
      await controller.idle()
      assert.equal(kernel.texts, textsOf([path(1, 'a'), ...before]))
      // Somebody else has written what was ours before.
      kernel.put(path(5, 'a'))
      await controller.table.waitForSync()
      controller.set(path(7, 'a'))
      await controller.idle()
      controller.delete(path(7, 'a'))
      assert.is((await controller.remove()).removed, 2)
      assert.equal(kernel.texts, textsOf([path(5, 'a'), ...before]))
    },
    { additive: true },
  ),
)

additive('what could not be removed is ours still', async () => {
  const kernel = new PathKernel()
  await using controller = await keep(pathRules, [path(1, 'a')], { transports: kernel, additive: true })
  let refusing = true
  kernel.refuses = (_entry, type) => (refusing && type === PathType.DEL ? answer.error(16) : undefined)
  controller.delete(path(1, 'a'))
  await controller.idle()
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  refusing = false
  assert.is((await controller.remove()).removed, 1)
  assert.equal(kernel.texts, [])
})

additive.run()
