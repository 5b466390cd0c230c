import type { TableDefinition } from '@rtnl/live-table'
import { attribute, header, type Infer, message, nested, repeated, u8, u32 } from '@rtnl/netlink-core'
import { answer, FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import { carriedBy, type ReconcileRules, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** Messages that hold several entries. */
const carrier = message('carrier', {
  header: { family: header(u8) },
  attributes: { things: repeated(1, nested('thing', { id: attribute(1, u32), size: attribute(2, u32) })) },
})
const row = message('thing', {
  header: { family: header(u8) },
  attributes: { id: attribute(11, u32), size: attribute(12, u32) },
})
type Thing = Infer<typeof row>

const types = { new: 60, delete: 61, get: 62 }
const GROUP = 12

const definition: TableDefinition<Thing> = {
  name: 'thing',
  message: row,
  types,
  groups: [GROUP],
  key: ['id'],
  keyText: ({ id }) => String(id),
  *entries({ view, body, end }) {
    const { things = [], ...rest } = carrier.decode(view, body, end)
    for (const thing of things) yield { ...rest, ...thing }
  },
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
}

const rules: ReconcileRules<Thing> = {
  definition,
  lease: 'things',
  normalize: (wanted) => ({ family: 0, ...wanted }),
  key: ({ id }) => String(id),
  owns: () => true,
  same: (desired, actual) => desired.size === actual.size,
  strategy: () => 'replace',
  flags: { add: 0, replace: 0, makeBeforeBreak: 0, recreate: 0 },
  carried: ({ family = 0, ...thing }) => carriedBy(carrier, { family, things: [thing] }),
  // The kernel takes an entry without its size for any size.
  deleteKey: ({ id = 0 }) => ({ id }),
  describe: ({ id }) => `thing ${id}`,
  missing: [],
}

const carried = suite('entries that are carried by a message of another declaration')

carried('are written and removed by it', async () => {
  const kernel = new FakeKernel()
  const things = new Map([
    [1, 10],
    [2, 20],
    [3, 30],
  ])
  const requests: unknown[] = []
  kernel.on(types.get, () =>
    answer.dump(carrier, types.new, [{ things: [...things].map(([id, size]) => ({ id, size })) }]),
  )
  for (const type of [types.new, types.delete]) {
    kernel.on(type, (request) => {
      const entry = request.decode(carrier)
      requests.push([type, entry])
      for (const { id = 0, size = 0 } of entry.things ?? []) {
        if (type === types.new) things.set(id, size)
        else things.delete(id)
      }
      kernel.notify(GROUP, messageBytes(carrier, { type }, entry))
      return answer.ack()
    })
  }
  const wanted = [
    { id: 2, size: 20 },
    { id: 3, size: 33 },
    { id: 4, size: 40 },
  ]
  const outcome = await reconcile(rules, wanted, { transports: kernel })
  assert.equal([outcome.added, outcome.replaced, outcome.removed, outcome.unchanged, outcome.failed], [1, 1, 1, 1, []])
  assert.equal(requests, [
    [types.new, { family: 0, things: [{ id: 3, size: 33 }] }],
    [types.new, { family: 0, things: [{ id: 4, size: 40 }] }],
    [types.delete, { family: 0, things: [{ id: 1 }] }],
  ])
})

carried.run()
