import { linkDefinition } from '@rtnl/link'
import { Connection, MessageFlag, MulticastGroup } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { nexthopDefinition } from '@rtnl/nexthop'
import {
  defineRoutes,
  dumpRoutes,
  type Route,
  RouteFlag,
  type RouteKey,
  RouteMessage,
  RouteTable,
  routeMessage,
} from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('routes of a kernel that does not filter')

const base = { tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, table: 254 } as const
const main: Route = { ...base, family: 2, dst: '1.0.0.0/24', gateway: '10.0.0.2', oif: 3 }
const six: Route = { ...base, family: 10, dst: '2001:1::/64', priority: 1024, gateway: 'fd00::2', oif: 3, pref: 0 }
const bgp: Route = { ...main, dst: '1.0.1.0/24', protocol: 186, table: 1000 }
const blackhole: Route = { ...base, family: 2, dst: '1.0.2.0/24', type: 6 }
const hops: Route = {
  ...base,
  family: 2,
  dst: '1.0.3.0/24',
  multipath: [
    { flags: 0, oif: 3, weight: 1, gateway: '10.0.0.2' },
    { flags: 0, oif: 4, weight: 1, gateway: '10.0.1.2' },
  ],
}
const byObject: Route = { ...base, family: 2, dst: '1.0.4.0/24', nhId: 1 }
const exception: Route = { ...main, dst: '1.0.0.7/32', flags: RouteFlag.CLONED }
/** An entry of multicast routing (`RTNL_FAMILY_IPMR`). */
const multicast: Route = { ...base, family: 128, dst: '224.0.0.1/32' }
const all = [main, bgp, blackhole, hops, byObject, exception, multicast, six]

/** Answers every dump with all that a family has, and more; one of all families with one after the other. */
function makeKernel(): FakeKernel {
  const kernel = new FakeKernel()
  kernel.on(RouteMessage.GET, (request) => {
    const { family } = request.decode(routeMessage)
    const routes = all
      .filter((route) => family === 0 || route.family === family || (family === 2 && route === multicast))
      .sort((a, b) => a.family - b.family)
    return answer.dump(routeMessage, RouteMessage.NEW, routes)
  })
  new FakeTable(kernel, linkDefinition)
  new FakeTable(kernel, nexthopDefinition)
  return kernel
}

for (const [filter, expected] of [
  [{ family: 2 }, [main, bgp, blackhole, hops, byObject]],
  [{ family: 10 }, [six]],
  [{}, [main, bgp, blackhole, hops, byObject, six]],
  [{ table: 254, family: 2 }, [main, blackhole, hops, byObject]],
  [{ protocol: 186 }, [bgp]],
  [{ type: 6 }, [blackhole]],
  [{ oif: 4 }, [hops, byObject]],
  [{ oif: 3, table: 254 }, [main, hops, byObject, six]],
  [{ table: 77 }, []],
] as const) {
  test(`a dump has what was asked for: ${JSON.stringify(filter)}`, async () => {
    await using connection = await Connection.open({ transports: makeKernel() })
    const routes: Route[] = []
    for await (const batch of dumpRoutes(connection, filter)) routes.push(...batch)
    assert.equal(routes, expected)
  })
}

for (const [filter, expected] of [
  [{}, [main, bgp, blackhole, hops, byObject, six]],
  [{ family: 10 }, [six]],
  [{ table: 1000 }, [bgp]],
  [{ table: 254, family: 2 }, [main, blackhole, hops, byObject]],
] as const) {
  test(`a live table has what was asked for: ${JSON.stringify(filter)}`, async () => {
    const kernel = makeKernel()
    await using table = await RouteTable.open({ transports: kernel, ...filter })
    assert.equal([...table], expected)
    const flags = MessageFlag.CREATE | MessageFlag.EXCL
    for (const route of [
      { ...bgp, dst: '1.0.9.0/24' },
      { ...main, dst: '1.0.9.0/24' },
      { ...six, dst: '2001:9::/64' },
      { ...exception, dst: '1.0.9.9/32' },
      { ...multicast, dst: '224.0.0.9/32' },
    ]) {
      const group = route.family === 10 ? MulticastGroup.IPV6_ROUTE : MulticastGroup.IPV4_ROUTE
      kernel.notify(group, messageBytes(routeMessage, { type: RouteMessage.NEW, flags }, route))
    }
    await table.waitForSync()
    const isWanted = ({ family, table: id }: Route): boolean =>
      !('family' in filter && filter.family !== family) && !('table' in filter && filter.table !== id)
    const added = [
      { ...bgp, dst: '1.0.9.0/24' },
      { ...main, dst: '1.0.9.0/24' },
      { ...six, dst: '2001:9::/64' },
    ]
    assert.equal([...table], [...expected, ...added.filter(isWanted)])
  })
}

