// timeout: 600
import { type Route, RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertSame, dumped, Fold, sorted, stable, turn } from '../support/fold.ts'
import { ip, ipBatch, makeNetns, play, until } from '../support/ip.ts'

const test = suite('route tables')

const content = (table: RouteTable): Route[] => [...table].map(stable)

/** What happened to routes, as `kind gateway`. */
function told(fold: Fold): string[] {
  return fold.batches
    .filter(({ cause }) => cause !== 'dump')
    .flatMap(({ changes }) => changes.map(({ kind, entry }) => `${kind} ${entry.gateway}`))
}

test('with a filter show exactly the part, through replacements by other protocols', async () => {
  const netns = 'protocols'
  await makeNetns(netns, 2)
  await play(netns, [
    'route add 1.0.0.0/24 via 10.0.0.2 proto bgp table 1000',
    'route append 1.0.0.0/24 via 10.0.0.3 proto static table 1000',
    'route add 1.0.1.0/24 via 10.0.0.4 proto bgp',
    'route add 2001:1::/64 via fd00::2 proto bgp table 1000',
  ])
  const filter = { table: 1000, protocol: 186 }
  await using table = await RouteTable.open({ netns, ...filter })
  const fold = new Fold(table)
  const check = async (gateways: readonly string[]): Promise<void> => {
    await table.waitForSync()
    await turn()
    const expected = await dumped(table, filter)
    assertSame(content(table), expected, 'table and dump')
    assertSame([...fold.entries.values()].map(stable), expected, 'fold and dump')
    assert.is(table.size, expected.length)
    assert.equal(
      table.list({ dst: '1.0.0.0/24', table: 1000 }).map(({ gateway }) => gateway),
      gateways,
    )
    assert.is(table.get({ dst: '1.0.0.0/24', table: 1000 })?.gateway, gateways[0])
  }
  await check(['10.0.0.2'])
  ip(`-n ${netns} route replace 1.0.0.0/24 via 10.0.0.5 proto static table 1000`)
  await check([])
  ip(`-n ${netns} route replace 1.0.0.0/24 via 10.0.0.6 proto bgp table 1000`)
  await check(['10.0.0.6'])
  ip(`-n ${netns} route append 1.0.0.0/24 via 10.0.0.7 proto bgp table 1000`)
  await check(['10.0.0.6', '10.0.0.7'])
  ip(`-n ${netns} route prepend 1.0.0.0/24 via 10.0.0.8 proto bgp table 1000`)
  await check(['10.0.0.8', '10.0.0.6', '10.0.0.7'])
  ip(`-n ${netns} route replace 1.0.1.0/24 via 10.0.0.9 proto bgp`)
  ip(`-n ${netns} route del 1.0.0.0/24 proto static table 1000`)
  ip(`-n ${netns} -6 route replace 2001:1::/64 via fd00::3 proto static table 1000`)
  await check(['10.0.0.8', '10.0.0.6', '10.0.0.7'])
  assert.equal(told(fold), [
    'removed 10.0.0.2',
    'added 10.0.0.6',
    'added 10.0.0.7',
    'added 10.0.0.8',
    'removed fd00::2',
  ])
  ip(`-n ${netns} link set v0 down`)
  await check([])
})

test('of one family or table hold that and no more', async () => {
  const netns = 'parts'
  await makeNetns(netns, 2)
  await play(netns, ['route add 1.0.0.0/24 via 10.0.0.2 table 1000', 'route add 2001:1::/64 via fd00::2 table 1000'])
  for (const filter of [{ family: 2 }, { family: 10 }, { table: 1000 }, { table: 255 }, { table: 1000, family: 10 }]) {
    await using table = await RouteTable.open({ netns, ...filter })
    assertSame(content(table), await dumped(table, filter), JSON.stringify(filter))
    await play(netns, [
      'route add 1.0.9.0/24 via 10.0.0.2 table 1000',
      'route add 2001:9::/64 via fd00::2 table 1000',
      'route add 1.0.9.0/24 via 10.0.0.2',
      'addr add 10.9.0.1/24 dev v0',
    ])
    await table.waitForSync()
    assertSame(content(table), await dumped(table, filter), JSON.stringify(filter))
    await play(netns, [
      'route del 1.0.9.0/24 table 1000',
      'route del 2001:9::/64 table 1000',
      'route del 1.0.9.0/24',
      'addr del 10.9.0.1/24 dev v0',
    ])
  }
})

