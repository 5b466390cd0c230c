import { Connection, NetlinkError } from '@rtnl/netlink-core'
import {
  dumpRoutes,
  lookupRoute,
  type Route,
  type RouteDumpFilter,
  RouteFlag,
  type RouteLookup,
  RouteType,
} from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertSame } from '../support/fold.ts'
import { ifindexOf, ipJson, makeNetns, play, set } from '../support/ip.ts'
import { asWeShow, type Shown, shownRoutes } from '../support/shown.ts'

const commands = suite('reading routes')

const netns = 'commands'
let connection: Connection
let v0 = 0
let v1 = 0

commands.before(async () => {
  await makeNetns(netns, 2)
  await play(netns, [
    'nexthop add id 1 via 10.0.0.3 dev v0',
    'nexthop add id 6 via fd00::3 dev v0',
    'nexthop add id 11 group 1',
    'route add 1.0.0.0/24 via 10.0.0.2',
    'route add 1.0.1.0/24 nexthop via 10.0.0.2 nexthop via 10.0.1.2',
    'route add 1.0.2.0/24 nhid 1',
    'route add 1.0.3.0/24 nhid 11',
    'route add blackhole 1.0.4.0/24',
    'route add unreachable 1.0.5.0/24',
    'route add prohibit 1.0.6.0/24',
    'route add 1.0.0.0/8 via 10.0.1.77 table 1000 proto bgp',
    'route add 2001:1::/64 via fd00::2',
    'route add 2001:2::/64 nexthop via fd00::2 nexthop via fd00:1::2',
    'route add 2001:3::/64 nhid 6',
    'route add blackhole 2001:4::/64',
    'route add unreachable 2001:5::/64',
    'route add prohibit 2001:6::/64 proto bgp',
    'route add 2001:7::/64 via fd00::2 table 1000 proto bgp',
    'rule add fwmark 7 lookup 1000',
    'rule add iif v1 lookup 1000',
  ])
  connection = await Connection.open({ netns })
  v0 = ifindexOf(netns, 'v0')
  v1 = ifindexOf(netns, 'v1')
})

commands.after(() => connection.close())

async function read(filter: RouteDumpFilter): Promise<Route[]> {
  const routes: Route[] = []
  for await (const batch of dumpRoutes(connection, filter)) {
    assert.ok(batch.length > 0)
    routes.push(...batch)
  }
  return routes
}

/** What a filter leaves of what `ip` shows; its own filters are no measure, since it leaves out what it is asked by. */
const filters: readonly (readonly [RouteDumpFilter, (route: Shown) => boolean])[] = [
  [{}, () => true],
  [{ table: 254 }, ({ table }) => table === '254'],
  [{ table: 1000 }, ({ table }) => table === '1000'],
  [{ table: 1000, protocol: 186 }, ({ table, protocol }) => table === '1000' && protocol === '186'],
  [{ protocol: 186 }, ({ protocol }) => protocol === '186'],
  [{ protocol: 2 }, ({ protocol }) => protocol === '2'],
  [{ type: RouteType.BLACKHOLE }, ({ type }) => type === '6'],
  [{ type: RouteType.LOCAL, table: 255 }, ({ type, table }) => type === '2' && table === '255'],
]
for (const [filter, wanted] of filters) {
  commands(`a dump shows what ip shows: ${JSON.stringify(filter)}`, async () => {
    for (const [option, family] of [
      ['-4', 2],
      ['-6', 10],
    ] as const) {
      const shown = ipJson<Shown>(netns, `-d -N ${option} route show table all`).filter(wanted)
      assertSame(shownRoutes(netns, await read({ ...filter, family })), shown.map(asWeShow), option)
    }
    const both = [...(await read({ ...filter, family: 2 })), ...(await read({ ...filter, family: 10 }))]
    assert.ok(both.length > 0)
    assert.equal(await read(filter), both)
  })
}

