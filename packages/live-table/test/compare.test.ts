import { openTable } from '@rtnl/live-table'
import { EntryRows, rowAccess } from '@rtnl/live-table/internal'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { definition, type Path, PathKernel } from './paths.ts'

const comparing = suite('rows compared with a table')

const prefix = fc.integer({ min: 1, max: 40 })
const via = fc.constantFrom('a', 'a', 'a', 'b', 'longer than that')
const operation = fc.record({ prefix, via, how: fc.constantFrom('replace', 'replace', 'append', 'remove') })
const wanted = fc.uniqueArray(fc.record({ family: fc.constant(2), prefix, via }), {
  minLength: 20,
  maxLength: 40,
  selector: (path) => path.prefix,
})

comparing('are found absent, the same or different, in whatever order the table has them', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 60 }),
      fc.array(operation, { maxLength: 20 }),
      wanted,
      fc.boolean(),
      async (before, after, paths, isSorted) => {
        const kernel = new PathKernel()
        /** Of these another row than the first may be left. */
        const several = new Set<number>()
        const carryOut = (operations: typeof before): void => {
          for (const { prefix: number, via: gate, how } of operations) {
            if (how === 'remove') kernel.remove(number, gate)
            else kernel.add(number, gate, how === 'append' ? 'append' : 'replace')
            if ((kernel.lists.get(number)?.length ?? 0) > 1) several.add(number)
          }
        }
        for (const each of isSorted ? [before, paths] : []) each.sort((one, other) => one.prefix - other.prefix)
        carryOut(before)
        const table = await openTable(definition, { transports: kernel })
        const rows = new EntryRows<Path>(definition)
        for (const path of paths) rows.put(path)
        const check = (): void => {
          for (const [id, path] of paths.entries()) {
            const list = kernel.lists.get(path.prefix) ?? []
            const isSame = list.length === 1 && list[0] === path.via
            const expected = list.length === 0 ? 'absent' : isSame ? 'same' : 'different'
            const found = rowAccess(table).compare(rows, id)
            if (found !== 'different' || !several.has(path.prefix)) assert.is(found, expected, JSON.stringify(path))
          }
        }
        check()
        check()
        carryOut(after)
        await table.waitForSync()
        check()
        table.close()
      },
    ),
    { numRuns: tries(200, 2) },
  ),
)

comparing('are different from one of several with their key, wherever that is', async () => {
  const kernel = new PathKernel()
  for (const number of [1, 2, 3]) kernel.add(number, 'a', 'append')
  const table = await openTable(definition, { transports: kernel })
  const rows = new EntryRows<Path>(definition)
  const compare = (): string[] => ids.map((id) => rowAccess(table).compare(rows, id))
  const ids = [1, 2, 3].map((number) => rows.put({ family: 2, prefix: number, via: 'a' }))
  kernel.add(2, 'b', 'append')
  await table.waitForSync()
  assert.equal(compare(), ['same', 'different', 'same'])
  kernel.remove(2, 'b')
  await table.waitForSync()
  assert.equal(compare(), ['same', 'same', 'same'])
  table.close()
})

comparing.run()
