import { type ChangeBatch, type LiveTable, onMessage, openTable, type TableDefinition } from '@rtnl/live-table'
import { attribute, Errno, header, hidden, MessageFlag, message, string, u8, u16, u32 } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { turns, until } from '../../notifier/test/things.ts'
import { PathKernel, definition as pathDefinition, pathMessage, types as pathTypes, sorted } from './paths.ts'

const incomplete = suite('a table with an entry that is too large for a dump')

/** The kernel has so many bytes for the entries of a datagram of a dump. */
const room = 32_768

const parcelMessage = message('parcel', {
  header: { family: header(u8), filler: hidden(u8), port: header(u16) },
  attributes: { id: attribute(1, u32), text: attribute(2, string(60_000)) },
})
interface Parcel {
  readonly family: number
  readonly port: number
  readonly id?: number
  readonly text?: string
}
const group = 9
const BELL = 60

const definition: TableDefinition<Parcel> = {
  name: 'parcel',
  message: parcelMessage,
  types: { new: 40, delete: 41, get: 42 },
  groups: [group],
  key: ['id'],
  keyText: ({ id }) => String(id),
  partitions: [{ name: 'all', request: {} }],
  dumps: 'stable',
  triggers: [
    onMessage<Parcel>({
      reason: 'bell',
      groups: [group],
      types: [BELL],
      invalidates: () => [{ name: 'port 1', request: { port: 1 }, contains: ({ port }) => port === 1 }],
    }),
  ],
}

const parcel = (id: number, text = 'small', port = 1): Parcel => ({ family: 0, port, id, text })
const large = (id: number, port = 1): Parcel => parcel(id, 'x'.repeat(40_000), port)

/**
 * A kernel that dumps parcels in the order of their ids, up to the first one that is too large.
 * @param tells whether it says so
 */
function makeKernel(tells: (port: number) => boolean = () => true): { kernel: FakeKernel; table: FakeTable<Parcel> } {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, definition)
  kernel.on(definition.types.get, (request) => {
    const { port } = request.decode(parcelMessage)
    const wanted = [...table.entries.values()]
      .filter((entry) => port === 0 || entry.port === port)
      .sort((a, b) => (a.id ?? 0) - (b.id ?? 0))
    const end = wanted.findIndex(({ text = '' }) => text.length > room)
    const shown = end < 0 ? wanted : wanted.slice(0, end)
    const doneErrno = end >= 0 && tells(port) ? Errno.EMSGSIZE : 0
    return answer.dump(parcelMessage, definition.types.new, shown, { doneErrno })
  })
  return { kernel, table }
}

const ids = (table: Iterable<Parcel>): (number | undefined)[] =>
  [...table].map(({ id }) => id).sort((a = 0, b = 0) => a - b)

/** What is told of a table, a line each. */
function follow(table: LiveTable<Parcel>): string[] {
  const lines: string[] = []
  const line = ({ event, cause, changes, reason }: ChangeBatch<Parcel>): string =>
    event === 'change'
      ? `${cause} ${changes.map(({ kind, key }) => `${kind} ${key}`).join(', ')}`
      : `${event} ${reason}`
  void (async () => {
    for await (const batch of table.changes()) lines.push(line(batch))
  })()
  return lines
}

incomplete('opens with what the dump shows, says what is missing, and follows', async () => {
  const { kernel, table } = makeKernel()
  for (const entry of [parcel(1), parcel(2), large(5), parcel(7)]) table.putSilently(entry)
  await using live = await openTable(definition, { transports: kernel })
  assert.equal(live.incomplete, [{ part: 'all', behind: '2', tooLarge: [] }])
  const lines = follow(live)
  table.put(parcel(8))
  table.put(parcel(1, 'other'))
  await live.waitForSync()
  await turns()
  assert.is(live.state, 'live')
  assert.equal(ids(live), [1, 2, 8])
  assert.equal(lines, [
    'dump added 1, added 2',
    'synced undefined',
    'incomplete all behind 2 (an entry is too large for a dump)',
    'notification added 8, changed 1',
  ])
  assert.is(live.relists, 1)
})

incomplete('is told to all who share the table, also to one who opens it then', async () => {
  const { kernel, table } = makeKernel()
  table.putSilently(parcel(1))
  await using first = await openTable(definition, { transports: kernel })
  await using second = await openTable(definition, { notifier: first.notifier })
  const followers = [follow(first), follow(second)]
  await turns()
  table.putSilently(large(5))
  await first.resync()
  await turns()
  const told = 'incomplete all behind 1 (an entry is too large for a dump)'
  for (const lines of followers) {
    assert.equal(lines, ['dump added 1', 'synced undefined', told, 'resync requested'])
  }
  await using third = await openTable(definition, { notifier: first.notifier })
  assert.equal(third.incomplete, first.incomplete)
  const lines = follow(third)
  await turns()
  assert.equal(lines, ['dump added 1', 'synced undefined', told])
})

