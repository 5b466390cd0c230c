import { openTable } from '@rtnl/live-table'
import { answer, turnsOf } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definition, foldOf, type Path, PathKernel, pathMessage, sorted, types } from './paths.ts'

const long = suite('lists of thousands of entries')

const count = 4000

/** A kernel of which a dump comes in a few turns of the event loop. */
function makeKernel(): PathKernel {
  const kernel = new PathKernel()
  kernel.on(types.get, () => answer.dump(pathMessage, types.new, kernel.entries(), { chunk: 10_000 }))
  kernel.lists.set(1, vias('a'))
  return kernel
}

const vias = (prefix: string): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
const ways = (list: readonly Path[]): (string | undefined)[] => list.map(({ via }) => via)

/** Every list that the kernel may have come to have in silence, of one that had `a0`, `a1` and so on. */
const silently: Record<string, (list: string[]) => string[]> = {
  'that are new': () => vias('b'),
  'of which each second went': (list) => list.filter((_, index) => index % 2 === 0),
  'of which all but one went': (list) => list.slice(-1),
  'that were turned round': (list) => list.toReversed(),
  'that got a new first one and lost the last': (list) => ['b', ...list.slice(0, -1)],
  'that are twice as many': (list) => [...list, ...vias('b')],
}

for (const [what, change] of Object.entries(silently)) {
  long(`${what} in silence are read in many turns of the event loop, and in order`, async () => {
    const kernel = makeKernel()
    await using table = await openTable(definition, { transports: kernel })
    assert.equal(ways(table.list({ family: 2, prefix: 1 })), vias('a'))
    const { entries } = foldOf(table)
    await new Promise((resolve) => setTimeout(resolve, 1))
    const list = change(vias('a'))
    kernel.lists.set(1, list)
    const turns = await turnsOf(() => table.resync())
    assert.ok(turns > 80, `${turns} turns of the event loop`)
    assert.equal(ways(table.list({ family: 2, prefix: 1 })), list)
    await table.snapshot()
    await new Promise((resolve) => setTimeout(resolve, 1))
    assert.equal(sorted(entries.values()), sorted(kernel.entries()))
  })
}

long('that change while they are read are as the kernel has them in the end', async () => {
  const kernel = makeKernel()
  await using table = await openTable(definition, { transports: kernel })
  const { entries } = foldOf(table)
  kernel.lists.set(1, vias('b'))
  let turn = 0
  await turnsOf(
    () => table.resync(),
    () => {
      if (++turn > 100) return
      kernel.add(1, `n${turn}`, turn % 2 === 0 ? 'append' : 'prepend')
      if (turn % 3 === 0) kernel.remove(1, `b${turn}`)
    },
  )
  await table.waitForSync()
  const list = kernel.lists.get(1)
  assert.ok(turn > 20, `${turn} turns of the event loop`)
  assert.equal(ways(table.list({ family: 2, prefix: 1 })), list)
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(sorted(entries.values()), sorted(kernel.entries()))
})

long.run()
