import { openTable } from '@rtnl/live-table'
import { answer, turnsOf } from '@rtnl/netlink-core/testing'
import { plan } from '@rtnl/reconcile/internal'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { desiredOf } from '../src/desired-of.ts'
import { Engine } from '../src/engine.ts'
import type { Operation } from '../src/outcome.ts'
import { ownerByMatch } from '../src/owner.ts'
import {
  Kind,
  Owner,
  type Path,
  PathKernel,
  PathType,
  path,
  pathDefinition,
  pathRules,
  rankOf,
  textOf,
  textsOf,
} from './support/paths.ts'
import { scenes } from './support/scenes.ts'

const engines = suite('engine')

/** An engine on a live table of a kernel with these entries. */
async function withEngine(
  { wanted, present }: { readonly wanted: readonly Path[]; readonly present: readonly Path[] },
  run: (engine: Engine<Path>, kernel: PathKernel, fresh: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const kernel = new PathKernel(present)
  const table = await openTable(pathDefinition, { transports: kernel })
  try {
    const engine = new Engine(table, pathRules, desiredOf(pathRules, wanted), ownerByMatch(pathRules))
    await run(engine, kernel, () => table.waitForSync())
  } finally {
    table.close()
  }
}

const lineOf = ({ action, entry, old }: Operation<Path>): string =>
  `${action} ${textOf(entry)}${old === undefined ? '' : ` for ${textOf(old)}`}`

/** The steps of a plan, in no order. What is put beside an old entry takes a step to remove that. */
function planned(wanted: readonly Path[], present: readonly Path[]): string[] {
  const { add, replace, remove } = plan(pathRules, wanted, present)
  return [
    ...add.map((entry) => lineOf({ action: 'add', entry })),
    ...replace.map(({ old, entry }) => lineOf({ action: 'replace', entry, old })),
    ...remove.map((entry) => lineOf({ action: 'remove', entry })),
    ...replace.flatMap(({ old, strategy }) =>
      strategy === 'makeBeforeBreak' ? [lineOf({ action: 'remove', entry: old })] : [],
    ),
  ].sort()
}

engines('a pass over everything does what is planned, and a second one nothing', () =>
  fc.assert(
    fc.asyncProperty(scenes, async (scene) => {
      await withEngine(scene, async (engine, kernel, fresh) => {
        const expected = plan(pathRules, scene.wanted, kernel.entries)
        const lines: string[] = []
        const onOperation = (step: Operation<Path>): void => void lines.push(lineOf(step))
        const dry = await engine.reconcile(undefined, { dryRun: true, onOperation })
        assert.equal(lines.sort(), planned(scene.wanted, kernel.entries))
        assert.equal(kernel.log, [], 'nothing is sent in a dry run')
        const outcome = await engine.reconcile(undefined)
        assert.equal({ ...outcome }, { ...dry })
        assert.is(outcome.added, expected.add.length)
        assert.is(outcome.replaced, expected.replace.length)
        assert.is(outcome.unchanged, expected.unchanged.length)
        assert.equal(outcome.failed, [])
        assert.equal(outcome.conflicts.length, expected.conflicts.length)
        assert.is(engine.requests, kernel.log.length)
        await fresh()
        assert.equal(planned(scene.wanted, kernel.entries), [])
        kernel.log.length = 0
        const again = await engine.reconcile(undefined)
        assert.is(again.changes, 0)
        assert.equal(kernel.log, [])
      })
    }),
    { numRuns: tries(300, 2) },
  ),
)

engines('passes over single keys come to the same as one over everything', () =>
  fc.assert(
    fc.asyncProperty(scenes, fc.infiniteStream(fc.nat()), async (scene, numbers) => {
      const whole = new PathKernel(scene.present)
      await withEngine(scene, async (engine, kernel, fresh) => {
        const keys = new Map([...kernel.entries, ...scene.wanted].map((entry) => [pathRules.key(entry), entry]))
        const left = [...keys.values()]
        while (left.length > 0) {
          const place = (numbers.next().value ?? 0) % left.length
          await engine.reconcile(left.splice(place, 1))
          await fresh()
        }
        const table = await openTable(pathDefinition, { transports: whole })
        await new Engine(table, pathRules, desiredOf(pathRules, scene.wanted), ownerByMatch(pathRules)).reconcile(
          undefined,
        )
        table.close()
        assert.equal(kernel.texts, whole.texts)
      })
    }),
    { numRuns: tries(100, 2) },
  ),
)

engines('what others refer to is put in first and removed last', async () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index)
  const scene = {
    wanted: numbers.slice(0, 30).map((prefix) => path(prefix, 'new')),
    present: numbers.slice(20).map((prefix) => path(prefix, 'old')),
  }
  await withEngine(scene, async (engine, kernel) => {
    await engine.reconcile(undefined)
    const ranks = (verb: string): number[] =>
      kernel.log.flatMap((line) =>
        line.startsWith(verb) ? [rankOf({ family: 2, prefix: Number(line.split(' ')[1]) })] : [],
      )
    const lines = kernel.log.map((line) => (line.startsWith('remove') ? 'remove' : 'write'))
    assert.equal(lines, [...Array(30).fill('write'), ...Array(10).fill('remove')], 'writes come before removals')
    const writes = kernel.log.slice(0, 30).map((line) => rankOf({ family: 2, prefix: Number(line.split(' ')[1]) }))
    assert.equal(writes, [...writes].sort())
    assert.equal(ranks('remove'), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
  })
})

