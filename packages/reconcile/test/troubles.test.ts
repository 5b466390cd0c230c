import { NetlinkError } from '@rtnl/netlink-core'
import { turnsOf } from '@rtnl/netlink-core/testing'
import { openTable } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ContestedError } from '../src/errors.ts'
import { Outcome } from '../src/outcome.ts'
import { Troubles } from '../src/troubles.ts'
import { many } from './support/keeping.ts'
import { Owner, type Path, PathKernel, path, pathRules } from './support/paths.ts'

const noting = suite('troubles')

const down = new NetlinkError(100, { operation: 'add' })
const keys = (entries: readonly Path[]): string[] => entries.map(pathRules.key)

/** What became of entries that the kernel refused, and of those for which others are in the way. */
function outcomeOf(refused: readonly Path[], blocked: readonly Path[] = []): Outcome<Path> {
  const outcome = new Outcome<Path>()
  for (const entry of refused) outcome.failed.push({ action: 'add', entry, error: down })
  for (const entry of blocked) outcome.conflicts.push({ entry, actual: path(entry.prefix ?? 0, 'f', Owner.OTHER) })
  return outcome
}

async function withTroubles(test: (troubles: Troubles<Path>) => Promise<void>): Promise<void> {
  await using table = await openTable(pathRules.definition, { transports: new PathKernel() })
  await test(new Troubles(pathRules, table))
}

noting('very many are noted in turns, and at no moment is one missing that is still there', () =>
  withTroubles(async (troubles) => {
    const entries = many(4000, 'a')
    const [refused, blocked] = [entries.slice(0, 3000), entries.slice(3000)]
    const looked = async (): Promise<void> => {
      const looking = troubles.look(keys(entries))
      await troubles.looked(looking, outcomeOf(refused, blocked), () => false)
    }
    assert.ok((await turnsOf(looked)) >= 30)
    assert.equal([troubles.unkept.length, troubles.conflicts.length], [3000, 1000])
    const counts = new Set<string>()
    const turns = await turnsOf(looked, () => counts.add(`${troubles.unkept.length} ${troubles.conflicts.length}`))
    assert.ok(turns >= 30)
    assert.equal([...counts], ['3000 1000'])
    await troubles.looked(troubles.look(undefined), outcomeOf([]), () => false)
    assert.is(troubles.none, true)
  }),
)

noting('what somebody does while they are noted counts as after', () =>
  withTroubles(async (troubles) => {
    const entries = many(4000, 'a')
    const contested = entries[3999]!
    const contest = (): void => {
      for (let healing = 0; healing < 6; healing++) troubles.undone(pathRules.key(contested), contested)
    }
    const looking = troubles.look(keys(entries))
    const noted = turnsOf(() => troubles.looked(looking, outcomeOf(entries.slice(0, 2000)), () => false))
    contest()
    await noted
    assert.is(troubles.unkept.length, 2001)
    assert.instance(troubles.unkept.find(({ entry }) => entry === contested)?.error, ContestedError)
  }),
)

noting.run()
