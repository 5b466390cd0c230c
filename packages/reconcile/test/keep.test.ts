import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { Errno } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { keep } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { many, withKeeping } from './support/controller.ts'
import { Kind, Owner, type Path, PathKernel, path, pathRules, textsOf } from './support/paths.ts'
import { scenes } from './support/scenes.ts'
import { rejection, until } from './support/wait.ts'

const keeps = suite('keep')

keeps('puts in what is wanted, and then one request is enough for one change', () =>
  withKeeping(many(500, 'a'), [path(600, 'stale'), path(700, 'f', Owner.OTHER)], async (controller, kernel) => {
    assert.equal([controller.size, controller.requests, kernel.log.length], [500, 501, 501])
    assert.equal(kernel.texts, textsOf([...many(500, 'a'), path(700, 'f', Owner.OTHER)]))
    /** The requests that a change takes. */
    const costs = async (change: () => unknown): Promise<string[]> => {
      kernel.log.length = 0
      const before = controller.requests
      await change()
      await controller.idle()
      assert.is(controller.requests - before, kernel.log.length)
      return kernel.log.slice()
    }
    assert.equal(await costs(() => controller.set({ prefix: 3, via: 'b' })), ['replace 3 via b'])
    assert.equal(await costs(() => controller.set({ prefix: 3, via: 'b' })), [], 'what is so already')
    assert.equal(await costs(() => controller.set({ prefix: 800, via: 'b' })), ['add 800 via b'])
    assert.equal(await costs(() => assert.is(controller.delete({ prefix: 4 }, { prefix: 999 }), 1)), ['remove 4 via a'])
    assert.equal(await costs(() => controller.set({ prefix: 5, via: 'x' }, { prefix: 5, via: 'y' })), [
      'replace 5 via y',
    ])
    const next = [...many(500, 'a').filter(({ prefix }) => prefix !== 9), path(801, 'c')]
    const lines = [
      'replace 3 via a',
      'add 4 via a',
      'replace 5 via a',
      'add 801 via c',
      'remove 9 via a',
      'remove 800 via b',
    ]
    assert.equal((await costs(() => controller.assign(next))).sort(), lines.sort())
    assert.equal(await costs(() => controller.assign(next)), [])
    assert.equal(kernel.texts, textsOf([...next, path(700, 'f', Owner.OTHER)]))
    assert.equal([...controller.learned()], [path(700, 'f', Owner.OTHER)])
    assert.equal(controller.drift, { found: 0, healed: 0 })
  }),
)

keeps('comes to what is wanted where nearly everything is changed, also while that is under way', () =>
  withKeeping(many(3000, 'a'), [path(9000, 'f', Owner.OTHER)], async (controller, kernel) => {
    const others = path(9000, 'f', Owner.OTHER)
    kernel.put(path(5, 'usurper', Owner.OTHER))
    kernel.log.length = 0
    await controller.assign(many(3000, 'b'))
    await controller.idle()
    assert.equal(kernel.texts, textsOf([...many(3000, 'b'), others]))
    assert.ok(kernel.log.length <= 3001, `${kernel.log.length} requests`)
    await controller.assign(many(2000, 'c'))
    await delay(2)
    await controller.assign(many(2500, 'd'))
    await delay(2)
    controller.set(path(1, 'e'))
    await controller.idle()
    const last = [...many(2500, 'd').filter(({ prefix }) => prefix !== 1), path(1, 'e'), others]
    assert.equal(kernel.texts, textsOf(last))
    assert.equal([controller.size, controller.failed, controller.conflicts], [2500, [], []])
    await controller.assign([])
    await controller.idle()
    assert.equal(kernel.texts, textsOf([others]))
    kernel.log.length = 0
    await controller.assign([])
    await controller.idle()
    assert.equal(kernel.log, [])
  }),
)

