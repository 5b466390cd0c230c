import {
  type ListEdit,
  type ListRules,
  type LiveTable,
  onMessage,
  onTable,
  openTable,
  type TableDefinition,
} from '@rtnl/live-table'
import { MessageFlag } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { uncaughtDuring } from '../../notifier/test/uncaught.ts'
import { definition, foldOf, group, type Path, PathKernel, pathMessage, rules, sorted, types } from './paths.ts'

const lists = suite('tables of ordered lists')

lists('tell what becomes of each entry of a list', async () => {
  const kernel = new PathKernel()
  kernel.add(1, 'a', 'append')
  const table = await openTable(definition, { transports: kernel })
  const stream = table.changes({ initial: false })
  const next = async (change: () => void): Promise<string[]> => {
    change()
    const { value } = await stream.next()
    assert.ok(value)
    return value.changes.map((each) => `${each.kind} ${each.key} ${each.entry.via}`)
  }
  assert.equal(await next(() => kernel.add(1, 'b', 'append')), ['added 1 #1 b'])
  assert.equal(await next(() => kernel.add(1, 'c', 'prepend')), ['added 1 #2 c'])
  assert.equal(await next(() => kernel.add(1, 'd', 'replace')), ['changed 1 #2 d'], 'the first entry is replaced')
  assert.equal(await next(() => kernel.remove(1, 'a')), ['removed 1 a'])
  assert.equal(await next(() => kernel.remove(1, 'd')), ['removed 1 #2 d'])
  assert.equal(await next(() => kernel.add(1, 'e', 'replace')), ['changed 1 #1 e'], 'the one that is left is the first')
  assert.equal(sorted(table), ['1 e'])
  // IPv6 tells a replacement that changes nothing, too.
  const again = { family: 2, prefix: 1, via: 'e' }
  kernel.notify(group, messageBytes(pathMessage, { type: types.new, flags: MessageFlag.REPLACE }, again))
  await table.waitForSync()
  assert.equal(sorted(table), ['1 e'])
  assert.equal(await next(() => kernel.remove(1, 'e')), ['removed 1 #1 e'], 'and it was told as no change')
  table.close()
})

lists(
  'have the order of the kernel, whichever end an entry is added at, and keep an entry that is told again',
  async () => {
    const kernel = new PathKernel()
    for (const prefix of [1, 2]) kernel.add(prefix, 'a', 'append')
    await using table = await openTable(definition, { transports: kernel })
    const order = (prefix: number): (string | undefined)[] => table.list({ family: 2, prefix }).map(({ via }) => via)
    const again = { family: 2, prefix: 1, via: 'a' }
    kernel.notify(group, messageBytes(pathMessage, { type: types.new, flags: MessageFlag.REPLACE }, again))
    await table.waitForSync()
    assert.equal(order(1), ['a'])
    kernel.add(1, 'b', 'append')
    kernel.add(2, 'b', 'prepend')
    await table.waitForSync()
    assert.equal([order(1), order(2)], [kernel.lists.get(1), kernel.lists.get(2)])
    for (const prefix of [1, 2]) {
      kernel.add(prefix, 'c', 'prepend')
      kernel.add(prefix, 'd', 'append')
      kernel.remove(prefix, 'a')
    }
    await table.waitForSync()
    assert.equal([order(1), order(2)], [kernel.lists.get(1), kernel.lists.get(2)])
  },
)

lists('find silent changes by reading again, and tell a replaced entry as changed', async () => {
  const kernel = new PathKernel()
  for (const via of ['a', 'b', 'c']) kernel.add(1, via, 'append')
  const table = await openTable(definition, { transports: kernel })
  const { entries, ended } = foldOf(table)
  kernel.add(1, 'x', 'replace', true)
  kernel.remove(1, 'c', true)
  kernel.add(2, 'y', 'append', true)
  await table.resync()
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(sorted(entries.values()), ['1 b', '1 x', '2 y'])
  assert.equal(entries.get('1')?.via, 'x')
  table.close()
  await ended
})

