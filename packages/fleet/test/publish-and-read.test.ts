// wants: nats-server

import { setTimeout as delay } from 'node:timers/promises'
import { Fleet, NodeNameTakenError, NoStreamError, Publisher } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const stream = { maxBytes: 64 * 1024 * 1024 }
const fleet = 'f'
const reading = suite('publishing and reading')
let server: TestServer

async function refused(call: () => Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await call()
  } catch (error) {
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable()
}

reading.before(async () => {
  server = await TestServer.start()
})
reading.after(() => server[Symbol.asyncDispose]())

reading('a fleet that does not exist is refused, with what to do', async () => {
  try {
    await Fleet.open({ servers: server.url, fleet: 'none' })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, NoStreamError)
    assert.match((error as Error).message, /fleet none: the server has no stream RTNL_none: start a publisher/)
  }
})

reading('options that do not fit are refused with field and value', async () => {
  const servers = server.url
  await refused(() => Fleet.open({ servers, fleet: 'a b' }), /^fleet: "a b" is not 1 to 64 letters/)
  await refused(() => Fleet.open({ servers: 'http://x', fleet }), /^servers: "http:\/\/x" does not begin with nats:/)
  await refused(() => Fleet.open({ servers: ['ws://x', 'nats://x'], fleet }), /^servers: .* are not URLs of one kind/)
  await refused(() => Publisher.open({ servers, fleet, node: '' }), /^node: "" is not/)
  await refused(() => Publisher.open({ servers, fleet, node: 'n', interval: 1 }), /^interval: 1 is not 100 to/)
  await refused(
    () => Publisher.open({ servers, fleet, node: 'n', stream: { maxBytes: 0 } }),
    /^stream.maxBytes: 0 is no number/,
  )
})

reading('a table arrives whole, and each change with its cause, over both kinds of connections', async () => {
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  await using publisher = await Publisher.open({
    ...{ servers: server.url, fleet, node: 'one', stream, interval: 200 },
    about: { host: 'h1' },
  })
  publisher.publish('', items.table)
  using byTcp = await Fleet.open({ servers: server.url, fleet })
  const readers = [byTcp]
  if ('WebSocket' in globalThis) readers.push(await Fleet.open({ servers: server.webSocket, fleet }))
  else await refused(() => Fleet.open({ servers: server.webSocket, fleet }), /^servers: this runtime has no WebSocket/)
  for (const [at, reader] of readers.entries()) {
    const table = reader.table('item')
    const entry = { node: 'one', netns: '', name: 'a', value: at + 1 }
    await becomes(() => [...table], [entry])
    await becomes(() => [reader.nodes.get({ node: 'one' })?.state, table.state], ['live', 'live'])
    assert.equal(reader.nodes.get({ node: 'one' })?.about, { host: 'h1' })
    assert.ok((reader.nodes.get({ node: 'one' })?.age ?? -1) >= 0)
    assert.equal(table.get({ node: 'one', key: 'a' }), entry)
    const changes = table.changes({ initial: false })
    const next = changes.next()
    items.set({ name: 'a', value: at + 2 })
    const batch = (await next).value
    assert.is(batch?.cause, 'notification')
    assert.equal(
      batch?.changes.map(({ kind, key }) => [kind, key]),
      [['changed', 'one "" a']],
    )
    await changes.return()
    reader.close()
  }
})

reading('changes that follow each other closely go in few messages, and all arrive', async () => {
  const items = new Items()
  await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'close', stream })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  items.set({ name: 'c', value: 0 })
  const value = (): unknown => reader.table('item').get({ node: 'close', key: 'c' })?.value
  await becomes(value, 0)
  const before = await server.bytes(fleet)
  for (let count = 1; count <= 300; count++) {
    items.set({ name: 'c', value: count })
    await delay(2)
  }
  await becomes(value, 300)
  const bytes = (await server.bytes(fleet)) - before
  assert.ok(bytes > 0 && bytes < 300 * 150, `${bytes} bytes for 300 changes`)
})

reading('namespaces come and go, and names may hold any character', async () => {
  await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'n.2', stream, interval: 200 })
  using reader = await Fleet.open({ servers: server.url, fleet })
  const table = reader.table('item')
  const [blue, odd] = [new Items(), new Items()]
  blue.set({ name: 'b', value: 1 })
  odd.set({ name: 'o', value: 2 })
  const own = (): unknown[] => [...table].filter(({ node }) => node === 'n.2').map(({ netns, value }) => [netns, value])
  publisher.publish('blue', blue.table)
  publisher.publish('a b.*>=ü', odd.table)
  await becomes(() => own().length, 2)
  assert.throws(() => publisher.publish('blue', blue.table), /item of the namespace "blue" is published already/)
  await publisher.unpublish('blue', 'item')
  await becomes(own, [['a b.*>=ü', 2]])
  // Who closes a table takes it away.
  odd.table.close()
  await becomes(own, [])
  const again = new Items()
  again.set({ name: 'b', value: 3 })
  publisher.publish('blue', again.table)
  await becomes(own, [['blue', 3]])
})