keeps('an entry that is not wanted any more is named by its key, where a wanted one needs more', async () => {
  const { normalize } = pathRules
  const kernel = new PathKernel()
  const rules: typeof pathRules = {
    ...pathRules,
    normalize(entry, context) {
      if (entry.via === undefined) throw new TypeError('path.via: is missing')
      return normalize(entry, context)
    },
    keyOf: normalize,
  }
  await using controller = await keep(rules, [path(1, 'a'), path(2, 'a')], { transports: kernel })
  assert.throws(() => controller.set({ prefix: 3 }), '[0].via: is missing')
  assert.throws(() => controller.delete({ prefix: 1 }, { via: 'a' }), '[1].prefix: is missing')
  assert.is(controller.delete({ prefix: 1 }, { prefix: 3 }), 1)
  await controller.idle()
  assert.equal(kernel.texts, textsOf([path(2, 'a')]))
})

keeps('an entry to which ours gives way stays, as often as it comes, and ours is back when it is gone', async () => {
  const kernel = new PathKernel()
  const rules: typeof pathRules = { ...pathRules, givesWayTo: ({ owner }) => owner === Owner.OTHER }
  await using controller = await keep(rules, [path(1, 'a')], { transports: kernel })
  for (let times = 0; times < 10; times++) {
    kernel.put(path(1, 'x', Owner.OTHER))
    await controller.table.waitForSync()
    await controller.idle()
    assert.equal(kernel.texts, textsOf([path(1, 'x', Owner.OTHER)]))
    assert.equal([controller.failed.length, controller.conflicts.length], [0, 1])
    kernel.take(path(1, 'x', Owner.OTHER))
    await controller.table.waitForSync()
    await controller.idle()
    assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  }
})

keeps('an entry of the kernel that gives way is removed before, where ours cannot replace it', async () => {
  const solid = path(1, 'k', Owner.KERNEL, Kind.SOLID)
  const kernel = new PathKernel([solid])
  await using controller = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  assert.equal(kernel.log, ['remove 1 via k', 'add 1 via a'])
  assert.equal([controller.failed, controller.conflicts], [[], []])
})

keeps('refuses what the kernel could not take, and changes nothing', () =>
  withKeeping([path(1, 'a')], [], async (controller, kernel) => {
    kernel.log.length = 0
    const bad = { prefix: 2, colour: 'red' } as Partial<Path>
    assert.throws(() => controller.set({ prefix: 3 }, bad), '[1].colour: there is no such field')
    assert.throws(() => controller.delete({ via: 'a' }), '[0].prefix: is missing')
    const twice = await rejection(controller.assign([{ prefix: 3 }, { prefix: 3 }]))
    assert.is(twice.message, '[1]: path 3 is wanted twice, first by [0]')
    await controller.idle()
    assert.equal([controller.size, kernel.log], [1, []])
  }),
)

keeps('removes an entry again that somebody adds again while the messages of both are lost', async () => {
  const kernel = new PathKernel([path(1, 'a')])
  kernel.refuses = () => {
    kernel.overrun()
    return undefined
  }
  let removals = 0
  kernel.did = () => {
    if (++removals === 1) kernel.put(path(1, 'a'))
  }
  await using controller = await keep(pathRules, [], { transports: kernel })
  await until(() => kernel.texts.length === 0, 'it is removed')
  await controller.idle()
  assert.equal([removals, kernel.texts], [2, []])
})

keeps('puts back what others change, remove or add in our name', () =>
  withKeeping(many(100, 'a'), [], async (controller, kernel) => {
    const expected = kernel.texts
    kernel.log.length = 0
    kernel.take(path(7, 'a'))
    await until(() => kernel.lists.has(7), 'what was removed is back')
    kernel.put(path(8, 'z'))
    await until(() => kernel.lists.get(8)?.[0]?.via === 'a', 'what was changed is as it was')
    kernel.put(path(300, 'stray'))
    await until(() => !kernel.lists.has(300), 'what is not wanted is gone')
    await controller.idle()
    assert.equal(kernel.log, ['add 7 via a', 'replace 8 via a', 'remove 300 via stray'])
    assert.equal(kernel.texts, expected)
    assert.equal([controller.failed, controller.conflicts], [[], []])
  }),
)

