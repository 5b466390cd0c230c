import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, NetlinkError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { ClaimedError, ContestedError, type Keeping, type KeepOptions, keep, UnmetError } from '@rtnl/reconcile'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Kind, Owner, type Path, PathKernel, PathType, path, pathRules, textsOf } from './support/paths.ts'
import { scenes } from './support/scenes.ts'
import { turnsOf } from './support/turns.ts'
import { rejection, until } from './support/wait.ts'

const keeps = suite('keep')

/** Keeps entries in a kernel, and closes in the end. */
async function withKeeping(
  wanted: readonly Partial<Path>[],
  present: readonly Path[],
  run: (keeping: Keeping<Path>, kernel: PathKernel) => Promise<void>,
  options: KeepOptions<Path> = {},
): Promise<void> {
  const kernel = new PathKernel(present)
  const keeping = await keep(pathRules, wanted, { transports: kernel, ...options })
  try {
    await run(keeping, kernel)
  } finally {
    keeping.close()
  }
  assert.equal(kernel.sockets(), [], 'no socket is left')
}

const many = (count: number, via: string): Path[] => Array.from({ length: count }, (_, prefix) => path(prefix, via))

keeps('puts in what is wanted, and then one request is enough for one change', () =>
  withKeeping(many(500, 'a'), [path(600, 'stale'), path(700, 'f', Owner.OTHER)], async (keeping, kernel) => {
    assert.equal([keeping.size, keeping.requests, kernel.log.length], [500, 501, 501])
    assert.equal(kernel.texts, textsOf([...many(500, 'a'), path(700, 'f', Owner.OTHER)]))
    /** The requests that a change takes. */
    const costs = async (change: () => unknown): Promise<string[]> => {
      kernel.log.length = 0
      const before = keeping.requests
      await change()
      await keeping.settled()
      assert.is(keeping.requests - before, kernel.log.length)
      return kernel.log.slice()
    }
    assert.equal(await costs(() => keeping.set({ prefix: 3, via: 'b' })), ['replace 3 via b'])
    assert.equal(await costs(() => keeping.set({ prefix: 3, via: 'b' })), [], 'what is so already')
    assert.equal(await costs(() => keeping.set({ prefix: 800, via: 'b' })), ['add 800 via b'])
    assert.equal(await costs(() => assert.is(keeping.delete({ prefix: 4 }, { prefix: 999 }), 1)), ['remove 4 via a'])
    assert.equal(await costs(() => keeping.set({ prefix: 5, via: 'x' }, { prefix: 5, via: 'y' })), ['replace 5 via y'])
    const next = [...many(500, 'a').filter(({ prefix }) => prefix !== 9), path(801, 'c')]
    const lines = [
      'replace 3 via a',
      'add 4 via a',
      'replace 5 via a',
      'add 801 via c',
      'remove 9 via a',
      'remove 800 via b',
    ]
    assert.equal((await costs(() => keeping.assign(next))).sort(), lines.sort())
    assert.equal(await costs(() => keeping.assign(next)), [])
    assert.equal(kernel.texts, textsOf([...next, path(700, 'f', Owner.OTHER)]))
    assert.equal([...keeping.learned()], [path(700, 'f', Owner.OTHER)])
  }),
)

keeps('comes to what is wanted where nearly everything is changed, also while that is under way', () =>
  withKeeping(many(3000, 'a'), [path(9000, 'f', Owner.OTHER)], async (keeping, kernel) => {
    const others = path(9000, 'f', Owner.OTHER)
    kernel.put(path(5, 'usurper', Owner.OTHER))
    kernel.log.length = 0
    await keeping.assign(many(3000, 'b'))
    await keeping.settled()
    assert.equal(kernel.texts, textsOf([...many(3000, 'b'), others]))
    assert.ok(kernel.log.length <= 3001, `${kernel.log.length} requests`)
    await keeping.assign(many(2000, 'c'))
    await delay(2)
    await keeping.assign(many(2500, 'd'))
    await delay(2)
    keeping.set(path(1, 'e'))
    await keeping.settled()
    const last = [...many(2500, 'd').filter(({ prefix }) => prefix !== 1), path(1, 'e'), others]
    assert.equal(kernel.texts, textsOf(last))
    assert.equal([keeping.size, keeping.failed, keeping.conflicts], [2500, [], []])
    await keeping.assign([])
    await keeping.settled()
    assert.equal(kernel.texts, textsOf([others]))
    kernel.log.length = 0
    await keeping.assign([])
    await keeping.settled()
    assert.equal(kernel.log, [])
  }),
)