reading('what one namespace of a node has is read and observed alone, also what comes later', async () => {
  const options = { servers: server.url, fleet: 'parts', stream, interval: 200 }
  await using publisher = await Publisher.open({ ...options, node: 'one' })
  await using other = await Publisher.open({ ...options, node: 'other' })
  using reader = await Fleet.open({ servers: server.url, fleet: 'parts' })
  const place = { node: 'one', netns: 'blue' }
  const part = reader.nodeTable<{ readonly value: number }>('item', place)
  assert.equal([[...part], part.size, part.state, part.get('a')], [[], 0, 'stale', undefined])
  assert.is(reader.table('item').state, 'live', 'to ask for what is not there makes nothing')
  const seen: string[] = []
  const ignore = part.observe(({ kind, entry }, cause) => {
    assert.equal([entry.node, entry.netns], ['one', 'blue'])
    seen.push(`${kind} ${entry.value} ${cause}`)
  })
  const [blue, own, foreign] = [new Items(), new Items(), new Items()]
  blue.set({ name: 'a', value: 1 })
  own.set({ name: 'a', value: 2 })
  foreign.set({ name: 'a', value: 3 })
  other.publish('blue', foreign.table)
  publisher.publish('', own.table)
  publisher.publish('blue', blue.table)
  await becomes(() => [part.size, part.state], [1, 'live'])
  await becomes(() => reader.table('item').size, 3)
  const entry = { ...place, name: 'a', value: 1 }
  assert.equal([[...part], part.get('a')], [[entry], entry])
  foreign.set({ name: 'a', value: 4 })
  blue.set({ name: 'a', value: 5 })
  await becomes(() => seen, ['added 1 dump', 'changed 5 notification'])
  await publisher.unpublish('blue', 'item')
  await becomes(() => [part.size, part.state, seen.at(-1)], [0, 'stale', 'removed 5 resync'])
  ignore()
  const again = new Items()
  again.set({ name: 'b', value: 6 })
  publisher.publish('blue', again.table)
  await becomes(() => [...part].map(({ value }) => value), [6])
  assert.is(seen.length, 3)
  assert.throws(() => reader.nodeTable('item', { node: 'a b' }), /^node: "a b" is not/)
  reader.close()
  assert.is(part.state, 'closed')
})

reading('a second publisher of a node is refused with who holds it; the first goes on', async () => {
  const options = { servers: server.url, fleet, stream, interval: 200 }
  await using first = await Publisher.open({ ...options, node: 'same', about: { host: 'h1' } })
  try {
    await Publisher.open({ ...options, node: 'same', about: { host: 'h2' } })
    assert.unreachable()
  } catch (error) {
    assert.instance(error, NodeNameTakenError)
    assert.match((error as Error).message, /node name same of fleet f is held by another publisher \(host h1\)/)
  }
  assert.is(first.problem, undefined)
})

reading('one that takes over ends the other, whose late words do not count', async () => {
  const options = { servers: server.url, fleet, node: 'over', stream, interval: 200 }
  const [old, next] = [new Items(), new Items()]
  old.set({ name: 'a', value: 1 })
  next.set({ name: 'a', value: 2 })
  await using first = await Publisher.open(options)
  first.publish('', old.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  const own = (): unknown[] => [...reader.table('item')].flatMap(({ node, value }) => (node === 'over' ? [value] : []))
  await becomes(own, [1])
  await using second = await Publisher.open({ ...options, isDead: () => true })
  second.publish('', next.table)
  old.set({ name: 'a', value: 3 })
  old.set({ name: 'b', value: 3 })
  assert.instance(await first.closed, NodeNameTakenError)
  await becomes(own, [2])
  next.set({ name: 'a', value: 4 })
  await becomes(own, [4])
})

reading('a node that ends is gone, one that is killed grows stale, and both are taken again', async () => {
  const options = { servers: server.url, fleet, node: 'state', stream, interval: 200 }
  using reader = await Fleet.open({ servers: server.url, fleet })
  const state = (): unknown => reader.nodes.get({ node: 'state' })?.state
  const publisher = await Publisher.open(options)
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  publisher.publish('', items.table)
  await becomes(state, 'live')
  await becomes(() => reader.isLive('state', '', 'item'), true)
  await publisher.end()
  await becomes(state, 'gone')
  assert.is(reader.isLive('state', '', 'item'), false)
  // It is known what it held when it ended.
  assert.ok(reader.table('item').get({ node: 'state', key: 'a' }))
  const again = await Publisher.open(options)
  again.publish('', items.table)
  await becomes(state, 'live')
  again.close()
  await becomes(state, 'stale')
  using late = await Fleet.open({ servers: server.url, fleet })
  assert.is(late.nodes.get({ node: 'state' })?.state, 'stale')
  await using third = await Publisher.open(options)
  third.publish('', items.table)
  await becomes(state, 'live')
  await becomes(() => late.nodes.get({ node: 'state' })?.state, 'live')
})

reading('a fleet opened with some tables reads only these', async () => {
  await using publisher = await Publisher.open({ servers: server.url, fleet: 'some', node: 'n', stream, interval: 200 })
  const [one, two] = [new Items('one'), new Items('two')]
  for (const items of [one, two]) {
    items.set({ name: 'a', value: 1 })
    publisher.publish('', items.table)
  }
  using reader = await Fleet.open({ servers: server.url, fleet: 'some', tables: ['two'] })
  await becomes(() => reader.table('two').size, 1)
  assert.equal(reader.tables, ['two'])
  assert.throws(() => reader.table('one'), /"one" is not among the tables/)
})

reading('a signal ends waiting, and closes later', async () => {
  const opening = new AbortController()
  const waits = Publisher.open({ servers: 'nats://127.0.0.1:1', fleet, node: 'n', signal: opening.signal })
  const reason = new Error('enough')
  opening.abort(reason)
  await waits.then(
    () => assert.unreachable(),
    (error) => assert.is(error, reason),
  )
  const later = new AbortController()
  const reader = await Fleet.open({ servers: server.url, fleet, signal: later.signal })
  const next = reader.table('item').changes({ initial: false }).next()
  later.abort(reason)
  await next.then(
    () => assert.unreachable(),
    (error) => assert.is(error, reason),
  )
  assert.is(reader.table('item').state, 'closed')
})

reading.run()
