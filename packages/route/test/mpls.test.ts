import { linkDefinition } from '@rtnl/link'
import { AddressFamily, Connection, MulticastGroup, Writer } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { nexthopDefinition } from '@rtnl/nexthop'
import {
  defineRoutes,
  dumpRoutes,
  normalizeRoute,
  type Route,
  RouteMessage,
  RouteTable,
  routeMessage,
} from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const mpls = suite('routes of labels')

const base = { family: 28, tos: 0, protocol: 3, scope: 0, type: 1, flags: 0, table: 254 } as const

// What a dump of Linux 6.12 has after the `ip -f mpls route add` of the name, v0 being interface 10.
const shown: readonly [command: string, hex: string, route: Route][] = [
  [
    '100 as 200/300 via inet 10.0.0.2 dev v0',
    '1c140000fe0300010000000008000100000641000c001300000c80000012c1000a00120002000a0000020000080004000a000000',
    { ...base, dst: '100', newdst: [200, 300], via: '10.0.0.2', oif: 10 },
  ],
  [
    '101 via inet6 fd00::2 dev v0',
    '1c140000fe030001000000000800010000065100160012000a00fd0000000000000000000000000000020000080004000a000000',
    { ...base, dst: '101', via: 'fd00::2', oif: 10 },
  ],
  [
    '102 as 201 ttl-propagate disabled via inet 10.0.0.2',
    '1c140000fe03000100000000080001000006610005001a000000000008001300000c91000a00120002000a0000020000080004000a000000',
    { ...base, dst: '102', newdst: [201], via: '10.0.0.2', oif: 10, ttlPropagate: 0 },
  ],
  [
    '103 as 201 ttl-propagate enabled via inet 10.0.0.2 proto 84',
    '1c140000fe54000100000000080001000006710005001a000100000008001300000c91000a00120002000a0000020000080004000a000000',
    { ...base, protocol: 84, dst: '103', newdst: [201], via: '10.0.0.2', oif: 10, ttlPropagate: 1 },
  ],
  ['104 dev v0', '1c140000fe030001000000000800010000068100080004000a000000', { ...base, dst: '104', oif: 10 }],
  [
    '105 nexthop as 400 via inet 10.0.0.2 nexthop via inet6 fd00::2 dev v0',
    '1c140000fe030001000000000800010000069100400009001c0000000a00000008001300001901000a00120002000a0000020000200000000a000000160012000a00fd0000000000000000000000000000020000',
    {
      ...base,
      dst: '105',
      multipath: [
        { flags: 0, oif: 10, weight: 1, newdst: [400], via: '10.0.0.2' },
        { flags: 0, oif: 10, weight: 1, via: 'fd00::2' },
      ],
    },
  ],
  [
    '107 via link 02:00:00:00:00:01 dev v0',
    '1c140000fe03000100000000080001000006b1000c0012001100020000000001080004000a000000',
    { ...base, dst: '107', via: '02:00:00:00:00:01', oif: 10 },
  ],
]

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16))

for (const [command, hex, route] of shown) {
  mpls(`${command}: read, and written the same`, () => {
    const bytes = bytesOf(hex)
    assert.equal(routeMessage.decode(new DataView(bytes.buffer), 0, bytes.length), route)
    const writer = new Writer(64)
    routeMessage.encode(writer, route)
    const written = writer.bytes().slice()
    assert.equal(routeMessage.decode(new DataView(written.buffer), 0, written.length), route)
  })
}

for (const [dst, problem] of [
  ['1048576', 'route.dst: "1048576" is not a label, a whole number in 0..1048575'],
  ['010', 'route.dst: "010" is not a label, a whole number in 0..1048575'],
  ['10.0.0.0/8', 'route.dst: "10.0.0.0/8" is not a label, a whole number in 0..1048575'],
] as const) {
  mpls(`${dst} is no label`, () => {
    assert.throws(
      () => routeMessage.encode(new Writer(64), { family: 28, dst }),
      (error: Error) => error.message === problem,
    )
  })
}