engines(
  'it matters what a desired entry refers to, whatever entry has shown that there is something to do',
  async () => {
    const group = { ...path(1, 'group'), base: 2 }
    const { base: _, ...member } = path(2, 'member')
    const rules = { ...pathRules, normalize: (entry: Partial<Path>) => entry as Path }
    const kernel = new PathKernel()
    const table = await openTable(pathDefinition, { transports: kernel })
    const engine = new Engine(table, rules, desiredOf(rules, [group, member]), ownerByMatch(rules))
    await engine.reconcile([path(1, 'was a member'), path(2, 'was a group')])
    assert.equal(kernel.log, ['add 2 via member', 'add 1 via group'])
    table.close()
  },
)

engines('an entry that was as desired is written again if what it refers to took it away when that was written', () =>
  withEngine(
    { wanted: [path(2, 'a'), path(1, 'a'), path(4, 'a')], present: [path(2, 'a'), path(1, 'b'), path(4, 'a')] },
    async (engine, kernel) => {
      kernel.did = ({ prefix }) => void (prefix === 1 && kernel.take(path(2, 'a')))
      const outcome = await engine.reconcile(undefined)
      assert.equal(kernel.log, ['replace 1 via a', 'add 2 via a'])
      assert.is(outcome.unchanged, 1)
      assert.equal(kernel.texts, textsOf([path(1, 'a'), path(2, 'a'), path(4, 'a')]))
    },
  ),
)

engines('an entry stays where the kernel refuses its successor', async () => {
  const foreign = path(1, 'f', 2)
  await withEngine({ wanted: [path(1, 'new')], present: [foreign, path(1, 'old')] }, async (engine, kernel) => {
    kernel.refuses = ({ via }, type) => (via === 'new' && type === PathType.NEW ? answer.error(22) : undefined)
    const { failed } = await engine.reconcile(undefined)
    assert.equal(kernel.texts, textsOf([foreign, path(1, 'old')]))
    assert.equal(failed.map(lineOf), ['replace 1 new 9 0 for 1 old 9 0'])
  })
})

engines('what is sent is what was looked at, whatever is wanted since', async () => {
  const solid = (via: string): Path => path(1, via, Owner.OURS, Kind.SOLID)
  await withEngine({ wanted: [solid('new')], present: [solid('old')] }, async (engine, kernel) => {
    kernel.did = (_entry, type) => {
      if (type !== PathType.DEL) return
      // The row of the entry that is to be made anew becomes that of another one.
      engine.desired.delete(solid('new'))
      engine.desired.set([path(2, 'other')])
    }
    const { failed } = await engine.reconcile([solid('new')])
    assert.equal(failed, [])
    assert.equal(kernel.log, ['remove 1 via old', 'add 1 via new'])
    assert.equal(kernel.texts, textsOf([solid('new')]))
  })
})

const many = Array.from({ length: 10_000 }, (_, prefix) => path(prefix, 'a'))

for (const [title, samples] of [
  ['everything', undefined],
  ['many single keys', many],
] as const) {
  engines(`lets the event loop run whenever a slice of time is over, in a pass over ${title}`, () =>
    withEngine({ wanted: many, present: many }, async (engine) => {
      const turns = await turnsOf(async () => assert.is((await engine.reconcile(samples)).unchanged, 10_000))
      assert.ok(turns >= 30, `${turns} turns of the event loop`)
    }),
  )
}

engines.run()
