import { type ChangeBatch, type LiveTable, openTable, type TableDefinition } from '@rtnl/live-table'
import {
  attribute,
  DecodeError,
  header,
  type Infer,
  littleEndian,
  type MessageCursor,
  message,
  messageHeaderLength,
  nested,
  repeated,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { answer, FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../tools/compliance/src/tries.ts'
import { turns, until } from '../../notifier/test/things.ts'

/** Messages that hold any number of things of one owner, each with its id or a range of ids. */
const carrierMessage = message('carrier', {
  header: { family: header(u8) },
  attributes: {
    owner: attribute(1, u32),
    things: repeated(2, nested('thing', { id: attribute(1, u32), last: attribute(2, u32), port: attribute(3, u32) })),
    note: attribute(3, u32),
  },
})
type Carrier = Infer<typeof carrierMessage>
type Part = NonNullable<Carrier['things']>[number]

/** One of them, as it stands in a table. */
const thingMessage = message('thing', {
  header: { family: header(u8) },
  attributes: { id: attribute(1, u32), port: attribute(2, u32), owner: attribute(3, u32) },
})
type Thing = Infer<typeof thingMessage>

const type = { new: 60, delete: 61, get: 62 }
const GROUP = 12

function* entriesOf({ view, body, end }: MessageCursor): Generator<Thing, void, undefined> {
  const { owner = 0, things = [] } = carrierMessage.decode(view, body, end)
  for (const { id = 0, last = id, port = 0 } of things) {
    if (last < id || last > 1000)
      throw new DecodeError('thing', 'last', body, `${last} does not end what begins at ${id}`)
    for (let each = id; each <= last; each++) yield { family: 0, owner, id: each, port }
  }
}

const definition: TableDefinition<Thing> = {
  name: 'thing',
  message: thingMessage,
  types: type,
  groups: [GROUP],
  key: ['owner', 'id'],
  keyText: ({ owner, id }) => `${owner}.${id}`,
  entries: entriesOf,
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
}

/** The changes of a table, folded by key. */
class Following {
  readonly lines: string[] = []
  readonly entries = new Map<string, Thing>()

  constructor(live: LiveTable<Thing>) {
    this.#follow(live.changes())
  }

  async #follow(batches: AsyncIterable<ChangeBatch<Thing>>): Promise<void> {
    for await (const { event, cause, reason, changes } of batches) {
      const what = changes.map(({ kind, key }) => `${kind} ${key}`).join(', ')
      this.lines.push(event === 'change' ? `${cause} ${what}` : `${event} ${reason ?? ''}`.trim())
      for (const { kind, key, entry } of changes) {
        assert.is(this.entries.has(key), kind !== 'added', `${kind} ${key}`)
        if (kind === 'removed') this.entries.delete(key)
        else this.entries.set(key, entry)
      }
    }
  }
}

interface Place {
  readonly kernel: FakeKernel
  readonly live: LiveTable<Thing>
  readonly follower: Following
  /** What the dump shows. */
  shown: readonly Partial<Carrier>[]
  notify(kind: 'new' | 'delete', owner: number, ...things: readonly Part[]): void
}

async function withThings(shown: readonly Partial<Carrier>[], run: (place: Place) => Promise<void>): Promise<void> {
  const kernel = new FakeKernel()
  const place = { shown }
  kernel.on(type.get, () => answer.dump(carrierMessage, type.new, place.shown))
  const live = await openTable(definition, { transports: kernel })
  const follower = new Following(live)
  await turns()
  try {
    await run(
      Object.assign(place, {
        kernel,
        live,
        follower,
        notify: (kind: 'new' | 'delete', owner: number, ...things: readonly Part[]) =>
          kernel.notify(GROUP, messageBytes(carrierMessage, { type: type[kind] }, { owner, things })),
      }),
    )
    await turns()
    assert.equal(sorted(follower.entries.values()), sorted(live))
  } finally {
    live.close()
  }
  assert.equal(kernel.sockets(), [])
}

function sorted(entries: Iterable<Thing>): string[] {
  return Array.from(entries, ({ owner, id, port }) => `${owner}.${id}:${port}`).sort()
}

const tables = suite('messages that hold several entries')

tables('a dump with messages of none, one, many, and ranges', () =>
  withThings(
    [
      { owner: 1 },
      { note: 5 },
      { owner: 2, things: [{ id: 7, port: 1 }] },
      {
        owner: 3,
        things: [
          { id: 1, last: 3 },
          { id: 9, port: 2 },
        ],
      },
    ],
    async ({ live, follower }) => {
      assert.equal(sorted(live), ['2.7:1', '3.1:0', '3.2:0', '3.3:0', '3.9:2'])
      assert.equal(follower.lines, ['dump added 2.7, added 3.1, added 3.2, added 3.3, added 3.9', 'synced'])
      assert.equal(live.get({ owner: 3, id: 2 }), { family: 0, owner: 3, id: 2, port: 0 })
    },
  ),
)

tables('a notification of many: every entry is a change of its own, and those that stay as they are are none', () =>
  withThings([{ owner: 1, things: [{ id: 1, last: 4 }] }], async ({ live, follower, notify }) => {
    follower.lines.length = 0
    notify('new', 1, { id: 3, last: 6 }, { id: 1, port: 5 })
    notify('new', 1)
    notify('delete', 1, { id: 2 }, { id: 4, last: 5 })
    await live.waitForSync()
    await turns()
    assert.equal(sorted(live), ['1.1:5', '1.3:0', '1.6:0'])
    assert.equal(follower.lines, [
      'notification added 1.5, added 1.6, changed 1.1, removed 1.2, removed 1.4, removed 1.5',
    ])
    assert.is(live.relists, 1)
  }),
)

tables('a malformed notification is told, and the table is read again', () =>
  withThings([{ owner: 1, things: [{ id: 1 }] }], async (place) => {
    const { kernel, live, follower, notify } = place
    follower.lines.length = 0
    place.shown = [{ owner: 1, things: [{ id: 1, last: 3, port: 4 }] }]
    // A range that is upside down, behind an entry that can be read.
    notify('new', 1, { id: 2 }, { id: 9, last: 3 })
    await live.waitForSync()
    assert.equal(sorted(live), ['1.1:4', '1.2:4', '1.3:4'])
    assert.is(live.notifier.connection.monitor.counters.malformed, 1)
    // An attribute of the second entry is cut short.
    const bytes = messageBytes(carrierMessage, { type: type.new }, { things: [{ id: 5 }, { id: 6 }] })
    new DataView(bytes.buffer).setUint16(messageHeaderLength + 4 + 12 + 4, 200, littleEndian)
    kernel.notify(GROUP, bytes)
    await live.waitForSync()
    assert.is(live.notifier.connection.monitor.counters.malformed, 2)
    assert.equal(sorted(live), ['1.1:4', '1.2:4', '1.3:4'])
    await turns()
    assert.is(follower.lines.filter((line) => line === 'resync malformed').length, 2)
  }),
)

tables('a malformed message of a dump is told, and the others are taken', () =>
  withThings(
    [
      { owner: 1, things: [{ id: 1 }, { id: 9, last: 3 }, { id: 2 }] },
      { owner: 2, things: [{ id: 2 }] },
    ],
    async ({ live }) => {
      assert.equal(sorted(live), ['1.1:0', '2.2:0'])
      assert.is(live.notifier.connection.monitor.counters.malformed, 1)
    },
  ),
)

tables('a notification during a reading wins over the dump, entry by entry', () =>
  withThings([{ owner: 1, things: [{ id: 1, last: 5 }] }], async (place) => {
    const { kernel, live, follower, notify } = place
    follower.lines.length = 0
    place.shown = [{ owner: 1, things: [{ id: 1, last: 4, port: 9 }] }]
    kernel.hold('dump')
    const read = live.resync()
    await until(() => live.state === 'stale', 'stale')
    await turns()
    notify('new', 1, { id: 2, port: 3 }, { id: 7 })
    notify('delete', 1, { id: 3, last: 4 })
    await turns()
    kernel.resume('dump')
    await read
    assert.equal(sorted(live), ['1.1:9', '1.2:3', '1.7:0'])
  }),
)

tables('whatever messages say of ids, alone and in ranges: changes folded, the table, and a dump are the same', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          kind: fc.constantFrom('new', 'delete', 'silent'),
          owner: fc.integer({ min: 1, max: 2 }),
          parts: fc.array(
            fc.record({
              id: fc.integer({ min: 0, max: 12 }),
              more: fc.integer({ min: 0, max: 4 }),
              port: fc.integer({ min: 0, max: 2 }),
            }),
            { maxLength: 3 },
          ),
        }),
        { maxLength: 20 },
      ),
      async (steps) => {
        const model = new Map<string, { owner: number; id: number; port: number }>()
        await withThings([], async (place) => {
          const { live, notify } = place
          for (const { kind, owner, parts } of steps) {
            for (const { id: first, more, port } of parts) {
              for (let id = first; id <= first + more; id++) {
                if (kind === 'delete') model.delete(`${owner}.${id}`)
                else model.set(`${owner}.${id}`, { owner, id, port })
              }
            }
            place.shown = [...model.values()].map(({ owner, ...thing }) => ({ owner, things: [thing] }))
            if (kind === 'silent') await live.resync()
            else
              notify(
                kind as 'new' | 'delete',
                owner,
                ...parts.map(({ id, more, port }) => ({ id, port, ...(more > 0 ? { last: id + more } : {}) })),
              )
          }
          await live.waitForSync()
          const expected = [...model.values()].map(({ owner, id, port }) => `${owner}.${id}:${port}`).sort()
          assert.equal(sorted(live), expected)
          await live.resync()
          assert.equal(sorted(live), expected)
        })
      },
    ),
    { numRuns: tries(60, 2) },
  ),
)

tables('a key that names a list cannot be one of several entries of a message', async () => {
  const lists = { apply: () => [], relative: () => false }
  const opened = await openTable({ ...definition, lists }, { transports: new FakeKernel() }).catch(String)
  assert.is(opened, 'TypeError: definition of thing: entries and lists cannot be given together')
  const { entries, ...whole } = { ...definition, lists, amended: () => undefined }
  const amended = await openTable(whole, { transports: new FakeKernel() }).catch(String)
  assert.is(amended, 'TypeError: definition of thing: amended and lists cannot be given together')
})

tables.run()