keeps('compares much that is wanted without holding up the event loop', () =>
  withKeeping(many(5000, 'a'), [], async (keeping, kernel) => {
    kernel.log.length = 0
    const turns = await turnsOf(() => keeping.assign(many(5000, 'a')))
    assert.ok(turns >= 30, `${turns} turns of the event loop`)
    await keeping.settled()
    assert.equal(kernel.log, [])
  }),
)

keeps('what is changed while much is being assigned counts as changed after', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [], async (keeping, kernel) => {
    const first = keeping.assign(many(3000, 'b'))
    keeping.set(path(1, 'c'))
    const second = keeping.assign(many(2000, 'd'))
    keeping.set(path(2, 'e'))
    assert.is(keeping.delete(path(3, 'x')), 0, 'it is not wanted yet')
    await keeping.settled()
    assert.equal(await Promise.all([first, second]), [undefined, undefined])
    const expected = [...many(2000, 'd').filter(({ prefix = 0 }) => prefix !== 2 && prefix !== 3), path(2, 'e')]
    assert.equal(kernel.texts, textsOf(expected))
  }),
)

keeps('an assignment that is refused does not undo what was called before or after', () =>
  withKeeping([path(1, 'a')], [], async (keeping, kernel) => {
    const first = keeping.assign(many(3000, 'b'))
    const second = rejection(keeping.assign([{ via: 'x' }]))
    keeping.set(path(1, 'c'))
    await delay(1)
    const third = keeping.assign(many(2000, 'd'))
    keeping.set(path(2, 'e'))
    assert.is((await second).message, '[0].prefix: is missing')
    await Promise.all([first, third])
    await keeping.settled()
    assert.equal(kernel.texts, textsOf([...many(2000, 'd').filter(({ prefix }) => prefix !== 2), path(2, 'e')]))
  }),
)

keeps('nothing is wanted any more while everything is being removed', () =>
  withKeeping(many(2000, 'a'), [path(9000, 'f', Owner.OTHER)], async (keeping, kernel) => {
    const assigning = rejection(keeping.assign(many(3000, 'b')))
    const removing = keeping.remove()
    assert.throws(
      () => keeping.set(path(1, 'c')),
      (error: Error) => error instanceof ClosedError,
    )
    assert.instance(await rejection(keeping.remove()), ClosedError)
    assert.is((await removing).removed, 2000)
    assert.instance(await assigning, ClosedError)
    assert.equal(kernel.texts, textsOf([path(9000, 'f', Owner.OTHER)]))
  }),
)

keeps('what is changed counts after an assignment also where another is refused meanwhile', () =>
  withKeeping([path(1, 'a')], [], async (keeping, kernel) => {
    const first = keeping.assign(many(3000, 'b'))
    const second = rejection(keeping.assign([{ via: 'x' }]))
    keeping.set(path(1, 'c'))
    await Promise.all([first, second])
    await keeping.settled()
    assert.equal(kernel.texts, textsOf([...many(3000, 'b').filter(({ prefix }) => prefix !== 1), path(1, 'c')]))
  }),
)

keeps('refuses what the kernel could not take, and changes nothing', () =>
  withKeeping([path(1, 'a')], [], async (keeping, kernel) => {
    kernel.log.length = 0
    const bad = { prefix: 2, colour: 'red' } as Partial<Path>
    assert.throws(() => keeping.set({ prefix: 3 }, bad), '[1].colour: there is no such field')
    assert.throws(() => keeping.delete({ via: 'a' }), '[0].prefix: is missing')
    const twice = await rejection(keeping.assign([{ prefix: 3 }, { prefix: 3 }]))
    assert.is(twice.message, '[1]: path 3 is wanted twice, first by [0]')
    await keeping.settled()
    assert.equal([keeping.size, kernel.log], [1, []])
  }),
)

