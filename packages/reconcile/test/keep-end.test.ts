import { setImmediate } from 'node:timers/promises'
import { ClosedError, NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { Notifier } from '@rtnl/notifier'
import { keep, LeaseHeldError, type Outcome, reconcile } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { many, withKeeping } from './support/controller.ts'
import { Kind, Owner, type Path, PathKernel, path, pathRules, textsOf } from './support/paths.ts'
import { scenes } from './support/scenes.ts'
import { rejection, until } from './support/wait.ts'

const ending = suite('keep: its end')

ending('nothing is wanted any more while everything is being removed', () =>
  withKeeping(many(2000, 'a'), [path(9000, 'f', Owner.OTHER)], async (controller, kernel) => {
    const assigning = rejection(controller.assign(many(3000, 'b')))
    const removing = controller.remove()
    assert.throws(
      () => controller.set(path(1, 'c')),
      (error: Error) => error instanceof ClosedError,
    )
    assert.instance(await rejection(controller.remove()), ClosedError)
    assert.is((await removing).removed, 2000)
    assert.instance(await assigning, ClosedError)
    assert.equal(kernel.texts, textsOf([path(9000, 'f', Owner.OTHER)]))
  }),
)

ending('closing while everything is being removed ends the removal with an error, however far it is', async () => {
  for (let turns = 0; turns < 4; turns++) {
    await withKeeping(many(8000, 'a'), [], async (controller, kernel) => {
      const removing = rejection(controller.remove())
      for (let turn = 0; turn < turns; turn++) await setImmediate()
      assert.ok(kernel.texts.length > 0, 'it is not at its end')
      controller.close()
      assert.instance(await removing, ClosedError)
      assert.is(await controller.closed, undefined)
    })
  }
})

ending('no permission ends the opening, and is said once', async () => {
  const kernel = new PathKernel()
  kernel.refuses = () => answer.error(1)
  const error = await rejection(keep(pathRules, many(3000, 'a'), { transports: kernel }))
  assert.equal([(error as NetlinkError).code, kernel.log.length, kernel.sockets()], ['EPERM', 1, []])
  kernel.refuses = () => undefined
  const controller = await keep(pathRules, [], { transports: kernel })
  controller.close()
})

ending('permission that is lost later ends it with the error', async () => {
  const kernel = new PathKernel()
  const controller = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  kernel.refuses = () => answer.error(1)
  controller.set({ prefix: 2 })
  const error = await controller.closed
  assert.instance(error, NetlinkError)
  assert.is(await rejection(controller.idle()), error)
  assert.throws(() => controller.set({ prefix: 3 }), error?.message)
  assert.equal(kernel.sockets(), [])
})

ending('closing leaves the entries, is idempotent, and ends all waiting', async () => {
  const kernel = new PathKernel()
  const controller = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  kernel.refuses = () => answer.silence()
  controller.set({ prefix: 2 })
  const settling = rejection(controller.idle())
  controller.close()
  controller.close()
  assert.instance(await settling, ClosedError)
  assert.is(await controller.closed, undefined)
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  for (const attempt of [() => controller.set({ prefix: 1 }), () => controller.delete({ prefix: 1 })]) {
    assert.throws(attempt, (error: Error) => error instanceof ClosedError)
  }
  assert.instance(await rejection(controller.assign([])), ClosedError)
  assert.instance(await rejection(controller.remove()), ClosedError)
  assert.equal(kernel.sockets(), [])
})

ending('removing takes ours away and leaves what others have', async () => {
  const present = [path(1, 'f', Owner.OTHER), path(5, 'stray')]
  const kernel = new PathKernel(present)
  const controller = await keep(pathRules, [path(1, 'a'), path(2, 'a'), path(3, 'a')], { transports: kernel })
  kernel.put(path(3, 'usurper', Owner.OTHER))
  const outcome = await controller.remove()
  assert.equal(kernel.texts, textsOf([path(1, 'f', Owner.OTHER), path(3, 'usurper', Owner.OTHER)]).sort())
  assert.is(outcome.removed, 1)
  assert.equal([kernel.sockets(), await controller.closed], [[], undefined])
})

ending('removing takes away what is just being written, of which the table does not know yet', () =>
  withKeeping([path(1, 'a')], [], async (controller, kernel) => {
    let removing: Promise<Outcome<Path>> | undefined
    kernel.did = () => {
      kernel.hold('notification')
      removing ??= controller.remove()
    }
    controller.set(path(1, 'b'))
    await until(() => removing !== undefined, 'it is written')
    kernel.resume('notification')
    kernel.did = () => {}
    assert.is((await removing)?.removed, 1)
    assert.equal(kernel.texts, [])
  }),
)

ending('whenever it comes, removing leaves nothing of ours', () =>
  fc.assert(
    fc.asyncProperty(
      scenes,
      fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'put', 'take', 'hold', 'overrun', 'turn'), fc.nat(8)), {
        maxLength: 20,
      }),
      async ({ wanted, present }, events) => {
        const plain = (entries: readonly Path[]): Path[] => entries.filter(({ kind }) => kind === Kind.PLAIN)
        await withKeeping(plain(wanted), plain(present), async (controller, kernel) => {
          for (const [what, prefix] of events) {
            if (what === 'set') controller.set(path(prefix, 'd'))
            else if (what === 'delete') controller.delete({ prefix })
            else if (what === 'put') kernel.put(path(prefix, 'e'))
            else if (what === 'take') {
              const entry = kernel.lists.get(prefix)?.at(-1)
              if (entry !== undefined) kernel.take(entry)
            } else if (what === 'hold') kernel.hold('notification')
            else if (what === 'overrun') kernel.overrun()
            else await setImmediate()
          }
          const removing = controller.remove()
          kernel.resume('notification')
          assert.equal((await removing).failed, [])
          assert.equal(textsOf(kernel.entries.filter(({ owner }) => owner === Owner.OURS)), [])
        })
      },
    ),
    { numRuns: tries(300, 2) },
  ),
)

