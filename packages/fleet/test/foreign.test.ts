// wants: nats-server
// runtimes: node
import { headers as makeHeaders } from '@nats-io/nats-core'
import { connect } from '@nats-io/transport-node'
import { Fleet, Publisher } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLease, encodeLog, type Packet } from '../src/protocol/messages.ts'
import { CuttingProxy } from './support/cutting-proxy.ts'
import { differences } from './support/differences.ts'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const stream = { maxBytes: 64 * 1024 * 1024 }
const foreign = suite('what is not believed, clocks that differ, and readers that stall')
let server: TestServer

foreign.before(async () => {
  server = await TestServer.start()
})
foreign.after(() => server[Symbol.asyncDispose]())

const contentOf = (reader: Fleet): Map<string, unknown> =>
  new Map([...reader.table('item')].map((item) => [`${item.node} ${item.netns} ${item.name}`, item]))

foreign('messages of other versions, cut short, damaged and foreign are counted, and change nothing', async () => {
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'f', node: 'n', stream, interval: 200 })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet: 'f' })
  await becomes(() => contentOf(reader), items.as('n'))
  const position = { epoch: 'e', generation: 1, index: 0 }
  const lease = encodeLease(position, { interval: 1000, ended: false, about: {}, tables: [] })
  const change = '{"event":"change","cause":"dump","changes":[["a",{"name":"a","value":666}]]}'
  const log = encodeLog(position, false, change)
  const changed = (packet: Packet, more: Record<string, string>): Packet => ({
    payload: packet.payload,
    headers: { ...packet.headers, ...more },
  })
  const cut = (packet: Packet): Packet => ({ headers: packet.headers, payload: packet.payload.subarray(0, 10) })
  const connection = await connect({ servers: server.url })
  const send = (subject: string, { headers, payload }: Packet): void => {
    const named = makeHeaders()
    for (const [name, value] of Object.entries(headers)) named.set(name, value)
    connection.publish(subject, payload, { headers: named })
  }
  const own = 'rtnl.f.n.table.=.item.0'
  for (const [subject, packet] of [
    ['rtnl.f.x.lease', changed(lease, { 'Rtnl-Version': '2' })],
    ['rtnl.f.x.lease', { headers: {}, payload: new Uint8Array() }],
    [own, changed(log, { 'Rtnl-Version': '2' })],
    ['rtnl.f.x.lease', changed(lease, { 'Rtnl-Epoch': 'a b' })],
    // A log under the subject of a lease.
    ['rtnl.f.x.lease', log],
    [own, cut(log)],
    // A log that says that it is a lease.
    ['rtnl.f.x.table.=.item.0', changed(log, { 'Rtnl-Kind': 'lease' })],
    ['rtnl.f.nobody', lease],
    ['rtnl.f.n.table.=.item.2', log],
    // The next message of the log, of another start.
    [own, changed(log, { 'Rtnl-Index': '7' })],
  ] as const)
    send(subject, packet)
  await connection.flush()
  await reader.waitForSync()
  const { gap, ...refused } = reader.refused
  assert.equal(refused, { subject: 2, version: 3, header: 2, payload: 2, foreign: 0 })
  assert.ok(gap >= 1)
  assert.equal(contentOf(reader), items.as('n'))
  assert.equal(
    [...reader.nodes].map(({ node }) => node),
    ['n'],
  )
  // The publisher finds foreign messages in its log, and begins a new one.
  items.set({ name: 'b', value: 2 })
  await becomes(() => contentOf(reader), items.as('n'))
  using late = await Fleet.open({ servers: server.url, fleet: 'f' })
  await becomes(() => contentOf(late), items.as('n'))
  await connection.close()
})

foreign('an hour between the clocks of a reader and the server changes no state and no age', async () => {
  const { now } = Date
  const open = { servers: server.url, fleet: 'clock' }
  const killed = await Publisher.open({ ...open, node: 'killed', stream, interval: 200 })
  await using _lives = await Publisher.open({ ...open, node: 'lives', stream, interval: 200 })
  killed.close()
  using witness = await Fleet.open(open)
  await becomes(() => witness.nodes.get({ node: 'killed' })?.state, 'stale')
  for (const skew of [3_600_000, -3_600_000]) {
    Date.now = () => now() + skew
    try {
      using reader = await Fleet.open(open)
      const [stale, live] = ['killed', 'lives'].map((node) => reader.nodes.get({ node }))
      assert.equal([stale?.state, live?.state], ['stale', 'live'])
      for (const node of [stale, live]) assert.ok((node?.age ?? -1) >= 0 && (node?.age ?? 0) < 600_000, `${node?.age}`)
    } finally {
      Date.now = now
    }
  }
})

foreign('a reader to whom nothing gets through for a time has everything in the end', async () => {
  using proxy = await CuttingProxy.start(server.port)
  const items = new Items()
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'slow', node: 'n', stream, interval: 200 })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: proxy.url, fleet: 'slow' })
  items.set({ name: 'a', value: 0 })
  await becomes(() => contentOf(reader), items.as('n'))
  proxy.stall()
  for (let round = 0; round < 300; round++) {
    items.set({ name: 'a', value: round })
    items.set({ name: `i${round}`, value: round })
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // Three leases have not come.
  await becomes(() => reader.nodes.get({ node: 'n' })?.state, 'stale')
  assert.is(reader.table('item').state, 'stale')
  proxy.goOn()
  await becomes(() => differences(contentOf(reader), items.as('n')), [])
  await becomes(() => reader.nodes.get({ node: 'n' })?.state, 'live')
})

foreign.run()