keeps('puts back what others change, remove or add in our name', () =>
  withKeeping(many(100, 'a'), [], async (keeping, kernel) => {
    const expected = kernel.texts
    kernel.log.length = 0
    kernel.take(path(7, 'a'))
    await until(() => kernel.lists.has(7), 'what was removed is back')
    kernel.put(path(8, 'z'))
    await until(() => kernel.lists.get(8)?.[0]?.via === 'a', 'what was changed is as it was')
    kernel.put(path(300, 'stray'))
    await until(() => !kernel.lists.has(300), 'what is not wanted is gone')
    await keeping.settled()
    assert.equal(kernel.log, ['add 7 via a', 'replace 8 via a', 'remove 300 via stray'])
    assert.equal(kernel.texts, expected)
    assert.equal([keeping.failed, keeping.conflicts], [[], []])
  }),
)

keeps('takes back an entry of ours that somebody replaced by one of his', () =>
  withKeeping([path(1, 'a')], [path(2, 'f', Owner.OTHER)], async (keeping, kernel) => {
    kernel.put(path(1, 'usurper', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is back')
    kernel.put(path(1, 'once', Owner.OTHER))
    kernel.put(path(1, 'and again', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is back though his was changed')
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'f', Owner.OTHER)]))
    // If we do not want the place any more, it is his.
    keeping.delete({ prefix: 1 })
    kernel.put(path(1, 'his', Owner.OTHER))
    await keeping.settled()
    await keeping.table.fresh()
    await keeping.settled()
    assert.equal(kernel.texts, textsOf([path(1, 'his', Owner.OTHER), path(2, 'f', Owner.OTHER)]))
  }),
)

keeps('what somebody else had first is his, and ours comes in when it goes', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [path(1, 'f', Owner.OTHER)], async (keeping, kernel) => {
    assert.equal(keeping.conflicts, [{ entry: path(1, 'a'), actual: path(1, 'f', Owner.OTHER) }])
    assert.equal(kernel.log, ['add 2 via a'])
    kernel.put(path(1, 'g', Owner.OTHER))
    await until(() => keeping.conflicts[0]?.actual.via === 'g', 'the conflict is with what is there now')
    assert.equal(kernel.log, ['add 2 via a'])
    kernel.take(path(1, 'g', Owner.OTHER))
    await until(() => kernel.lists.get(1)?.[0]?.owner === Owner.OURS, 'ours is in')
    await keeping.settled()
    assert.equal(keeping.conflicts, [])
    assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a')]))
  }),
)