ending('the signal ends the opening, at whatever point', async () => {
  const reason = new Error('no time')
  const kernel = new PathKernel()
  assert.is(await rejection(keep(pathRules, [], { transports: kernel, signal: AbortSignal.abort(reason) })), reason)
  const abort = new AbortController()
  kernel.refuses = () => {
    abort.abort(reason)
    return answer.silence()
  }
  assert.is(await rejection(keep(pathRules, [path(1, 'a')], { transports: kernel, signal: abort.signal })), reason)
  assert.equal(kernel.sockets(), [])
  kernel.refuses = () => undefined
  const late = new AbortController()
  const controller = await keep(pathRules, [path(1, 'a')], { transports: kernel, signal: late.signal })
  late.abort()
  controller.set({ prefix: 2 })
  await controller.idle()
  assert.is(kernel.entries.length, 2, 'it is no affair of the signal any more')
  controller.close()
})

ending('when the opening has ended by its signal, nothing more is written', async () => {
  const kernel = new PathKernel()
  await using notifier = await Notifier.open({ transports: kernel })
  const abort = new AbortController()
  kernel.did = ({ prefix }) => {
    if (prefix === 301) abort.abort()
  }
  const opening = keep(pathRules, many(4000, 'a'), { notifier, signal: abort.signal })
  assert.is((await rejection(opening)).name, 'AbortError')
  assert.is((await reconcile(pathRules, [], { notifier })).removed, kernel.log.length / 2)
  assert.equal(kernel.texts, [])
})

ending('a second owner of the same is refused, and the first is not disturbed', async () => {
  const kernel = new PathKernel()
  const controller = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  assert.instance(await rejection(keep(pathRules, [path(1, 'b')], { transports: kernel })), LeaseHeldError)
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  const others = await keep({ ...pathRules, lease: 'something else' }, [path(1, 'a')], { transports: kernel })
  others.close()
  kernel.take(path(1, 'a'))
  await until(() => kernel.lists.has(1), 'it is put back')
  controller.close()
  const next = await keep(pathRules, [path(1, 'b')], { transports: kernel })
  assert.equal(kernel.texts, textsOf([path(1, 'b')]))
  next.close()
})

ending.run()
