// timeout: 120
// runtimes: node
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BenchNamespace, type WriterOptions } from '../../src/bench-namespace.ts'
import { fillNexthops } from '../../src/nexthop-set.ts'
import { runContestant } from '../../src/node-process.ts'
import { compilePrograms } from '../../src/programs.ts'
import { scattered } from '../../src/route-set.ts'
import { fillForwarding, fillNeighbors } from '../../src/tables.ts'

interface IpRoute {
  dst: string
  gateway?: string
  protocol: string
  table?: string
}

const programs = await compilePrograms()
const namespace = await BenchNamespace.make('programs', programs)

function ipRoutes(words: string): IpRoute[] {
  return JSON.parse(execFileSync('ip', ['-n', namespace.name, '-N', '-j', ...words.split(' ')], { encoding: 'utf8' }))
}

const written = (table: number): string[] =>
  ipRoutes(`route show table ${table}`)
    .filter(({ dst }) => dst.startsWith('10.'))
    .map(({ dst, gateway, protocol }) => `${dst} via ${gateway} proto ${protocol}`)

const suffix = { 24: '/24', 32: '' } as const

/** What the writer was asked for, by `ip`'s words. */
function wanted(numbers: readonly number[], length: 24 | 32, protocol: number): string[] {
  return numbers.map((number) => {
    const [high, low] = [number >> 8, number & 0xff]
    const dst = length === 32 ? `10.0.${high}.${low}` : `10.${high}.${low}.0`
    return `${dst}${suffix[length]} via 198.18.1.${number % 64} proto ${protocol}`
  })
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const contestants = suite('contestants in C')

for (const length of [32, 24] as const) {
  for (const [ack, order] of [
    ['all', 'scattered'],
    ['last', 'ascending'],
    ['all', 'descending'],
  ] as const) {
    contestants(`the writer adds, replaces and deletes /${length}, ack for ${ack}, ${order}`, async () => {
      // More than two packs, the last one not full.
      const options: WriterOptions = { count: 300, length, ack, order, pack: 128, table: 77 }
      const { operations, seconds } = await namespace.write(['add'], options)
      assert.is(operations, 300)
      assert.ok(seconds > 0)
      assert.equal(written(77), wanted(upTo(300), length, 4))
      await namespace.write(['replace:5'], options)
      assert.equal(written(77), wanted(upTo(300), length, 5))
      await namespace.write(['delete'], options)
      assert.equal(written(77), [])
    })
  }
}

contestants('the writer takes routes evenly from among others, with the protocol asked for', async () => {
  await namespace.write(['add'], { count: 4, among: 1000, protocol: 99 })
  assert.equal(written(254), wanted([0, 250, 500, 750], 32, 99))
  await namespace.write(['delete'], { count: 4, among: 1000 })
})

contestants('ip adds and deletes the routes of the writer', async () => {
  const options = { count: 300, table: 79, protocol: 84 }
  const set = namespace.routeSet(options)
  const { seconds = 0, sent } = await namespace.ipBatch('add', set)
  assert.ok(seconds > 0)
  assert.is(sent, 300)
  assert.equal(written(79), wanted(upTo(300), 32, 84))
  // The gateway and the interface must be the same, or it is refused.
  await namespace.write(['delete'], options)
  await namespace.write(['add'], options)
  await namespace.ipBatch('delete', set)
  assert.equal(written(79), [])
  let error: unknown
  await namespace.ipBatch('delete', set).catch((reason: unknown) => {
    error = reason
  })
  assert.match(String(error), /No such process/)
})

contestants('our requests add and delete the routes of the writer', async () => {
  const options = { count: 300, table: 79, protocol: 84 }
  const set = namespace.routeSet(options)
  await runContestant('requests', { set, action: 'add' })
  assert.equal(written(79), wanted(upTo(300), 32, 84))
  await namespace.write(['delete'], options)
  await namespace.write(['add'], options)
  await runContestant('requests', { set, action: 'delete' })
  assert.equal(written(79), [])
})

contestants('every so many routes that are wanted lead by the next gateway, and single ones', async () => {
  const options = { count: 300, table: 79, protocol: 84 }
  const set = namespace.routeSet(options)
  await runContestant('reconcile', { set, turnedEvery: 100 })
  const turned = wanted(upTo(300), 32, 84)
  for (const number of [0, 100, 200]) {
    turned[number] = turned[number]!.replace(/198\.18\.1\.\d+/, `198.18.1.${(number + 1) % 64}`)
  }
  assert.equal(written(79), turned)
  await runContestant('reconcile', { set, empty: true })
  assert.equal(written(79), [])
})

contestants('every number comes once in scattered order', () => {
  for (const count of [1, 2, 3, 100, 300, 4096]) {
    const numbers = [...scattered(count)]
    assert.equal(
      numbers.sort((a, b) => a - b),
      upTo(count),
    )
  }
})

contestants('the writer counts what the kernel refuses, and names the first refusal', async () => {
  const options: WriterOptions = { count: 200, table: 78 }
  await namespace.write(['add'], options)
  for (const ack of ['all', 'last'] as const) {
    let error: unknown
    await namespace.write(['add'], { ...options, count: 300, ack }).catch((reason: unknown) => {
      error = reason
    })
    assert.match(String(error), /200 of 300 failed: first refusal: File exists/)
    await namespace.write(['delete'], { ...options, count: 300 })
    await namespace.write(['add'], options)
  }
  await namespace.write(['delete'], options)
})

contestants('the writer names a wrong argument', async () => {
  let error: unknown
  await namespace.write(['add'], { count: 10, pack: 129 }).catch((reason: unknown) => {
    error = reason
  })
  assert.match(String(error), /--pack: "129" is not a whole number in 1\.\.128/)
})

contestants('the drain counts the routes that ip shows', async () => {
  await namespace.write(['add'], { count: 2000 })
  const { messages, bytes = 0, seconds = 0, peakBytes = 0 } = await namespace.drain('inet')
  assert.is(messages, ipRoutes('route show table all').filter(({ dst }) => !dst.includes(':')).length)
  assert.ok(bytes > 2000 * 48)
  assert.ok(seconds > 0)
  assert.ok(peakBytes > 100_000)
  const { messages: ipv6 } = await namespace.drain('inet6')
  assert.is(ipv6, ipRoutes('-6 route show table all').length)
  await namespace.write(['delete'], { count: 2000 })
})

contestants('the drain counts the nexthops, neighbours and forwarding entries that ip and bridge show', async () => {
  const { name: netns, ifindex } = namespace
  await fillNexthops(namespace, { netns, ifindex, count: 40, groups: 4, protocol: 84 })
  await fillNeighbors(namespace, 30)
  await fillForwarding(namespace, 20)
  const show = (program: string, words: string): Record<string, unknown>[] =>
    JSON.parse(execFileSync(program, ['-n', netns, '-j', ...words.split(' ')], { encoding: 'utf8' }))
  const nexthops = show('ip', 'nexthop show')
  assert.is(nexthops.filter(({ group }) => group === undefined).length, 40)
  const members = nexthops.flatMap(({ group }) => (group === undefined ? [] : [group as { id: number }[]]))
  assert.equal(
    members.map((group) => group.map(({ id }) => id)),
    [0, 10, 20, 30].map((first) => upTo(10).map((place) => first + place + 1)),
  )
  assert.is((await namespace.drain('nexthop')).messages, 44)
  assert.is(show('ip', 'neigh show nud permanent').length, 30)
  assert.is((await namespace.drain('neigh')).messages, show('ip', 'neigh show nud all').length)
  assert.is(show('bridge', 'fdb show dev vx0').filter(({ dst }) => dst !== undefined).length, 20)
  assert.is((await namespace.drain('fdb')).messages, show('bridge', 'fdb show').length)
})

contestants.run()