incomplete('keeps what it was told when it is read again, and names the entry that it knows', async () => {
  const { kernel, table } = makeKernel()
  for (const id of [1, 2, 7]) table.putSilently(parcel(id))
  await using live = await openTable(definition, { transports: kernel })
  const lines = follow(live)
  await turns()
  table.put(large(5))
  table.put(parcel(9))
  await live.waitForSync()
  table.putSilently(parcel(1, 'changed'))
  table.putSilently(parcel(3))
  table.deleteSilently('7')
  kernel.overrun()
  await live.waitForSync()
  await turns()
  assert.is(live.state, 'live')
  // Of 7, which is behind it, nobody knows whether it is still there.
  assert.equal(ids(live), [1, 2, 3, 5, 7, 9])
  assert.is(live.get({ id: 1 })?.text, 'changed')
  assert.equal(live.incomplete, [{ part: 'all', behind: '3', tooLarge: ['5'] }])
  assert.equal(lines.slice(-3), [
    'resync changed 1, added 3',
    'incomplete all behind 3 (5 is too large for a dump)',
    'resync overrun',
  ])
  const { relists: readings } = live
  await turns(100)
  assert.is(live.relists, readings)
})

for (const [what, change] of [
  ['goes', (table: FakeTable<Parcel>) => table.delete('5')],
  ['becomes small', (table: FakeTable<Parcel>) => table.put(parcel(5))],
] as const) {
  incomplete(`is read at once when the entry ${what}, and is certain again`, async () => {
    const { kernel, table } = makeKernel()
    for (const entry of [parcel(1), parcel(7)]) table.putSilently(entry)
    await using live = await openTable(definition, { transports: kernel })
    table.put(large(5))
    await live.resync()
    assert.is(live.incomplete.length, 1)
    table.deleteSilently('7')
    table.putSilently(parcel(8))
    change(table)
    await live.waitForSync()
    assert.equal(live.incomplete, [])
    assert.equal(ids(live), [...table.entries.keys()].map(Number).sort())
    assert.equal(ids(live).includes(7), false)
  })
}

incomplete('is certain again when an entry goes that it never knew', async () => {
  const { kernel, table } = makeKernel()
  for (const entry of [parcel(1), large(5), parcel(7)]) table.putSilently(entry)
  await using live = await openTable(definition, { transports: kernel })
  assert.equal(ids(live), [1])
  table.delete('5')
  await live.waitForSync()
  assert.equal(ids(live), [1, 7])
  assert.equal(live.incomplete, [])
})

incomplete('finds out by itself that an entry went in silence', async () => {
  const { kernel, table } = makeKernel()
  for (const entry of [parcel(1), large(5), parcel(7)]) table.putSilently(entry)
  await using live = await openTable(definition, { transports: kernel })
  const lines = follow(live)
  await turns()
  table.deleteSilently('5')
  await until(() => live.incomplete.length === 0, 'complete')
  assert.equal(ids(live), [1, 7])
  await until(() => lines.includes('resync too large'), 'told')
})

incomplete('is read by smaller parts, of which those without the entry are exact', async () => {
  const { kernel, table } = makeKernel()
  const port = (number: number) => ({
    name: `port ${number}`,
    request: { port: number },
    contains: (entry: Parcel) => entry.port === number,
  })
  const parted: TableDefinition<Parcel> = {
    ...definition,
    partitions: [{ name: 'all', request: {}, parts: () => [port(1), port(2), port(3)] }],
  }
  const entries = [parcel(1), large(5, 2), parcel(6, '', 2), parcel(7), parcel(8, '', 3), parcel(9, '', 3)]
  for (const entry of entries) table.putSilently(entry)
  await using live = await openTable(parted, { transports: kernel })
  assert.equal(ids(live), [1, 7, 8, 9])
  assert.equal(live.incomplete, [{ part: 'all', behind: '1', tooLarge: [] }])
  table.put(parcel(6, 'told', 2))
  table.deleteSilently('7')
  table.deleteSilently('9')
  table.putSilently(parcel(10, '', 3))
  await live.resync()
  assert.equal(ids(live), [1, 6, 8, 10])
})

incomplete('does not trust the dump of a part that ends early in silence, where it knows the entry', async () => {
  // The whole is told as too large, its parts are not.
  const { kernel, table } = makeKernel((port) => port === 0)
  await using live = await openTable(definition, { transports: kernel })
  for (const entry of [parcel(1), large(5), parcel(7)]) table.put(entry)
  await live.waitForSync()
  kernel.notify(group, messageBytes(parcelMessage, { type: BELL }, {}))
  await live.waitForSync()
  assert.equal(ids(live), [1, 5, 7])
  assert.equal(live.incomplete, [{ part: 'all', behind: '1', tooLarge: ['5'] }])
  table.deleteSilently('5')
  kernel.notify(group, messageBytes(parcelMessage, { type: BELL }, {}))
  await live.waitForSync()
  assert.equal(ids(live), [1, 7])
  assert.equal(live.incomplete, [])
})