commands('a dump by interface has the routes by nexthop objects of it, and by one hop of several', async () => {
  const has = async (oif: number): Promise<(string | undefined)[]> => (await read({ oif })).map(({ dst }) => dst)
  const byV0 = await has(v0)
  for (const dst of ['1.0.1.0/24', '1.0.2.0/24', '1.0.3.0/24', '2001:2::/64', '2001:3::/64'])
    assert.ok(byV0.includes(dst))
  const byV1 = await has(v1)
  assert.ok(byV1.includes('1.0.1.0/24') && byV1.includes('2001:2::/64'))
  assert.not.ok(byV1.includes('1.0.2.0/24') || byV1.includes('2001:3::/64'))
})

commands('a table that does not exist is empty, a protocol of 0 is one like others', async () => {
  assert.equal(await read({ table: 4711 }), [])
  assert.equal(await read({ table: 4711, family: 2 }), [])
  assert.equal(await read({ table: 4711, family: 10 }), [])
  assert.equal(await read({ protocol: 0 }), [])
  assert.equal(await read({ type: 0 }), [])
})

commands('an interface that does not exist is refused by the kernel', async () => {
  const error = await rejection(read({ oif: 999_999 }))
  assert.instance(error, NetlinkError)
  assert.is((error as NetlinkError).code, 'ENODEV')
})

commands('a filter that names what there cannot be is refused before anything is sent', async () => {
  const sent = connection.counters.sentBytes
  for (const [filter, problem] of [
    [{ family: 7 }, 'family: 7 is not 2 (IPv4), 10 (IPv6) or 28 (MPLS)'],
    [{ table: 0 }, 'table: 0 is not a whole number in 1..4294967295'],
    [{ table: 2 ** 32 }, 'table: 4294967296 is not a whole number in 1..4294967295'],
    [{ protocol: 256 }, 'protocol: 256 is not a whole number in 0..255'],
    [{ oif: -1 }, 'oif: -1 is not a whole number in 1..2147483647'],
    [{ type: 1.5 }, 'type: 1.5 is not a whole number in 0..255'],
  ] as const) {
    const error = await rejection(read(filter))
    assert.instance(error, RangeError)
    assert.is((error as Error).message, problem)
  }
  assert.is(connection.counters.sentBytes, sent)
})

commands('a lookup gives the route of the table that ip gives', async () => {
  for (const dst of [
    '1.0.0.1',
    '1.0.1.1',
    '1.0.2.1',
    '1.0.3.1',
    '10.0.0.1',
    '2001:1::1',
    '2001:2::1',
    '2001:3::1',
    'fd00::1',
    '::1',
  ]) {
    const route = await lookupRoute(connection, { dst })
    const [shown] = ipJson<Shown>(netns, `-d -N route get fibmatch ${dst}`)
    assertSame(shownRoutes(netns, [route!]), [asWeShow(shown!)], dst)
  }
})

commands('a lookup gives the entry that the table has', async () => {
  const all = await read({})
  for (const dst of ['1.0.0.1', '1.0.1.1', '1.0.2.1', '10.0.0.1', '2001:2::1', '2001:3::1', '::1']) {
    const route = await lookupRoute(connection, { dst })
    const inTable = all.filter((entry) => entry.dst === route?.dst && entry.table === route?.table)
    assert.equal(inTable.map(sorted), [sorted(route!)], dst)
  }
})

/** With its hops in an order of their own: of an IPv6 route the kernel tells the one first that the packet takes. */
function sorted(route: Route): Route {
  const { multipath } = route
  if (multipath === undefined) return route
  return { ...route, multipath: multipath.toSorted((a, b) => a.oif! - b.oif!) }
}

commands('a lookup follows the rules by mark and by interface', async () => {
  const dst = '1.0.0.1'
  const short = async (lookup: Partial<RouteLookup>): Promise<unknown[]> => {
    const route = await lookupRoute(connection, { dst, ...lookup })
    return [route?.table, route?.dst]
  }
  assert.equal(await short({}), [254, '1.0.0.0/24'])
  assert.equal(await short({ mark: 7 }), [1000, '1.0.0.0/8'])
  assert.equal(await short({ src: '10.0.0.1', oif: v0 }), [254, '1.0.0.0/24'])
  assert.equal(await short({ dst: '2001:7::1', src: 'fd00::1', oif: v0 }), [undefined, undefined])
  // A packet that comes in is for others.
  await play(netns, [set('net.ipv4.conf.all.forwarding', 1)])
  assert.equal(await short({ src: '10.0.1.9', iif: v1 }), [1000, '1.0.0.0/8'])
  const forwarded = await lookupRoute(connection, { dst: '2001:1::1', src: 'fd00:1::9', iif: v1, fibMatch: false })
  assert.equal([forwarded?.dst, forwarded?.src, forwarded?.iif], ['2001:1::1/128', 'fd00:1::9/128', v1])
})

