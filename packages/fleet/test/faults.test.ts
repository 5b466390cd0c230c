// wants: nats-server
// runtimes: node
// timeout: 600
import { setTimeout as delay } from 'node:timers/promises'
import { Dice } from '@rtnl/compliance'
import { Fleet, Publisher, type PublisherOptions } from '@rtnl/fleet'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CuttingProxy } from './support/cutting-proxy.ts'
import { differences } from './support/differences.ts'
import { becomes } from './support/eventually.ts'
import { Items } from './support/items.ts'
import { TestServer } from './support/nats-server.ts'

const stream = { maxBytes: 256 * 1024 * 1024 }
const fleet = 'f'
const interval = 200
/** Seconds that a client, a server and their pauses may take to find each other again on a machine that is busy. */
const patience = 60

/** The content of a table of a fleet, for comparison. */
function contentOf(reader: Fleet): Map<string, unknown> {
  return new Map([...reader.table('item')].map((item) => [`${item.node} ${item.netns} ${item.name}`, item]))
}

/** Folds what a table of a fleet delivers, until it is closed. */
function fold(reader: Fleet): Map<string, unknown> {
  const folded = new Map<string, unknown>()
  const follow = async (): Promise<void> => {
    for await (const { changes } of reader.table('item').changes()) {
      for (const { kind, entry } of changes) {
        const name = `${entry.node} ${entry.netns} ${entry.name}`
        if (kind === 'removed') folded.delete(name)
        else folded.set(name, entry)
      }
    }
  }
  void follow()
  return folded
}

/** Waits until two maps are the same. */
async function equals(
  actual: () => ReadonlyMap<string, unknown>,
  expected: ReadonlyMap<string, unknown>,
): Promise<void> {
  await becomes(() => differences(actual(), expected), [], patience)
}

function union(nodes: readonly { name: string; items: Items }[]): Map<string, unknown> {
  return new Map(nodes.flatMap(({ name, items }) => [...items.as(name)]))
}

const faults = suite('faults')

for (const seed of [1, 2]) {
  faults(`tables and folds equal what the nodes have, whatever was killed, cut and wiped: seed ${seed}`, async () => {
    const random = new Dice(seed)
    await using server = await TestServer.start()
    using proxy = await CuttingProxy.start(server.port)
    const options = (node: string): PublisherOptions => ({
      ...{ servers: proxy.url, fleet, node, stream, interval },
      isDead: () => true,
    })
    const nodes = await Promise.all(
      ['n1', 'n2', 'n3'].map(async (name) => {
        const items = new Items()
        for (let at = 0; at < 300; at++) items.set({ name: `i${at}`, value: 0 })
        const publisher = await Publisher.open(options(name))
        publisher.publish('', items.table)
        return { name, items, publisher }
      }),
    )
    const readers: { reader: Fleet; folded: Map<string, unknown> }[] = []
    const join = async (): Promise<void> => {
      const reader = await Fleet.open({ servers: proxy.url, fleet }).catch(() => undefined)
      if (reader !== undefined) readers.push({ reader, folded: fold(reader) })
    }
    const change = (): void => {
      const { items } = random.pick(...nodes)
      const name = `i${random.below(400)}`
      if (random.below(4) === 0) items.delete(name)
      else items.set({ name, value: random.below(1_000_000), words: ['x'.repeat(random.below(50))] })
    }
    const acts: (() => Promise<void>)[] = [
      async () => proxy.cut(),
      join,
      async () => {
        await server.kill()
        if (random.below(3) === 0) server.wipe()
        await delay(random.below(300))
        for (let at = 0; at < 50; at++) change()
        await server.restart()
      },
      async () => {
        const node = random.pick(...nodes)
        node.publisher.close()
        for (let at = 0; at < 50; at++) change()
        node.publisher = await Publisher.open(options(node.name))
        node.publisher.publish('', node.items.table)
      },
    ]
    await join()
    for (let step = 0; step < 14; step++) {
      for (let at = 0; at < 100; at++) {
        change()
        if (random.below(10) === 0) await delay(1)
      }
      if (random.below(2) === 0) await random.pick(...acts)()
      await delay(random.below(100))
    }
    await join()
    assert.ok(readers.length >= 2)
    for (const { reader, folded } of readers) {
      await equals(() => contentOf(reader), union(nodes))
      await equals(() => folded, union(nodes))
      await becomes(
        () => [...reader.nodes].map(({ node, state }) => [node, state]).sort(),
        [
          ['n1', 'live'],
          ['n2', 'live'],
          ['n3', 'live'],
        ],
      )
      assert.equal(
        { ...reader.refused, foreign: 0, gap: 0 },
        { subject: 0, version: 0, header: 0, payload: 0, foreign: 0, gap: 0 },
      )
      reader.close()
    }
    for (const { publisher } of nodes) publisher.close()
  })
}

faults(
  'a server that is wiped behind an idle publisher is filled again, and readers keep the rows meanwhile',
  async () => {
    await using server = await TestServer.start()
    const items = new Items()
    items.set({ name: 'a', value: 1 })
    await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'n', stream, interval })
    publisher.publish('', items.table)
    using reader = await Fleet.open({ servers: server.url, fleet })
    await becomes(() => reader.table('item').size, 1)
    let removed = 0
    reader.table('item').observe(({ kind }) => {
      if (kind === 'removed') removed++
    })
    await server.kill()
    server.wipe()
    items.set({ name: 'b', value: 2 })
    await server.restart()
    await equals(() => contentOf(reader), items.as('n'))
    using late = await Fleet.open({ servers: server.url, fleet })
    await equals(() => contentOf(late), items.as('n'))
    assert.is(removed, 0)
  },
)