incomplete(
  'reads a part that would end in silence as the whole table, where an entry is too large that it never knew',
  async () => {
    const { kernel, table } = makeKernel((port) => port === 0)
    const silent: TableDefinition<Parcel> = {
      ...definition,
      triggers: [
        onMessage<Parcel>({
          reason: 'bell',
          groups: [group],
          types: [BELL],
          invalidates: () => [
            { name: 'port 1', request: { port: 1 }, contains: ({ port }) => port === 1, endsSilently: true },
            { name: 'port 2', request: { port: 2 }, contains: ({ port }) => port === 2 },
          ],
        }),
      ],
    }
    for (const entry of [parcel(1), large(5)]) table.putSilently(entry)
    await using live = await openTable(silent, { transports: kernel })
    table.put(parcel(7))
    const bell = (): void => kernel.notify(group, messageBytes(parcelMessage, { type: BELL }, {}))
    bell()
    await live.waitForSync()
    assert.equal(ids(live), [1, 7])
    table.deleteSilently('5')
    table.deleteSilently('7')
    bell()
    await live.waitForSync()
    assert.equal(ids(live), [1])
    assert.equal(live.incomplete, [])
  },
)

incomplete('takes what a smaller part shows that would end in silence, and nothing away', async () => {
  const { kernel, table } = makeKernel((port) => port === 0)
  const parted: TableDefinition<Parcel> = {
    ...definition,
    partitions: [
      {
        name: 'all',
        request: {},
        parts: (rows) => [
          {
            name: 'port 2',
            request: { port: [...rows].length > 0 ? 2 : 3 },
            contains: ({ port }) => port === 2,
            endsSilently: true,
          },
        ],
      },
    ],
  }
  for (const entry of [parcel(1), large(5), parcel(6, '', 2), large(7, 2), parcel(8, '', 2)]) table.putSilently(entry)
  await using live = await openTable(parted, { transports: kernel })
  assert.equal(ids(live), [1, 6])
  table.put(parcel(8, 'told', 2))
  await live.resync()
  assert.equal(ids(live), [1, 6, 8])
  assert.equal(live.incomplete, [{ part: 'all', behind: '1', tooLarge: [] }])
})

incomplete('passes over what stands in front of a part in the answer', async () => {
  const { kernel, table } = makeKernel()
  const second: TableDefinition<Parcel> = {
    ...definition,
    partitions: [
      {
        name: 'port 2',
        request: {},
        skips: ({ view, body }) => view.getUint16(body + 2, true) < 2,
        contains: ({ port }) => port === 2,
      },
    ],
  }
  for (const entry of [parcel(1), parcel(2, '', 2)]) table.putSilently(entry)
  await using live = await openTable(second, { transports: kernel })
  assert.equal(ids(live), [2])
})

incomplete('leaves a list as it was in the middle of which the dump ended', async () => {
  const kernel = new PathKernel()
  for (const via of ['a', 'b', 'c']) kernel.add(1, via, 'append')
  for (const via of ['d', 'e']) kernel.add(2, via, 'append')
  await using table = await openTable(pathDefinition, { transports: kernel })
  kernel.on(pathTypes.get, () =>
    answer.dump(pathMessage, pathTypes.new, kernel.entries().slice(0, 4), { doneErrno: 90 }),
  )
  await using later = await openTable(pathDefinition, { transports: kernel })
  assert.equal(
    sorted(later),
    ['1 a', '1 b', '1 c', '2 d'],
    'what is shown of a list of which nothing is known is there',
  )
  const { CREATE, APPEND } = MessageFlag
  kernel.on(pathTypes.get, () =>
    answer.dump(pathMessage, pathTypes.new, kernel.entries().slice(0, 3), { doneErrno: 90 }),
  )
  kernel.lists.set(1, ['a', 'c'])
  kernel.lists.set(2, ['x', 'd', 'e'])
  await table.resync()
  assert.equal(table.incomplete, [{ part: 'all', behind: '2', tooLarge: [] }])
  assert.equal(sorted(table), ['1 a', '1 c', '2 d', '2 e'])
  kernel.notify(
    7,
    messageBytes(pathMessage, { type: pathTypes.new, flags: CREATE | APPEND }, { family: 2, prefix: 2, via: 'f' }),
  )
  await table.waitForSync()
  assert.equal(sorted(table), ['1 a', '1 c', '2 d', '2 e', '2 f'])
})

incomplete.run()