keeps('what is refused is listed and tried again, and the others go through', () =>
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

keeps('what the kernel takes and does not show is listed, and does not make it spin', () =>
  withKeeping([], [], async (keeping, kernel) => {
    kernel.refuses = ({ prefix }) => (prefix === 5 ? answer.ack() : undefined)
    await keeping.assign(many(10, 'a'))
    await keeping.settled()
    assert.equal(
      keeping.failed.map(({ entry }) => entry),
      [path(5, 'a')],
    )
    assert.instance(keeping.failed[0]?.error, UnmetError)
    const before = kernel.log.length
    await delay(200)
    assert.is(kernel.log.length, before, 'it waits before it tries again')
  }),
)

keeps('whoever undoes every change is not outrun', () =>
  withKeeping([path(1, 'a'), path(2, 'a')], [], async (keeping, kernel) => {
    kernel.log.length = 0
    let contesting = true
    kernel.did = ({ prefix }, type) => {
      if (contesting && prefix === 1 && type === PathType.NEW) setImmediate(() => kernel.put(path(1, 'z')))
    }
    kernel.put(path(1, 'z'))
    await until(() => keeping.failed[0]?.error instanceof ContestedError, 'it is told')
    assert.is(keeping.failed[0]?.error.message, 'path 1: somebody else changes it as often as it is put back')
    const before = kernel.log.length
    assert.is(before, 5)
    await delay(150)
    assert.is(kernel.log.length, before, 'it waits before it tries again')
    // The others are healed at once all the same.
    kernel.take(path(2, 'a'))
    await until(() => kernel.lists.has(2), 'another entry is back')
    contesting = false
    await until(() => kernel.lists.get(1)?.[0]?.via === 'a', 'it is put back in the end')
    await keeping.settled()
    assert.equal(keeping.failed, [])
  }),
)

keeps('a change of a table that may be in the way makes it try at once', async () => {
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
  const keeping = await keep(rules, [path(1, 'a')], { transports: kernel })
  await until(() => tries === 4, 'it was tried four times')
  // The next time would be two seconds later.
  const start = performance.now()
  kernel.put(path(77, 'link is up', Owner.OTHER))
  await until(() => kernel.lists.has(1), 'it is in')
  assert.ok(performance.now() - start < 1500, 'it did not wait for its time')
  keeping.close()
  assert.equal(kernel.sockets(), [])
})

keeps('no permission ends the opening, and is said once', async () => {
  const kernel = new PathKernel()
  kernel.refuses = () => answer.error(1)
  const error = await rejection(keep(pathRules, many(3000, 'a'), { transports: kernel }))
  assert.equal([(error as NetlinkError).code, kernel.log.length, kernel.sockets()], ['EPERM', 1, []])
  kernel.refuses = () => undefined
  const keeping = await keep(pathRules, [], { transports: kernel })
  keeping.close()
})

keeps('permission that is lost later ends it with the error', async () => {
  const kernel = new PathKernel()
  const keeping = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  kernel.refuses = () => answer.error(1)
  keeping.set({ prefix: 2 })
  const error = await keeping.closed
  assert.instance(error, NetlinkError)
  assert.is(await rejection(keeping.settled()), error)
  assert.throws(() => keeping.set({ prefix: 3 }), error?.message)
  assert.equal(kernel.sockets(), [])
})

keeps('closing leaves the entries, is idempotent, and ends all waiting', async () => {
  const kernel = new PathKernel()
  const keeping = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  kernel.refuses = () => answer.silence()
  keeping.set({ prefix: 2 })
  const settling = rejection(keeping.settled())
  keeping.close()
  keeping.close()
  assert.instance(await settling, ClosedError)
  assert.is(await keeping.closed, undefined)
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  for (const attempt of [() => keeping.set({ prefix: 1 }), () => keeping.delete({ prefix: 1 })]) {
    assert.throws(attempt, (error: Error) => error instanceof ClosedError)
  }
  assert.instance(await rejection(keeping.assign([])), ClosedError)
  assert.instance(await rejection(keeping.remove()), ClosedError)
  assert.equal(kernel.sockets(), [])
})

keeps('removing takes ours away and leaves what others have', async () => {
  const present = [path(1, 'f', Owner.OTHER), path(5, 'stray')]
  const kernel = new PathKernel(present)
  const keeping = await keep(pathRules, [path(1, 'a'), path(2, 'a'), path(3, 'a')], { transports: kernel })
  kernel.put(path(3, 'usurper', Owner.OTHER))
  const outcome = await keeping.remove()
  assert.equal(kernel.texts, textsOf([path(1, 'f', Owner.OTHER), path(3, 'usurper', Owner.OTHER)]).sort())
  assert.is(outcome.removed, 1)
  assert.equal([kernel.sockets(), await keeping.closed], [[], undefined])
})

keeps('the signal ends the opening, at whatever point', async () => {
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
  const keeping = await keep(pathRules, [path(1, 'a')], { transports: kernel, signal: late.signal })
  late.abort()
  keeping.set({ prefix: 2 })
  await keeping.settled()
  assert.is(kernel.entries.length, 2, 'it is no affair of the signal any more')
  keeping.close()
})

keeps('a second owner of the same is refused, and the first is not disturbed', async () => {
  const kernel = new PathKernel()
  const keeping = await keep(pathRules, [path(1, 'a')], { transports: kernel })
  assert.instance(await rejection(keep(pathRules, [path(1, 'b')], { transports: kernel })), ClaimedError)
  assert.equal(kernel.texts, textsOf([path(1, 'a')]))
  const others = await keep({ ...pathRules, claim: 'something else' }, [path(1, 'a')], { transports: kernel })
  others.close()
  kernel.take(path(1, 'a'))
  await until(() => kernel.lists.has(1), 'it is put back')
  keeping.close()
  const next = await keep(pathRules, [path(1, 'b')], { transports: kernel })
  assert.equal(kernel.texts, textsOf([path(1, 'b')]))
  next.close()
})

keeps('lost notifications lose no entry', () =>
  withKeeping(many(20, 'a'), [], async (keeping, kernel) => {
    const expected = kernel.texts
    kernel.overrun()
    for (const prefix of [3, 5, 7]) kernel.take(path(prefix, 'a'))
    kernel.put(path(9, 'z'))
    await until(() => textsOf(kernel.entries).join() === expected.join(), 'all are back')
    await keeping.settled()
    assert.equal(keeping.failed, [])
  }),
)

keeps('each round is told', async () => {
  const rounds: string[] = []
  await withKeeping(
    [path(1, 'a'), path(2, 'a')],
    [path(3, 'old')],
    async (keeping, kernel) => {
      kernel.take(path(2, 'a'))
      await until(() => rounds.length === 2, 'the second round')
      keeping.set({ prefix: 1, via: 'a' })
      await keeping.settled()
      assert.equal(rounds, ['+2 ~0 -1 =0', '+1 ~0 -0 =0'])
    },
    {
      onRound: ({ added, replaced, removed, kept }) => void rounds.push(`+${added} ~${replaced} -${removed} =${kept}`),
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
        await withKeeping(plain(first), plain(present), async (keeping, kernel) => {
          for (const { what, prefix, via } of events) {
            if (what === 'set') {
              keeping.set(path(prefix, via))
              wanted.set(prefix, path(prefix, via))
            } else if (what === 'delete') {
              const [deleted, known] = [keeping.delete({ prefix }), wanted.delete(prefix)]
              if (assigning === 0) assert.is(deleted, known ? 1 : 0)
            } else if (what === 'assign' || what === 'assign meanwhile') {
              wanted.clear()
              for (const each of [prefix, prefix + 1]) wanted.set(each, path(each, via))
              assigning++
              const assigned = keeping.assign([...wanted.values()]).finally(() => assigning--)
              if (what === 'assign') await assigned
            } else if (what === 'foreign put') {
              kernel.put(path(prefix, via, prefix % 2 === 0 ? Owner.OTHER : Owner.OURS))
            } else if (what === 'foreign take') {
              const entry = kernel.lists.get(prefix)?.at(-1)
              if (entry !== undefined) kernel.take(entry)
            } else if (what === 'overrun') kernel.overrun()
            else await keeping.settled()
          }
          // Until all that happened was seen, and all that follows from it done.
          for (let round = 0; round < 3; round++) {
            await keeping.table.fresh()
            await keeping.settled()
          }
          const stuck = new Set(keeping.conflicts.map(({ entry }) => entry.prefix))
          for (const prefix of stuck)
            assert.ok(kernel.lists.get(prefix ?? 0)?.some(({ owner }) => owner === Owner.OTHER))
          if (keeping.failed.length > 0) return
          const free = (entries: Iterable<Path>): Path[] => [...entries].filter(({ prefix }) => !stuck.has(prefix))
          const ours = kernel.entries.filter(({ owner }) => owner === Owner.OURS)
          assert.equal(textsOf(free(ours)), textsOf(free(wanted.values())))
        })
      },
    ),
    { numRuns: 300 },
  ),
)

keeps.run()
