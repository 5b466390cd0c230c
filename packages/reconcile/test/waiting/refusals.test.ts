import { openTable } from '@rtnl/live-table'
import { NetlinkError } from '@rtnl/netlink-core'
import { turnsOf } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ContestedError } from '../../src/errors.ts'
import { Outcome } from '../../src/outcome.ts'
import type { EntryRules } from '../../src/rules.ts'
import { Dependencies } from '../../src/waiting/dependencies.ts'
import type { Dependency } from '../../src/waiting/dependency.ts'
import { Refusals } from '../../src/waiting/refusals.ts'
import { many } from '../support/controller.ts'
import { Owner, type Path, PathKernel, path, pathRules } from '../support/paths.ts'

const noting = suite('refusals')

const unreachable = new NetlinkError(101, { operation: 'add' })
const down = new NetlinkError(100, { operation: 'add' })
const keys = (entries: readonly Path[]): string[] => entries.map(pathRules.key)

/** What became of entries that the kernel refused, and of those for which others are in the way. */
function outcomeOf(refused: readonly Path[], blocked: readonly Path[] = [], error = down): Outcome<Path> {
  const outcome = new Outcome<Path>()
  for (const entry of refused) outcome.failed.push({ action: 'add', entry, error })
  for (const entry of blocked) {
    outcome.conflicts.push({ entry, actual: path(entry.prefix ?? 0, 'f', Owner.OTHER) })
  }
  return outcome
}

async function withRefusals(
  test: (refusals: Refusals<Path>) => Promise<void>,
  dependencies: readonly Dependency[] = [],
  rules: EntryRules<Path> = pathRules,
): Promise<void> {
  await using table = await openTable(pathRules.definition, { transports: new PathKernel() })
  const followed = await Dependencies.follow(dependencies, table.notifier)
  await test(new Refusals(rules, table, followed, () => undefined))
}

const gateway = 'gateway a'

/** Whether it is reached only trying tells. */
const gateways: readonly Dependency[] = [
  { kinds: ['gateway'], follow: async () => ({ isMet: () => undefined, describe: (need) => need, close: () => {} }) },
]
const byGateway: EntryRules<Path> = { ...pathRules, needs: () => [gateway] }

noting('very many are noted in turns, and at no moment is one missing that is still there', () =>
  withRefusals(async (refusals) => {
    const entries = many(4000, 'a')
    const [refused, blocked] = [entries.slice(0, 3000), entries.slice(3000)]
    const looked = async (): Promise<void> => {
      const looking = refusals.look(keys(entries))
      await refusals.looked(looking, outcomeOf(refused, blocked), () => false)
    }
    assert.ok((await turnsOf(looked)) >= 30)
    assert.equal([refusals.failures.length, refusals.conflicts.length], [3000, 1000])
    const counts = new Set<string>()
    const turns = await turnsOf(looked, () => counts.add(`${refusals.failures.length} ${refusals.conflicts.length}`))
    assert.ok(turns >= 30)
    assert.equal([...counts], ['3000 1000'])
    await refusals.looked(refusals.look(undefined), outcomeOf([]), () => false)
    assert.is(refusals.none, true)
  }),
)

noting('what somebody does while they are noted counts as after', () =>
  withRefusals(async (refusals) => {
    const entries = many(4000, 'a')
    const contested = entries[3999]!
    const contest = (): void => {
      for (let healing = 0; healing < 6; healing++) refusals.undone(pathRules.key(contested), contested, () => 'ip')
    }
    const looking = refusals.look(keys(entries))
    const noted = turnsOf(() => refusals.looked(looking, outcomeOf(entries.slice(0, 2000)), () => false))
    contest()
    await noted
    assert.is(refusals.failures.length, 2001)
    assert.instance(refusals.failures.find(({ entry }) => entry === contested)?.error, ContestedError)
  }),
)

noting('a contest is one cause from its beginning to its end, whatever is tried meanwhile', () =>
  withRefusals(async (refusals) => {
    const [entry, other] = many(2, 'a') as [Path, Path]
    const undo = (undone: Path, opponent: string): void => {
      for (let time = 0; time < 6; time++) refusals.undone(pathRules.key(undone), undone, () => opponent)
    }
    const tried = async (refused: readonly Path[]): Promise<void> => {
      const looking = refusals.look(keys([entry]))
      await refusals.looked(looking, outcomeOf(refused), () => false)
    }
    const causes = (): string[] => refusals.causes.map(({ cause, count }) => `${count} ${cause.split(',')[0]}`)
    undo(entry, 'ip (process 1)')
    assert.equal([causes(), refusals.failures.length], [['1 ip (process 1)'], 1])
    const { version } = refusals
    await tried([])
    assert.equal([causes(), refusals.failures.length], [['1 ip (process 1)'], 0])
    // The same program has another process id each time that it runs.
    undo(entry, 'ip (process 2)')
    await tried([])
    assert.equal([causes(), refusals.version], [['1 ip (process 1)'], version])
    undo(other, 'ip (process 1)')
    assert.equal(causes(), ['2 ip (process 1)'])
    refusals.leaveContest(pathRules.key(other))
    // It waits to be looked at, and that is when it is known that nothing is wrong with it.
    await refusals.looked(refusals.look(keys([other])), outcomeOf([]), () => false)
    assert.equal(causes(), ['1 ip (process 1)'])
    // What the kernel says comes first.
    await tried([entry])
    assert.equal(causes(), ['1 network is down (ENETDOWN)'])
    // Nobody has undone anything since: that the entry is written is no reason to tell of the contest anew.
    await tried([])
    refusals.endContests(performance.now())
    assert.equal(causes(), [])
    undo(entry, 'ip (process 3)')
    await tried([])
    assert.equal(causes(), ['1 ip (process 1)'])
    assert.ok(refusals.next < performance.now() + 121_000)
    refusals.endContests(performance.now() + 121_000)
    assert.equal([causes(), refusals.none], [[], true])
  }),
)

noting('what waits for its turn alone is in no cause once one of its need was written', () =>
  withRefusals(
    async (refusals) => {
      const entries = many(4, 'a')
      const causes = (): string[] => refusals.causes.map(({ cause, count }) => `${count} ${cause}`)
      const looked = async (tried: readonly Path[], refused: readonly Path[]): Promise<void> => {
        const looking = refusals.look(keys(tried))
        await refusals.looked(looking, outcomeOf(refused, [], unreachable), () => false)
      }
      await looked(entries, entries)
      assert.equal(causes(), ['4 gateway a'])
      refusals.changed(gateway)
      // Whether it is reached now is not known before one was tried.
      assert.equal(causes(), ['4 gateway a'])
      await looked(entries.slice(0, 1), [])
      assert.equal(causes(), [])
      // One of another kind is refused all the same, and then one waits.
      await looked(entries.slice(1, 2), entries.slice(1, 2))
      assert.equal(causes(), ['3 gateway a'])
      await looked(entries.slice(2, 3), [])
      assert.equal(causes(), ['1 gateway a'])
      await looked([entries[1]!, entries[3]!], [])
      assert.equal([causes(), refusals.none], [[], true])
    },
    gateways,
    byGateway,
  ),
)

noting.run()