mpls('nothing else is taken for a label', () => {
  assert.throws(() => routeMessage.encode(new Writer(64), { family: 2, dst: '100' }), /is not a prefix/)
})

const main: Route = { ...base, family: 2, dst: '1.0.0.0/24', gateway: '10.0.0.2', oif: 3 }
const labels = shown.map(([, , route]) => route)

/** @param hasMpls a kernel without shows the routes of all families to who asks for those of labels */
function makeKernel(hasMpls = true): { kernel: FakeKernel; table: FakeTable<Route> } {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, defineRoutes({ family: AddressFamily.MPLS }))
  kernel.on(RouteMessage.GET, (request) => {
    const { family } = request.decode(routeMessage)
    if (family === AddressFamily.MPLS && hasMpls) return table.handle(request)
    return answer.dump(routeMessage, RouteMessage.NEW, [main])
  })
  new FakeTable(kernel, linkDefinition)
  new FakeTable(kernel, nexthopDefinition)
  for (const route of labels) table.putSilently(route)
  return { kernel, table }
}

mpls('a table of them is read and followed', async () => {
  const { kernel, table } = makeKernel()
  await using routes = await RouteTable.open({ transports: kernel, family: AddressFamily.MPLS })
  assert.equal([...routes], labels)
  assert.equal(routes.get({ dst: '102' }), labels[2])
  assert.is(routes.get({ dst: '999' }), undefined)
  const replaced = { ...labels[0]!, newdst: [500] }
  table.put(replaced)
  table.delete('label 104')
  const added = { ...base, dst: '16', oif: 10 }
  table.put(added)
  // Those of other families are none of it.
  kernel.notify(MulticastGroup.MPLS_ROUTE, messageBytes(routeMessage, { type: RouteMessage.NEW }, main))
  await routes.waitForSync()
  assert.equal(routes.list({ dst: '100' }), [replaced])
  assert.is(routes.get({ dst: '104' }), undefined)
  assert.equal(routes.get({ dst: '16' }), added)
  assert.is(routes.size, labels.length)
})

mpls('a kernel that has none has none', async () => {
  const { kernel } = makeKernel(false)
  await using routes = await RouteTable.open({ transports: kernel, family: AddressFamily.MPLS })
  assert.equal([...routes], [])
})

mpls('a dump has them, and tables of IP do not', async () => {
  const { kernel } = makeKernel()
  await using connection = await Connection.open({ transports: kernel })
  const dumped: Route[] = []
  for await (const batch of dumpRoutes(connection, { family: AddressFamily.MPLS })) dumped.push(...batch)
  assert.equal(dumped, labels)
  await using routes = await RouteTable.open({ transports: kernel, family: AddressFamily.INET })
  assert.equal([...routes], [main])
})

for (const [entry, problem] of [
  [{ family: 28, dst: 'default', oif: 3 }, /family: 28 \(mpls\)/],
  [{ dst: '100', oif: 3 }, /dst: "100" is not a prefix/],
  [
    { family: 'mpls', dst: '100', oif: 3 },
    /family: 28 \(mpls\): routes of labels are read and followed, and not written/,
  ],
  [{ dst: '10.0.0.0/8', newdst: [1] }, /newdst: only routes of labels/],
  [{ dst: '10.0.0.0/8', ttlPropagate: 1 }, /ttlPropagate: only routes of labels/],
  [{ dst: '10.0.0.0/8', multipath: [{ oif: 3, newdst: [1] }] }, /multipath\[0\]\.newdst: only routes of labels/],
] as const) {
  mpls(`refused where it is to be written: ${JSON.stringify(entry)}`, () => {
    assert.throws(() => normalizeRoute(entry as never, { table: 254, protocol: 84 }), problem)
  })
}

mpls.run()
