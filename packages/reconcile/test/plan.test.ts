import { type Plan, plan } from '@rtnl/reconcile/internal'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import {
  erase,
  Kind,
  Owner,
  type Path,
  PathKernel,
  path,
  pathRules,
  rankOf,
  samePath,
  textsOf,
  write,
} from './support/paths.ts'
import { scenes } from './support/scenes.ts'

const planning = suite('plan')

/** Carries a plan out on a kernel, in the order in which it says so. */
function apply(kernel: PathKernel, { add, replace, remove }: Plan<Path>): void {
  const { lists } = kernel
  for (const entry of add) assert.ok(write(lists, entry, 'add'), `add ${entry.prefix}`)
  for (const { old, entry, strategy } of replace) {
    if (strategy === 'recreate') assert.ok(erase(lists, old), `make room for ${entry.prefix}`)
    assert.ok(write(lists, entry, strategy), `${strategy} ${entry.prefix}`)
    if (strategy === 'makeBeforeBreak') assert.ok(erase(lists, old), `remove the old ${entry.prefix}`)
  }
  for (const entry of remove) assert.ok(erase(lists, entry), `remove ${entry.prefix}`)
}

const isOurs = ({ owner }: Path): boolean => owner === Owner.OURS
const isForeign = ({ owner }: Path): boolean => owner === Owner.OTHER

planning('leads to what is wanted, leaves others alone, and is then empty', () =>
  fc.assert(
    fc.property(scenes, ({ wanted, present }) => {
      const kernel = new PathKernel(present)
      const before = new Map([...kernel.lists].map(([prefix, list]) => [prefix, [...list]]))
      const first = plan(pathRules, wanted, kernel.entries)
      apply(kernel, first)

      const stuck = new Set(first.conflicts.map(({ entry }) => entry.prefix))
      for (let prefix = 1; prefix <= 8; prefix++) {
        const had = before.get(prefix) ?? []
        const has = kernel.lists.get(prefix) ?? []
        const want = wanted.find((entry) => entry.prefix === prefix)
        assert.equal(has.filter(isForeign), had.filter(isForeign), 'others are where they were')
        if (stuck.has(prefix)) assert.equal(has, had, 'a list with a conflict is as it was')
        else assert.equal(has.filter(isOurs), want === undefined ? [] : [want])
        const gone = had.filter(({ owner }) => owner === Owner.KERNEL).length
        const left = has.filter(({ owner }) => owner === Owner.KERNEL).length
        assert.ok(left === gone || (want !== undefined && left === gone - 1), 'only what gives way is replaced')
      }

      const second = plan(pathRules, wanted, kernel.entries)
      assert.equal([second.add, second.replace, second.remove], [[], [], []])
      assert.is(second.unchanged.length + second.conflicts.length, wanted.length)
      assert.equal(second.conflicts, first.conflicts)
    }),
    { numRuns: tries(2000, 2) },
  ),
)

planning('says something of every entry once', () =>
  fc.assert(
    fc.property(scenes, ({ wanted, present }) => {
      const { add, replace, remove, unchanged: keep, learned, conflicts } = plan(pathRules, wanted, present)
      const entries = [add, replace.map(({ entry }) => entry), keep, conflicts.map(({ entry }) => entry)].flat()
      assert.equal(textsOf(entries), textsOf(wanted), 'wanted ones')
      assert.equal(textsOf(learned), textsOf(present.filter((entry) => !isOurs(entry))), 'those of others')
      for (const { entry, actual } of conflicts) {
        assert.is(entry.prefix, actual.prefix)
        assert.ok(present.includes(actual))
        assert.not(
          present.some((other) => samePath(other, entry)),
          'no conflict about what is there',
        )
      }
      const ours = [...keep, ...remove, ...replace.map(({ old }) => old).filter(isOurs)]
      const stuck = new Set(conflicts.map(({ entry }) => entry.prefix))
      const mine = present.filter((entry) => isOurs(entry) && !stuck.has(entry.prefix))
      assert.equal(textsOf(ours).sort(), textsOf(mine).sort(), 'those of ours')
    }),
    { numRuns: tries(2000, 2) },
  ),
)

planning('puts what others refer to in first, and removes it last', () =>
  fc.assert(
    fc.property(scenes, ({ wanted, present }) => {
      const { add, replace, remove } = plan(pathRules, wanted, present)
      const ranks = (entries: readonly Path[]): number[] => entries.map(rankOf)
      const ascending = (a: number, b: number): number => a - b
      assert.equal(ranks(add), ranks(add).sort(ascending))
      const replaced = replace.map(({ entry }) => entry)
      assert.equal(ranks(replaced), ranks(replaced).sort(ascending))
      assert.equal(ranks(remove), ranks(remove).sort(ascending).reverse())
    }),
  ),
)

planning('changes neither what it is given nor its entries', () =>
  fc.assert(
    fc.property(scenes, ({ wanted, present }) => {
      const copy = structuredClone({ wanted, present })
      plan(pathRules, wanted, present)
      assert.equal({ wanted, present }, copy)
    }),
  ),
)

planning('takes the way that breaks least', () => {
  const decided = (wanted: Path, ...present: Path[]): string => {
    const { add, replace, conflicts, unchanged: keep } = plan(pathRules, [wanted], present)
    if (keep.length > 0) return 'keep'
    return replace[0]?.strategy ?? (add.length > 0 ? 'add' : conflicts.length > 0 ? 'conflict' : 'nothing')
  }
  const foreign = path(1, 'f', Owner.OTHER)
  const known = path(1, 'k', Owner.KERNEL)
  assert.is(decided(path(1, 'a')), 'add')
  assert.is(decided(path(1, 'a'), path(1, 'a')), 'keep')
  assert.is(decided(path(1, 'a'), foreign, path(1, 'a')), 'keep')
  assert.is(decided(path(1, 'a'), path(1, 'b')), 'replace')
  assert.is(decided(path(1, 'a'), path(1, 'b'), foreign), 'replace')
  assert.is(decided(path(1, 'a'), foreign, path(1, 'b')), 'makeBeforeBreak')
  assert.is(decided(path(1, 'a'), path(1, 'b', Owner.OURS, Kind.SOLID)), 'recreate')
  assert.is(decided(path(1, 'a'), foreign), 'conflict')
  assert.is(decided(path(1, 'a'), known), 'replace')
  assert.is(decided(path(1, 'a'), known, foreign), 'conflict')
  assert.is(decided(path(1, 'a'), path(1, 'b'), path(1, 'f', Owner.OTHER, Kind.MERGED)), 'conflict')
})

planning('an entry is added beside those of others where these stand apart', () => {
  const rules = { ...pathRules, othersStandApart: true }
  const foreign = path(1, 'f', Owner.OTHER)
  const { add, conflicts } = plan(rules, [path(1, 'a')], [foreign])
  assert.equal([add.length, conflicts], [1, []])
  const next = plan(rules, [path(1, 'a')], [foreign, path(1, 'b')])
  assert.equal([next.add, next.replace.length, next.remove, next.conflicts], [[], 1, [], []])
  assert.equal(plan(rules, [], [foreign, path(1, 'b')]).remove.length, 1)
})

planning.run()
