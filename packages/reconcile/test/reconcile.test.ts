import { setImmediate } from 'node:timers/promises'
import { NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { keep, LeaseHeldError, type Operation, openReconciliation, reconcile, UnmetError } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { Kind, Owner, type Path, PathKernel, PathType, path, pathRules, textsOf } from './support/paths.ts'
import { scenes } from './support/scenes.ts'
import { rejection } from './support/wait.ts'

const reconciling = suite('reconcile')

reconciling('makes the kernel hold what is wanted; a second run sends nothing; no socket is left', () =>
  fc.assert(
    fc.asyncProperty(scenes, async ({ wanted, present }) => {
      const kernel = new PathKernel(present)
      const foreign = (): string[] => textsOf(kernel.entries.filter(({ owner }) => owner === Owner.OTHER))
      const before = foreign()
      const { conflicts, failed } = await reconcile(pathRules, wanted, { transports: kernel })
      assert.equal(failed, [])
      assert.equal(foreign(), before)
      const stuck = new Set(conflicts.map(({ entry }) => entry.prefix))
      const ours = kernel.entries.filter(({ owner, prefix }) => owner === Owner.OURS && !stuck.has(prefix))
      assert.equal(textsOf(ours), textsOf(wanted.filter(({ prefix }) => !stuck.has(prefix))))
      kernel.log.length = 0
      const second = await reconcile(pathRules, wanted, { transports: kernel })
      assert.equal([kernel.log, second.changes], [[], 0])
      assert.equal(kernel.sockets(), [])
    }),
    { numRuns: tries(200, 2) },
  ),
)

reconciling('a run that is cut off at any point is made good by the next', () =>
  fc.assert(
    fc.asyncProperty(scenes, fc.nat(12), async ({ wanted, present: all }, count) => {
      // Between the two requests of an entry that is made anew, the place would be somebody else's.
      const remade = new Set([...wanted, ...all].flatMap(({ prefix, kind }) => (kind === Kind.SOLID ? [prefix] : [])))
      const present = all.filter(({ owner, prefix }) => owner === Owner.OURS || !remade.has(prefix))
      const [cut, whole] = [new PathKernel(present), new PathKernel(present)]
      const abort = new AbortController()
      cut.did = () => {
        // What comes after it never reaches the kernel.
        if (cut.log.length === count) cut.refuses = () => answer.error(16)
        if (cut.log.length === count) abort.abort()
      }
      await reconcile(pathRules, wanted, { transports: cut, signal: abort.signal }).catch(() => {})
      cut.refuses = () => undefined
      await reconcile(pathRules, wanted, { transports: cut })
      await reconcile(pathRules, wanted, { transports: whole })
      const ours = (kernel: PathKernel): string[] => kernel.texts.filter((text) => !text.includes(` ${Owner.KERNEL} `))
      assert.equal(ours(cut), ours(whole))
    }),
    { numRuns: tries(200, 2) },
  ),
)

reconciling('what is refused is listed with its entry and the words of the kernel; the others go through', async () => {
  const kernel = new PathKernel([path(90, 'old'), path(91, 'old')])
  kernel.refuses = ({ prefix = 0 }, type) => {
    if (prefix === 50) return answer.error(22, { text: 'Invalid prefix' })
    if (prefix === 91 && type === PathType.DEL) return answer.error(16)
    return undefined
  }
  const wanted = Array.from({ length: 60 }, (_, prefix) => path(prefix, 'a'))
  const outcome = await reconcile(pathRules, wanted, { transports: kernel })
  assert.equal([outcome.added, outcome.removed, outcome.changes, outcome.complete], [59, 1, 60, false])
  const [first, second] = outcome.failed
  assert.is(outcome.failed.length, 2)
  assert.equal([first?.action, first?.entry], ['add', path(50, 'a')])
  assert.is(first?.error.message, 'add path 50: Invalid prefix (EINVAL)')
  assert.equal([second?.action, second?.entry], ['remove', path(91, 'old')])
  assert.is((second?.error as NetlinkError | undefined)?.code, 'EBUSY')
  assert.is(kernel.entries.length, 60)
})

for (const errno of [1, 13]) {
  reconciling(`no permission (${errno}) is said once, and nothing else is sent`, async () => {
    const kernel = new PathKernel()
    kernel.refuses = () => answer.error(errno)
    const wanted = Array.from({ length: 5000 }, (_, prefix) => path(prefix, 'a'))
    const error = await rejection(reconcile(pathRules, wanted, { transports: kernel }))
    assert.instance(error, NetlinkError)
    assert.is((error as NetlinkError).errno, errno)
    assert.is(kernel.log.length, 1)
    assert.equal(kernel.sockets(), [])
  })
}

reconciling('bad input is refused before anything is opened', async () => {
  const kernel = new PathKernel()
  kernel.openError = new Error('opened')
  const wanted = [{ prefix: 1 }, { prefix: 2, colour: 'red' }] as Path[]
  const error = await rejection(reconcile(pathRules, wanted, { transports: kernel }))
  assert.is(error.message, '[1].colour: there is no such field')
})

reconciling('what is to be removed and is gone by then is no failure', async () => {
  const kernel = new PathKernel([path(1, 'a'), path(2, 'a')])
  kernel.refuses = (entry, type) => {
    // Somebody else was faster, and his notification is still under way.
    if (entry.prefix === 2 && type === PathType.DEL && kernel.lists.has(2)) kernel.take(entry)
    return undefined
  }
  const outcome = await reconcile(pathRules, [], { transports: kernel })
  assert.equal([outcome.complete, kernel.entries], [true, []])
})

reconciling('what the kernel takes and does not show is a failure', async () => {
  const kernel = new PathKernel([path(2, 'old')])
  kernel.refuses = ({ prefix }) => (prefix === 1 || prefix === 2 ? answer.ack() : undefined)
  const outcome = await reconcile(pathRules, [path(1, 'a'), path(2, 'a'), path(3, 'a')], { transports: kernel })
  assert.equal(outcome.failed.map(({ action, entry }) => `${action} ${entry.prefix}`).sort(), ['add 1', 'replace 2'])
  for (const { error } of outcome.failed) assert.instance(error, UnmetError)
  assert.is(outcome.failed[0]?.error.message, 'path 1: the kernel took it and does not show it as wanted')
})

reconciling('of very many, too, each that the kernel does not show is a failure, wherever it stands', async () => {
  const missing = [1, 2_001, 2_047, 2_049, 4_097, 6_000]
  const kernel = new PathKernel()
  kernel.refuses = ({ prefix = 0 }) => (missing.includes(prefix) ? answer.ack() : undefined)
  const wanted = Array.from({ length: 6_000 }, (_, place) => path(place + 1, 'a'))
  const outcome = await reconcile(pathRules, wanted, { transports: kernel })
  const found = outcome.failed.map(({ entry }) => entry.prefix ?? 0)
  assert.equal([found.sort((a, b) => a - b), kernel.lists.size], [missing, 6_000 - missing.length])
})

reconciling('what was seen, and goes with something that is removed, is written again', async () => {
  const kernel = new PathKernel([path(7_001, 'old')])
  kernel.did = ({ prefix }, type) => {
    if (prefix === 7_001 && type === PathType.DEL) kernel.take(path(1, 'a'))
  }
  const wanted = Array.from({ length: 6_000 }, (_, place) => path(place + 1, 'a'))
  const outcome = await reconcile(pathRules, wanted, { transports: kernel })
  assert.equal([outcome.added, outcome.removed, outcome.failed], [6_000, 1, []])
  assert.equal(kernel.texts, textsOf(wanted))
})

reconciling('what was seen, and goes with an entry that could not be made anew, is written again', async () => {
  const kernel = new PathKernel([path(7_001, 'old', Owner.OURS, Kind.SOLID)])
  kernel.refuses = ({ via }) => (via === 'new' ? answer.error(22) : undefined)
  kernel.did = ({ prefix }, type) => {
    if (prefix === 7_001 && type === PathType.DEL) kernel.take(path(1, 'a'))
  }
  const many = Array.from({ length: 6_000 }, (_, place) => path(place + 1, 'a'))
  const wanted = [...many, path(7_001, 'new', Owner.OURS, Kind.SOLID)]
  const outcome = await reconcile(pathRules, wanted, { transports: kernel })
  assert.equal(
    outcome.failed.map(({ action, entry }) => `${action} ${entry.prefix}`),
    ['replace 7001'],
  )
  assert.equal(kernel.texts, textsOf(many))
})

reconciling('steps are told before they are sent, progress while they are answered', async () => {
  const kernel = new PathKernel([path(1, 'old'), path(9, 'old')])
  const steps: string[] = []
  const counts: number[] = []
  const outcome = await reconcile(pathRules, [path(1, 'a'), path(3, 'a')], {
    transports: kernel,
    onOperation: ({ action, entry }: Operation<Path>) => void steps.push(`${action} ${entry.prefix}`),
    progress: (done) => void counts.push(done),
  })
  assert.equal(steps, ['replace 1', 'add 3', 'remove 9'])
  assert.equal([outcome.replaced, outcome.added, outcome.removed], [1, 1, 1])
  assert.is(counts.at(-1), 3)
  assert.equal(counts, [...counts].sort())
})

reconciling('a dry run says the same and sends nothing', async () => {
  const kernel = new PathKernel([path(1, 'old'), path(9, 'old')])
  const steps: string[] = []
  const onOperation = ({ action, entry }: Operation<Path>): void => void steps.push(`${action} ${entry.prefix}`)
  const outcome = await reconcile(pathRules, [path(1, 'a'), path(3, 'a')], {
    transports: kernel,
    dryRun: true,
    onOperation,
  })
  assert.equal(steps, ['replace 1', 'add 3', 'remove 9'])
  assert.equal([outcome.replaced, outcome.added, outcome.removed, kernel.log], [1, 1, 1, []])
})

reconciling('beside somebody who keeps the same it is refused', async () => {
  const kernel = new PathKernel()
  const controller = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  assert.instance(await rejection(reconcile(pathRules, [], { transports: kernel })), LeaseHeldError)
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  controller.close()
  await reconcile(pathRules, [], { transports: kernel })
  assert.equal(kernel.texts, [])
})

reconciling('ends with the reason of its signal', async () => {
  const kernel = new PathKernel()
  const reason = new Error('no time')
  const early = await rejection(reconcile(pathRules, [], { transports: kernel, signal: AbortSignal.abort(reason) }))
  assert.is(early, reason)
  const abort = new AbortController()
  kernel.refuses = () => {
    abort.abort(reason)
    return answer.error(16)
  }
  const late = await rejection(reconcile(pathRules, [path(1, 'a')], { transports: kernel, signal: abort.signal }))
  assert.is(late, reason)
  assert.equal(kernel.sockets(), [])
})

reconciling('a dry run ends with the reason of its signal too, and sends nothing', async () => {
  const kernel = new PathKernel()
  const controller = new AbortController()
  const { signal } = controller
  const reason = new Error('enough')
  const onOperation = (): void => controller.abort(reason)
  const wanted = [path(1, 'a'), path(2, 'a')]
  const ended = reconcile(pathRules, wanted, { transports: kernel, dryRun: true, signal, onOperation })
  assert.is(await rejection(ended), reason)
  assert.equal([kernel.log, kernel.sockets()], [[], []])
})

reconciling('what was planned is applied on the same reading, with what has happened since', async () => {
  const kernel = new PathKernel([path(3, 'old')])
  const reconciliation = await openReconciliation(pathRules, [path(1, 'a'), path(2, 'a')], { transports: kernel })
  const summary = ({ added, unchanged, removed }: { added: number; unchanged: number; removed: number }): number[] => [
    added,
    unchanged,
    removed,
  ]
  assert.equal(summary(await reconciliation.plan()), [2, 0, 1])
  assert.equal(kernel.log, [])
  assert.instance(await rejection(openReconciliation(pathRules, [], { transports: kernel })), LeaseHeldError)
  kernel.put(path(2, 'a'))
  assert.equal(summary(await reconciliation.plan()), [1, 1, 1])
  kernel.take(path(2, 'a'))
  assert.equal(summary(await reconciliation.apply()), [2, 0, 1])
  assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a')]))
  reconciliation.close()
  reconciliation.close()
  assert.equal(kernel.sockets(), [])
  assert.equal(summary(await reconcile(pathRules, [], { transports: kernel })), [0, 0, 2])
})

reconciling('what was removed a moment ago is not planned again', async () => {
  const kernel = new PathKernel([path(1, 'a'), path(2, 'a')])
  await using reconciliation = await openReconciliation(pathRules, [], { transports: kernel })
  kernel.did = () => kernel.hold('notification')
  const applying = reconciliation.apply()
  const planning = applying.then(() => reconciliation.plan())
  while (kernel.log.length < 2) await setImmediate()
  kernel.resume('notification')
  assert.is((await applying).removed, 2)
  assert.is((await planning).changes, 0)
})

reconciling('what was planned is unchanged on the same reading, which belongs to the keeping then', async () => {
  const kernel = new PathKernel()
  const reconciliation = await openReconciliation(pathRules, [path(1, 'a')], { transports: kernel })
  assert.is((await reconciliation.plan()).added, 1)
  const controller = await reconciliation.keep()
  reconciliation.close()
  assert.is(controller.table.relists, 1)
  assert.instance(await rejection(openReconciliation(pathRules, [], { transports: kernel })), LeaseHeldError)
  kernel.take(path(1, 'a'))
  while (kernel.entries.length === 0) await setImmediate()
  assert.equal(kernel.log, ['add 1 via a', 'add 1 via a'])
  controller.close()
  assert.equal(kernel.sockets(), [])
  assert.equal((await reconcile(pathRules, [], { transports: kernel })).removed, 1)
})

reconciling('a keeping that is aborted before it stands leaves nothing open', async () => {
  const kernel = new PathKernel()
  const reconciliation = await openReconciliation(pathRules, [path(1, 'a')], { transports: kernel })
  const reason = new Error('enough')
  assert.is(await rejection(reconciliation.keep({ signal: AbortSignal.abort(reason) })), reason)
  assert.equal(kernel.sockets(), [])
  ;(await openReconciliation(pathRules, [], { transports: kernel })).close()
})

reconciling.run()