test('a message that is cut short is told, and what it may have said is read', async () => {
  const kernel = makeKernel()
  await using table = await RouteTable.open({ transports: kernel })
  const { relists: readings } = table
  for (const size of [1, 11]) {
    const whole = messageBytes(routeMessage, { type: RouteMessage.NEW }, main)
    const cut = whole.slice(0, 16 + size)
    new DataView(cut.buffer).setUint32(0, cut.length, true)
    kernel.notify(MulticastGroup.IPV4_ROUTE, cut)
  }
  await table.waitForSync()
  assert.ok(table.relists > readings)
  assert.ok(table.notifier.connection.counters.malformed >= 2)
  assert.is(table.size, 6)
})

test('a configuration that is cut short is told, and breaks nothing', async () => {
  const kernel = makeKernel()
  await using table = await RouteTable.open({ transports: kernel })
  const RTM_NEWNETCONF = 80
  // `struct netconfmsg`, and an attribute longer than the message.
  const bytes = Uint8Array.from([24, 0, 0, 0, RTM_NEWNETCONF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 99, 0, 6, 0])
  kernel.notify(MulticastGroup.IPV4_NETCONF, bytes)
  await table.waitForSync()
  assert.is(table.notifier.connection.counters.malformed, 1)
  assert.is(table.size, 6)
})

test('keys are prefixes, in the main table and with the usual metric unless told', async () => {
  await using table = await RouteTable.open({ transports: makeKernel() })
  assert.equal(table.get({ dst: '1.0.0.0/24' }), main)
  assert.equal(table.get({ dst: '1.0.0.0/24', table: 254 }), main)
  assert.is(table.get({ dst: '1.0.1.0/24' }), undefined)
  assert.equal(table.get({ dst: '1.0.1.0/24', table: 1000 }), bgp)
  assert.equal(table.get({ dst: '2001:1::/64' }), six)
  assert.equal(table.get({ dst: '2001:1::/64', priority: 1024 }), six)
  assert.equal(table.get({ dst: '2001:0001:0::/64', priority: 0 }), undefined)
  assert.is(table.get({ dst: '1.0.0.0/24', priority: 7 }), undefined)
  assert.is(table.get({ dst: '1.0.0.0/24', tos: 8 }), undefined)
  assert.is(table.get({ dst: '2001:1::/64', src: '2001:99::/64' }), undefined)
  // A route that was read is its own key.
  for (const route of table) assert.equal(table.list(route), [route])
  for (const [key, problem] of [
    ['1.0.0.0/24', 'route: the key "1.0.0.0/24" is not an object with dst'],
    [{ dst: 7 }, 'route.dst: 7 is not a prefix such as 10.0.0.0/8'],
    [{ dst: '1.0.0.0' }, 'route.dst: "1.0.0.0" is not a prefix such as 10.0.0.0/8'],
    [{ dst: '1.0.0.0/33' }, 'route.dst: "1.0.0.0/33" is longer than 32 bits'],
    [{ dst: '1.0.0.1/24' }, 'route.dst: "1.0.0.1/24" has bits set beyond its length'],
    [{}, 'route.dst: the key has none'],
    [{ dst: '1.0.0.0/24', table: -1 }, 'route.table: -1 is not a whole number in 0..4294967295'],
  ] as const) {
    try {
      table.get(key as RouteKey)
      assert.unreachable(`${JSON.stringify(key)} was taken`)
    } catch (error) {
      assert.is((error as Error).message, problem)
    }
  }
})

test('key texts tell routes apart', () => {
  const { keyText } = defineRoutes()
  assert.is(keyText(main), '254 1.0.0.0/24')
  assert.is(keyText({ ...main, tos: 8, priority: 5 }), '254 1.0.0.0/24 tos 8 metric 5')
  assert.is(keyText({ ...six, src: '2001:99::/64' }), '254 2001:1::/64 from 2001:99::/64 metric 1024')
})

test('a filter that names what there cannot be is refused', async () => {
  for (const [filter, problem] of [
    [{ family: 7 }, 'family: 7 is not 2 (IPv4), 10 (IPv6) or 28 (MPLS)'],
    [{ table: 0 }, 'table: 0 is not a whole number in 1..4294967295'],
    [{ protocol: -1 }, 'protocol: -1 is not a whole number in 0..255'],
  ] as const) {
    const kernel = makeKernel()
    try {
      await RouteTable.open({ transports: kernel, ...filter })
      assert.unreachable(`${JSON.stringify(filter)} was taken`)
    } catch (error) {
      assert.instance(error, RangeError)
      assert.is((error as Error).message, problem)
    }
    assert.equal(kernel.sockets(), [])
  }
})

test.run()
