import type { ChangeBatch } from '@rtnl/live-table'
import { findTable, InterfaceNames } from '@rtnl/tables'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventStream } from '../src/http/event-stream.ts'
import { ClientChanges, mostPending } from '../src/live/client-changes.ts'
import type { ViewTable } from '../src/source.ts'

const changes = suite('what a client is told of changes')

const module = findTable('nexthop')
const names = new InterfaceNames([[3, 'v0']])
const table: ViewTable = {
  module,
  // Nothing of the table itself is read here.
  table: undefined as never,
  words: (entry) => module.words(entry, names),
}
const other: ViewTable = { ...table, module: findTable('rule') }

const nexthop = (id: number, gateway: string) => ({ family: 2, scope: 0, protocol: 0, flags: 0, id, gateway, oif: 3 })

function batch(
  id: number,
  kind: 'added' | 'changed' | 'removed',
  gateway: string,
  old = '10.0.0.1',
): ChangeBatch<unknown> {
  const change = { kind, key: String(id), entry: nexthop(id, gateway), old: nexthop(id, old) }
  return { event: 'change', table: 'nexthop', cause: 'notification', changes: [change], entries: 1 }
}

changes('those of a row are one: what it was at first, and what it is', async () => {
  const client = new ClientChanges([table], 'nexthop')
  client.add(batch(1, 'changed', '10.0.0.2', '10.0.0.1'))
  client.add(batch(2, 'added', '10.0.0.9'))
  client.add(batch(1, 'changed', '10.0.0.3', '10.0.0.2'))
  const message = await client.next()
  assert.equal(message?.tables, { nexthop: 3 })
  assert.equal(
    message?.rows.map(({ key, kind, times, words, was }) => [key, kind, times, words[1], was?.[1]]),
    [
      ['2', 'added', 1, 'via 10.0.0.9', undefined],
      ['1', 'changed', 2, 'via 10.0.0.3', 'via 10.0.0.1'],
    ],
  )
})

changes('of other tables than the one it looks at it gets numbers', async () => {
  const client = new ClientChanges([table, other], 'rule')
  client.add(batch(1, 'added', '10.0.0.2'))
  assert.equal(await client.next(), { tables: { nexthop: 1 }, rows: [], left: 0 })
})

changes('a client that does not read costs no more than that, and each change is counted', async () => {
  const client = new ClientChanges([table], undefined)
  const many = 20_000
  for (let round = 0; round < 3; round++) {
    for (let id = 0; id < many; id++) client.add(batch(id, 'changed', `10.0.${id >> 8}.${id & 255}`))
  }
  assert.is(client.pending, mostPending)
  const message = await client.next()
  assert.equal(message?.tables, { nexthop: 3 * many })
  // The last ones are there.
  assert.equal(
    message?.rows.map(({ key }) => key),
    Array.from({ length: mostPending }, (_, place) => String(many - mostPending + place)),
  )
  const shown = message!.rows.reduce((sum, { times }) => sum + times, 0)
  assert.is(shown + message!.left, 3 * many)
  assert.is(client.pending, 0)
})

changes('nothing is made for a connection that does not take it', async () => {
  const client = new ClientChanges([table], undefined)
  let ended = 0
  const stream = eventStream(client, () => ended++)
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  const read = async (): Promise<string> => decoder.decode((await reader.read()).value)
  assert.match(await read(), /^retry: \d+\n: connected\n\n$/)
  for (let id = 0; id < 1000; id++) client.add(batch(id % 10, 'changed', '10.0.0.7'))
  await new Promise((resolve) => setTimeout(resolve, 200))
  assert.is(client.pending, 10)
  const text = await read()
  assert.match(text, /^event: changes\ndata: \{[^\n]*\}\n\n$/)
  assert.equal(JSON.parse(text.split('data: ')[1]!).tables, { nexthop: 1000 })
  await reader.cancel()
  assert.is(ended, 1)
})

changes('a stream that fails leaves its place', async () => {
  const broken: ViewTable = {
    ...table,
    words: () => {
      throw new Error('no words')
    },
  }
  const client = new ClientChanges([broken], undefined)
  let ended = 0
  const reader = eventStream(client, () => ended++).getReader()
  await reader.read()
  client.add(batch(1, 'added', '10.0.0.7'))
  const error = await reader.read().catch((reason) => reason)
  assert.is(error.message, 'no words')
  assert.is(ended, 1)
  assert.is(await client.next(), undefined)
})

changes.run()