test('of a table that does not exist are empty until it does', async () => {
  const netns = 'missing'
  await makeNetns(netns, 1)
  await using table = await RouteTable.open({ netns, table: 4_000_000_000 })
  assert.equal(content(table), [])
  await play(netns, ['link set v0 mtu 1400', 'addr add fd00::9/64 dev v0 nodad', 'addr del fd00::9/64 dev v0'])
  await table.resync()
  assert.equal(content(table), [])
  ip(`-n ${netns} route add 1.0.0.0/24 via 10.0.0.2 table 4000000000`)
  ip(`-n ${netns} route add 2001:1::/64 via fd00::2 table 4000000000`)
  await table.waitForSync()
  assert.equal(
    content(table).map(({ dst }) => dst),
    ['1.0.0.0/24', '2001:1::/64'],
  )
  ip(`-n ${netns} link set v0 down`)
  await table.waitForSync()
  assert.equal(content(table), [])
})

test('find routes by prefix, table, metric, tos and source', async () => {
  const netns = 'keys'
  await makeNetns(netns, 1)
  await play(netns, [
    'route add default via 10.0.0.2',
    'route add default via 10.0.0.3 metric 9',
    'route add default via fd00::2',
    'route add default via fd00::3 metric 9',
    'route add 1.0.0.0/24 via 10.0.0.4 tos 8',
    'route add 1.0.0.0/24 via 10.0.0.5 table 1000',
    'route append 1.0.0.0/24 via 10.0.0.6 table 1000',
    'route add 2001:1::/64 from 2001:99::/64 via fd00::4',
  ])
  await using table = await RouteTable.open({ netns })
  const gateways = (key: Parameters<RouteTable['list']>[0]): unknown[] => table.list(key).map(({ gateway }) => gateway)
  assert.equal(gateways({ dst: '0.0.0.0/0' }), ['10.0.0.2'])
  assert.equal(gateways({ dst: '0.0.0.0/0', priority: 9 }), ['10.0.0.3'])
  assert.equal(gateways({ dst: '::/0' }), ['fd00::2'])
  assert.equal(gateways({ dst: '::/0', priority: 9 }), ['fd00::3'])
  assert.equal(gateways({ dst: '1.0.0.0/24' }), [])
  assert.equal(gateways({ dst: '1.0.0.0/24', tos: 8 }), ['10.0.0.4'])
  assert.equal(gateways({ dst: '1.0.0.0/24', table: 1000 }), ['10.0.0.5', '10.0.0.6'])
  assert.equal(gateways({ dst: '2001:1::/64' }), [])
  assert.equal(gateways({ dst: '2001:1::/64', src: '2001:99::/64' }), ['fd00::4'])
  assert.is(table.get({ dst: 'fd00::1/128', table: 255, priority: 0 })?.type, 2)
  assert.equal([table.get({ dst: '1.0.7.0/24' }), table.list({ dst: '1.0.7.0/24' })], [undefined, []])
})

test('with many routes read only those of a link that comes and goes', async () => {
  const netns = 'many'
  await makeNetns(netns, 2)
  const many = 8_000
  const prefix = (number: number): string => `20.${number >> 8}.${number & 255}.0/24`
  ipBatch(
    netns,
    Array.from({ length: many }, (_, number) => `route add ${prefix(number)} via 10.0.0.2`),
  )
  ipBatch(
    netns,
    Array.from({ length: 10 }, (_, number) => `route add 21.0.${number}.0/24 via 10.0.1.2`),
  )
  // The addresses of IPv6 would be told of, and make all of its routes be read.
  await using table = await RouteTable.open({ netns, family: 2 })
  assert.ok(table.size > many)
  const { counters } = table.notifier.connection
  const before = { ...counters }
  const { relists: readings } = table
  const fold = new Fold(table)
  await until(() => fold.batches.some(({ event }) => event === 'synced'), 'the content is told')
  ip(`-n ${netns} link set v1 down`)
  await table.waitForSync()
  assert.ok(table.relists > readings)
  const received = counters.receivedMessages - before.receivedMessages
  assert.ok(received < 200, `${received} messages`)
  assert.ok(counters.receivedBytes - before.receivedBytes < 100_000)
  await turn()
  const inferred = fold.batches.flatMap(({ cause, changes }) => (cause === 'inferred' ? changes : []))
  const gone = inferred.flatMap(({ kind, entry }) => (kind === 'removed' ? [entry] : []))
  const expected = [...Array.from({ length: 10 }, (_, number) => `21.0.${number}.0/24`), '10.0.1.0/24', '10.0.1.255/32']
  assert.equal(sorted(gone.map(({ dst }) => dst)), sorted(expected))
  ip(`-n ${netns} link set v1 up`)
  await table.waitForSync()
  assert.ok(counters.receivedMessages - before.receivedMessages < 400)
  assertSame(content(table), await dumped(table, { family: 2 }), 'table and dump')
  // The other one takes nearly all away, of which nobody tells: they are what is read no more.
  const settled = { ...counters }
  ip(`-n ${netns} link set v0 down`)
  await table.waitForSync()
  assert.ok(counters.receivedMessages - settled.receivedMessages < 200)
  assertSame(content(table), await dumped(table, { family: 2 }), 'table and dump')
  assert.ok(table.size < 100)
})

test.run()