faults('what a server has lost for good is removed, and its node is gone', async () => {
  await using server = await TestServer.start()
  const items = new Items()
  items.set({ name: 'a', value: 1 })
  await using stays = await Publisher.open({ servers: server.url, fleet, node: 'stays', stream, interval })
  stays.publish('', items.table)
  const goes = await Publisher.open({ servers: server.url, fleet, node: 'goes', stream, interval })
  goes.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  await becomes(() => reader.table('item').size, 2)
  goes.close()
  await server.kill()
  server.wipe()
  await server.restart()
  await equals(() => contentOf(reader), items.as('stays'))
  await becomes(
    () => [...reader.nodes].map(({ node, state }) => [node, state]).sort(),
    [
      ['goes', 'gone'],
      ['stays', 'live'],
    ],
  )
})

faults('a reader that joins while a snapshot is on its way, and a large table in parts', async () => {
  await using server = await TestServer.start()
  const items = new Items()
  for (let at = 0; at < 4_000; at++) items.set({ name: `item ${at}`, value: at, words: ['some', 'words'] })
  await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'n', stream, interval })
  publisher.publish('', items.table)
  const readers = await Promise.all(
    [0, 20, 50].map(async (pause) => {
      await delay(pause)
      return await Fleet.open({ servers: server.url, fleet })
    }),
  )
  for (const reader of readers) {
    // All or nothing.
    await becomes(() => [0, 4_000].includes(reader.table('item').size), true)
    await becomes(() => reader.table('item').size, 4_000)
    assert.equal(differences(contentOf(reader), items.as('n')), [])
    reader.close()
  }
})

faults('many changes are replaced by a snapshot: the stream stays small', async () => {
  await using server = await TestServer.start()
  const items = new Items()
  const random = new Dice(3)
  const words = (): string[] => Array.from({ length: 20 }, () => String(random.below(1_000_000_000)))
  for (let at = 0; at < 1000; at++) items.set({ name: `i${at}`, value: 0, words: words() })
  await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'n', stream, interval })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  for (let round = 1; round <= 16; round++) {
    for (let at = 0; at < 1000; at++) items.set({ name: `i${at}`, value: round, words: words() })
    await becomes(() => reader.table('item').get({ node: 'n', key: 'i999' })?.value, round, patience)
  }
  assert.equal(differences(contentOf(reader), items.as('n')), [])
  assert.ok(publisher.snapshots > 1 && publisher.snapshots < 16, `${publisher.snapshots} snapshots`)
  const bytes = await server.bytes(fleet)
  assert.ok(bytes < 1_000_000, `${bytes} bytes in the stream`)
})

faults('a full server refuses, is said, and loses nothing: as soon as there is room all is there', async () => {
  await using server = await TestServer.start()
  const random = new Dice(4)
  const large = (): readonly string[] => Array.from({ length: 200 }, () => String(random.below(1_000_000_000)))
  await using publisher = await Publisher.open({
    ...{ servers: server.url, fleet, node: 'n', interval },
    stream: { maxBytes: 100_000 },
  })
  using reader = await Fleet.open({ servers: server.url, fleet })
  const [items, more] = [new Items(), new Items()]
  for (let at = 0; at < 20; at++) items.set({ name: `i${at}`, value: at, words: large() })
  publisher.publish('', items.table)
  await equals(() => contentOf(reader), items.as('n'))
  for (let at = 0; at < 200; at++) more.set({ name: `i${at}`, value: at, words: large() })
  publisher.publish('more', more.table)
  await becomes(() => publisher.problem?.message ?? '', 'maximum bytes exceeded')
  // What is there goes on, with what room there is.
  assert.equal(differences(contentOf(reader), items.as('n')), [])
  await server.setMaxBytes(fleet, 10_000_000)
  await equals(() => contentOf(reader), new Map([...items.as('n'), ...more.as('n', 'more')]))
  await becomes(() => publisher.problem, undefined)
})

faults('changes are taken back when they fill the server: a snapshot has room where they have none', async () => {
  await using server = await TestServer.start()
  const random = new Dice(5)
  const large = (): readonly string[] => Array.from({ length: 200 }, () => String(random.below(1_000_000_000)))
  await using publisher = await Publisher.open({
    ...{ servers: server.url, fleet, node: 'n', interval },
    stream: { maxBytes: 100_000 },
  })
  const items = new Items()
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  for (let round = 1; round <= 10; round++) {
    for (let at = 0; at < 20; at++) items.set({ name: `i${at}`, value: round, words: large() })
    await equals(() => contentOf(reader), items.as('n'))
  }
})

faults('a reader whose changes nobody takes is bounded, and gives the table in the end', async () => {
  await using server = await TestServer.start()
  const items = new Items()
  await using publisher = await Publisher.open({ servers: server.url, fleet, node: 'n', stream, interval })
  publisher.publish('', items.table)
  using reader = await Fleet.open({ servers: server.url, fleet })
  const stalled = reader.table('item').changes()
  const folded = new Map<string, unknown>()
  const take = async (): Promise<void> => {
    const { changes = [] } = (await stalled.next()).value ?? {}
    for (const { kind, key, entry } of changes) {
      if (kind === 'removed') folded.delete(key)
      else folded.set(key, entry)
    }
  }
  await take()
  for (let round = 0; round < 100; round++) {
    for (let at = 0; at < 1000; at++) items.set({ name: `i${at}`, value: round })
    await delay(1)
  }
  await becomes(() => reader.table('item').get({ node: 'n', key: 'i999' })?.value, 99)
  items.set({ name: 'last', value: 1 })
  while (!folded.has('n "" last')) await take()
  assert.equal(
    differences(folded, new Map([...reader.table('item')].map((entry) => [`n "" ${entry.name}`, entry]))),
    [],
  )
})

faults.run()