keeps('counts what others did to it, and what of that was put right', () =>
  withKeeping(many(100, 'a'), [path(300, 'f', Owner.OTHER)], async (controller, kernel) => {
    const { drift: before } = controller
    kernel.refuses = () => answer.error(Errno.EBUSY)
    kernel.take(path(7, 'a'))
    kernel.put(path(8, 'z'))
    kernel.put(path(8, 'y'))
    kernel.put(path(9, 'usurper', Owner.OTHER))
    kernel.put(path(301, 'stray'))
    // Of no concern.
    kernel.put(path(300, 'g', Owner.OTHER))
    kernel.put(path(302, 'h', Owner.OTHER))
    await until(() => controller.failed.length === 4, 'the kernel refuses to put any back')
    assert.equal(controller.drift, { found: 4, healed: 0 })
    kernel.refuses = () => undefined
    await until(() => controller.drift.healed === 4, 'all is as it was')
    assert.equal(controller.drift, { found: 4, healed: 4 })
    assert.equal(before, { found: 0, healed: 0 })
  }),
)

keeps('drift of what is not desired any more is not healed', () =>
  withKeeping(many(5000, 'a'), [], async (controller, kernel) => {
    kernel.refuses = () => answer.error(Errno.EBUSY)
    kernel.take(path(1, 'a'))
    kernel.take(path(2, 'a'))
    await until(() => controller.failed.length === 2, 'the kernel refuses to put them back')
    controller.delete({ prefix: 1 })
    kernel.refuses = () => undefined
    await controller.assign([])
    await controller.idle()
    assert.equal([kernel.texts, controller.drift], [[], { found: 2, healed: 0 }])
  }),
)

keeps('what is wanted no more and again at once is no work of somebody else', () =>
  withKeeping([path(1, 'a')], [], async (controller, kernel) => {
    for (let round = 0; round < 10; round++) {
      kernel.log.length = 0
      kernel.hold('notification')
      controller.delete({ prefix: 1 })
      await until(() => kernel.log.length === 1, 'it is removed')
      controller.set(path(1, 'a'))
      for (let turn = 0; turn < 5; turn++) await setImmediate()
      kernel.resume('notification')
      await controller.idle()
      assert.equal(kernel.log, ['remove 1 via a', 'add 1 via a'])
      assert.equal([kernel.texts, controller.failed], [textsOf([path(1, 'a')]), []])
    }
  }),
)

keeps('takes back an entry of ours that somebody replaced by one of his', () =>
  withKeeping([path(1, 'a')], [path(2, 'f', Owner.OTHER)], async (controller, kernel) => {
    kernel.put(path(1, 'usurper', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is back')
    kernel.put(path(1, 'once', Owner.OTHER))
    kernel.put(path(1, 'and again', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is back though his was changed')
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'f', Owner.OTHER)]))
    // If we do not want the place any more, it is his.
    controller.delete({ prefix: 1 })
    kernel.put(path(1, 'his', Owner.OTHER))
    await controller.idle()
    await controller.table.waitForSync()
    await controller.idle()
    assert.equal(kernel.texts, textsOf([path(1, 'his', Owner.OTHER), path(2, 'f', Owner.OTHER)]))
  }),
)