commands('without the route of the table, a lookup gives what becomes of it for one packet', async () => {
  const single = await lookupRoute(connection, { dst: '1.0.0.1', fibMatch: false })
  assert.is((single!.flags & RouteFlag.CLONED) !== 0, true)
  assert.equal([single?.dst, single?.gateway, single?.oif, single?.prefsrc], ['1.0.0.1/32', '10.0.0.2', v0, '10.0.0.1'])
  const chosen = await lookupRoute(connection, { dst: '1.0.1.1', fibMatch: false })
  assert.is(chosen?.multipath, undefined)
  assert.ok(['10.0.0.2', '10.0.1.2'].includes(chosen?.gateway ?? ''))
  const byObject = await lookupRoute(connection, { dst: '1.0.3.1', fibMatch: false })
  assert.equal([byObject?.nhId, byObject?.gateway, byObject?.oif], [undefined, '10.0.0.3', v0])
  const six = await lookupRoute(connection, { dst: '2001:2::1', fibMatch: false })
  assert.is(six?.dst, '2001:2::1/128')
  assert.ok(['fd00::2', 'fd00:1::2'].includes(six?.gateway ?? ''))
})

commands('a lookup to where no route leads gives none', async () => {
  assert.is(await lookupRoute(connection, { dst: '9.9.9.9' }), undefined)
  assert.is(await lookupRoute(connection, { dst: '3fff::1' }), undefined)
})

commands('a lookup that a route refuses is refused', async () => {
  for (const [dst, code] of [
    ['1.0.4.1', 'EINVAL'],
    ['1.0.5.1', 'EHOSTUNREACH'],
    ['1.0.6.1', 'EACCES'],
    ['2001:4::1', 'EINVAL'],
    ['2001:5::1', 'EHOSTUNREACH'],
    ['2001:6::1', 'EACCES'],
  ] as const) {
    const error = await rejection(lookupRoute(connection, { dst }))
    assert.instance(error, NetlinkError)
    assert.is((error as NetlinkError).code, code, dst)
  }
  for (const lookup of [{ oif: 999_999 }, { iif: 999_999, src: '10.0.0.9' }]) {
    const error = await rejection(lookupRoute(connection, { dst: '1.0.0.1', ...lookup }))
    assert.is((error as NetlinkError).code, 'ENODEV')
  }
})

commands('a lookup of what cannot be is refused before anything is sent', async () => {
  const sent = connection.counters.sentBytes
  const dst = '1.0.0.1'
  for (const [lookup, problem] of [
    [{ dst: 'x' }, 'route.dst: "x" is not an IPv4 or IPv6 address'],
    [{ dst: '10.0.0.0/8' }, 'route.dst: "10.0.0.0/8" is not an IPv4 or IPv6 address'],
    [{ dst: undefined as unknown as string }, 'route.dst: undefined is not a text'],
    [{ dst, src: '1.0.0' }, 'route.src: "1.0.0" is not an IPv4 or IPv6 address'],
    [{ dst, src: '::1' }, 'route.src: ::1 is not of the family of 1.0.0.1'],
    [{ dst, oif: 0 }, 'route.oif: 0 is not a whole number in 1..2147483647'],
    [{ dst, iif: 2 ** 31 }, 'route.iif: 2147483648 is not a whole number in 1..2147483647'],
    [{ dst, mark: -1 }, 'route.mark: -1 is not a whole number in 0..4294967295'],
  ] as const) {
    const error = await rejection(lookupRoute(connection, lookup))
    assert.is((error as Error).message, problem)
    assert.ok(error instanceof TypeError || error instanceof RangeError)
  }
  assert.is(connection.counters.sentBytes, sent)
})

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.unreachable('nothing was thrown')
}

commands.run()