lists('are read again when a notification only told where an entry stands, in a list not read yet', async () => {
  const kernel = new PathKernel()
  kernel.add(1, 'a', 'append')
  kernel.hold('dump')
  const opening = openTable(definition, { transports: kernel })
  while (kernel.sockets('dump').length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  // The dump was made without it, and is delivered after it.
  kernel.add(1, 'b', 'append')
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.resume('dump')
  const table = await opening
  await table.waitForSync()
  assert.equal(sorted(table), ['1 a', '1 b'])
  table.close()
})

lists('keep what was added while the table was read, although the dump does not show it', async () => {
  const kernel = new PathKernel()
  kernel.hold('dump')
  const opening = openTable(definition, { transports: kernel })
  while (kernel.sockets('dump').length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  // The dump was made without them, and is delivered after them.
  kernel.add(1, 'a', 'append')
  kernel.add(1, 'b', 'append')
  kernel.add(2, 'c', 'append')
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.resume('dump')
  await using table = await opening
  assert.equal(sorted(table), ['1 a', '1 b', '2 c'])
})

/** Notifications and dumps come by two sockets: that an entry went may be heard after a dump that was made later. */
function tellRemoved(kernel: PathKernel, prefix: number, via: string): void {
  kernel.notify(group, messageBytes(pathMessage, { type: types.delete }, { family: 2, prefix, via }))
}

lists('are read again when they only heard of an entry that went, and the dump shows another', async () => {
  const kernel = new PathKernel()
  kernel.add(1, 'b', 'append')
  kernel.hold('dump')
  const opening = openTable(definition, { transports: kernel })
  while (kernel.sockets('dump').length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  tellRemoved(kernel, 1, 'a')
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.resume('dump')
  await using table = await opening
  await table.waitForSync()
  assert.equal(sorted(table), ['1 b'])
})

lists('are read again when they only heard of an entry that went, and the dump shows none of the others', async () => {
  const kernel = new PathKernel()
  for (const via of ['a', 'z']) kernel.add(1, via, 'append')
  await using table = await openTable(definition, { transports: kernel })
  for (const via of ['a', 'z']) kernel.remove(1, via, true)
  kernel.hold('dump')
  const { relists: readings } = table
  const synced = table.resync()
  while (table.relists === readings) await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setTimeout(resolve, 5))
  tellRemoved(kernel, 1, 'a')
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.resume('dump')
  await synced
  assert.equal(sorted(table), [])
})

const bell = { group: 8, type: 60 } as const
const hasX = (path: Path): boolean => path.via?.startsWith('x') === true

/** After a bell the entries by ways with an x are in doubt, for which the kernel has no filter. */
const belled: TableDefinition<Path> = {
  ...definition,
  triggers: [
    onMessage<Path>({
      reason: 'bell',
      groups: [bell.group],
      types: [bell.type],
      invalidates: () => [{ name: 'x', request: {}, contains: hasX }],
    }),
  ],
}

lists('take from the reading of a part no more than the part', async () => {
  const kernel = new PathKernel()
  for (const via of ['x', 'a']) kernel.add(1, via, 'append')
  for (const via of ['c', 'x', 'd', 'xx']) kernel.add(2, via, 'append')
  await using table = await openTable(belled, { transports: kernel })
  const { relists: readings } = table
  kernel.remove(1, 'x', true)
  kernel.remove(2, 'x', true)
  kernel.notify(bell.group, messageBytes(pathMessage, { type: bell.type }, {}))
  await table.waitForSync()
  assert.equal([table.list({ family: 2, prefix: 1 }), table.list({ family: 2, prefix: 2 })].map(ways), [
    ['a'],
    ['c', 'd', 'xx'],
  ])
  assert.is(table.relists, readings + 1)
})

const { lists: _lists, ...belledByKey } = belled

for (const [what, belledTable] of Object.entries({ lists: belled, 'entries by key': belledByKey })) {
  lists(`do not take from the reading of a part what went before it and is not of the part: ${what}`, async () => {
    const kernel = new PathKernel()
    kernel.add(1, 'a', 'append')
    kernel.add(2, 'x', 'append')
    await using table = await openTable<Path>(belledTable, { transports: kernel })
    const { relists: readings } = table
    kernel.hold('request')
    kernel.hold('dump')
    kernel.notify(bell.group, messageBytes(pathMessage, { type: bell.type }, {}))
    await new Promise((resolve) => setTimeout(resolve, 5))
    // The kernel announces a removal before it is done. So a dump may show what the table has removed already.
    tellRemoved(kernel, 1, 'a')
    await new Promise((resolve) => setTimeout(resolve, 5))
    kernel.resume('request')
    while (table.relists === readings) await new Promise((resolve) => setTimeout(resolve, 1))
    await new Promise((resolve) => setTimeout(resolve, 5))
    kernel.remove(1, 'a', true)
    kernel.resume('dump')
    await table.waitForSync()
    assert.equal(sorted(table), ['2 x'])
  })
}

const ways = (list: readonly Path[]): unknown[] => list.map(({ via }) => via)

lists('tell their rules whether something is in doubt', async () => {
  const kernel = new PathKernel()
  kernel.add(1, 'a', 'append')
  const settled: boolean[] = []
  const watched: ListRules<Path> = {
    ...rules,
    apply(list, event) {
      settled.push(event.isExact)
      return rules.apply(list, event)
    },
  }
  // The bell puts another table in doubt, on which this one depends.
  const other = { ...belled, name: 'other' }
  const depending = { ...definition, lists: watched, triggers: [onTable<Path, Path>(other, 'other', () => [])] }
  await using table = await openTable(depending, { transports: kernel })
  kernel.add(1, 'b', 'append')
  await table.waitForSync()
  kernel.hold('request')
  kernel.notify(bell.group, messageBytes(pathMessage, { type: bell.type }, {}))
  kernel.add(1, 'c', 'append')
  await new Promise((resolve) => setTimeout(resolve, 5))
  kernel.resume('request')
  await table.waitForSync()
  kernel.add(1, 'd', 'append')
  await table.waitForSync()
  assert.equal(settled, [true, false, true])
})

/** What rules may do where an entry is not what they expect: none of it can be carried out. */
const impossible: Record<string, () => readonly ListEdit<Path>[]> = {
  'that throw': () => {
    throw new TypeError('no such way')
  },
  'that make an entry which has no bytes': () => [{ edit: 'replace', place: 0, entry: { family: 2, prefix: -1 } }],
}

for (const [what, apply] of Object.entries(impossible)) {
  lists(`are read again after rules ${what}`, async () => {
    const kernel = new PathKernel()
    for (const prefix of [1, 2]) kernel.add(prefix, 'a', 'append')
    const failing: ListRules<Path> = {
      ...rules,
      apply: (list, event) => (event.entry.via === 'bad' ? apply() : rules.apply(list, event)),
    }
    await using table = await openTable({ ...definition, lists: failing }, { transports: kernel })
    const uncaught = await uncaughtDuring(async () => {
      kernel.add(1, 'bad', 'append')
      kernel.add(2, 'b', 'append')
      await table.waitForSync()
    })
    assert.equal(uncaught, [])
    assert.equal(sorted(table), ['1 a', '1 bad', '2 a', '2 b'])
    assert.is(table.relists, 2)
    assert.is(table.notifier.connection.counters.malformed, 1)
  })
}

lists('equal the kernel after any operations, silent ones, losses and readings meanwhile', async () => {
  const operation = fc.record({
    what: fc.constantFrom('append', 'prepend', 'replace', 'remove', 'silent add', 'silent remove', 'overrun', 'pause'),
    prefix: fc.integer({ min: 1, max: 4 }),
    via: fc.constantFrom('a', 'b', 'c', 'd'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
      const kernel = new PathKernel()
      for (const prefix of [1, 2, 3]) kernel.add(prefix, 'a', 'append')
      const opening = openTable(definition, { transports: kernel })
      let table: LiveTable<Path> | undefined
      let fold: ReturnType<typeof foldOf> | undefined
      for (const { what, prefix, via } of operations) {
        if (what === 'remove') kernel.remove(prefix, via)
        else if (what === 'silent add') kernel.add(prefix, via, 'append', true)
        else if (what === 'silent remove') kernel.remove(prefix, via, true)
        else if (what === 'overrun') kernel.overrun()
        else if (what === 'pause') {
          table ??= await opening
          fold ??= foldOf(table)
        } else kernel.add(prefix, via, what)
      }
      table ??= await opening
      fold ??= foldOf(table)
      // Only what nobody announces takes a reading to be found.
      if (operations.some(({ what }) => what.startsWith('silent'))) await table.resync()
      else await table.waitForSync()
      await new Promise((resolve) => setTimeout(resolve, 1))
      assert.equal(sorted(table), sorted(kernel.entries()))
      assert.equal(sorted(fold.entries.values()), sorted(kernel.entries()))
      // The order is right too: what is replaced next is the entry that the kernel has first.
      for (const [prefix, [first]] of kernel.lists) {
        kernel.add(prefix, 'z', 'replace')
        await table.waitForSync()
        assert.not(sorted(table).includes(`${prefix} ${first}`))
      }
      table.close()
      await fold.ended
    }),
    { numRuns: tries(300, 2) },
  )
})

lists.run()