keeps('what somebody else had first is his, and ours comes in when it goes', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [path(1, 'f', Owner.OTHER)], async (controller, kernel) => {
    assert.equal(controller.conflicts, [{ entry: path(1, 'a'), actual: path(1, 'f', Owner.OTHER) }])
    assert.equal(kernel.log, ['add 2 via a'])
    kernel.put(path(1, 'g', Owner.OTHER))
    await until(() => controller.conflicts[0]?.actual.via === 'g', 'the conflict is with what is there now')
    assert.equal(kernel.log, ['add 2 via a'])
    kernel.take(path(1, 'g', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is in')
    await controller.idle()
    assert.equal(controller.conflicts, [])
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a')]))
  }),
)

keeps('lost notifications lose no entry', () =>
  withKeeping(many(20, 'a'), [], async (controller, kernel) => {
    const expected = kernel.texts
    kernel.overrun()
    for (const prefix of [3, 5, 7]) kernel.take(path(prefix, 'a'))
    kernel.put(path(9, 'z'))
    await until(() => textsOf(kernel.entries).join() === expected.join(), 'all are back')
    await controller.idle()
    assert.equal(controller.failed, [])
  }),
)

keeps('each round is told', async () => {
  const rounds: string[] = []
  await withKeeping(
    [path(1, 'a'), path(2, 'a')],
    [path(3, 'old')],
    async (controller, kernel) => {
      kernel.take(path(2, 'a'))
      await until(() => rounds.length === 2, 'the second round')
      controller.set({ prefix: 1, via: 'a' })
      await controller.idle()
      assert.equal(rounds, ['+2 ~0 -1 =0', '+1 ~0 -0 =0'])
    },
    {
      onCycle: ({ added, replaced, removed, unchanged }) =>
        void rounds.push(`+${added} ~${replaced} -${removed} =${unchanged}`),
    },
  )
})

keeps('whatever happens, it comes to what is wanted', () =>
  fc.assert(
    fc.asyncProperty(
      scenes,
      fc.array(
        fc.record({
          what: fc.constantFrom(
            'set',
            'delete',
            'assign',
            'assign meanwhile',
            'foreign put',
            'foreign take',
            'overrun',
            'settle',
          ),
          prefix: fc.integer({ min: 1, max: 8 }),
          via: fc.constantFrom('a', 'b', 'c'),
        }),
        { maxLength: 20 },
      ),
      async ({ wanted: first, present }, events) => {
        const plain = (entries: readonly Path[]): Path[] => entries.filter(({ kind }) => kind === Kind.PLAIN)
        const wanted = new Map<number | undefined, Path>(plain(first).map((entry) => [entry.prefix, entry]))
        let assigning = 0
        await withKeeping(plain(first), plain(present), async (controller, kernel) => {
          for (const { what, prefix, via } of events) {
            if (what === 'set') {
              controller.set(path(prefix, via))
              wanted.set(prefix, path(prefix, via))
            } else if (what === 'delete') {
              const [deleted, known] = [controller.delete({ prefix }), wanted.delete(prefix)]
              if (assigning === 0) assert.is(deleted, known ? 1 : 0)
            } else if (what === 'assign' || what === 'assign meanwhile') {
              wanted.clear()
              for (const each of [prefix, prefix + 1]) wanted.set(each, path(each, via))
              assigning++
              const assigned = controller.assign([...wanted.values()]).finally(() => assigning--)
              if (what === 'assign') await assigned
            } else if (what === 'foreign put') {
              kernel.put(path(prefix, via, prefix % 2 === 0 ? Owner.OTHER : Owner.OURS))
            } else if (what === 'foreign take') {
              const entry = kernel.lists.get(prefix)?.at(-1)
              if (entry !== undefined) kernel.take(entry)
            } else if (what === 'overrun') kernel.overrun()
            else await controller.idle()
          }
          // Until all that happened was seen, and all that follows from it done.
          for (let round = 0; round < 3; round++) {
            await controller.table.waitForSync()
            await controller.idle()
          }
          const stuck = new Set(controller.conflicts.map(({ entry }) => entry.prefix))
          for (const prefix of stuck)
            assert.ok(kernel.lists.get(prefix ?? 0)?.some(({ owner }) => owner === Owner.OTHER))
          if (controller.failed.length > 0) return
          const free = (entries: Iterable<Path>): Path[] => [...entries].filter(({ prefix }) => !stuck.has(prefix))
          const ours = kernel.entries.filter(({ owner }) => owner === Owner.OURS)
          assert.equal(textsOf(free(ours)), textsOf(free(wanted.values())))
        })
      },
    ),
    { numRuns: tries(300, 2) },
  ),
)

keeps.run()
