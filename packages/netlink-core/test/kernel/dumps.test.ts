// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import {
  AddressFamily,
  address,
  attribute,
  Connection,
  type DumpRequest,
  DumpTruncatedError,
  header,
  hex,
  hidden,
  MessageFlag,
  message,
  type Request,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const dumps = suite('dumps of the kernel')

/** `struct rtmsg` and some attributes (linux/rtnetlink.h). */
const routeMessage = message('route', {
  header: {
    family: header(u8),
    length: header(u8),
    sourceLength: hidden(u8),
    tos: hidden(u8),
    table: header(u8),
    protocol: header(u8),
    scope: hidden(u8),
    type: header(u8),
    flags: hidden(u32),
  },
  attributes: {
    dst: attribute(1, address),
    oif: attribute(4, u32),
    hops: attribute(9, hex),
    nexthop: attribute(30, u32),
  },
})
type Route = ReturnType<typeof routeMessage.decode>

const RouteType = { NEW: 24, DEL: 25, GET: 26 } as const
const { UNSPEC, INET, INET6 } = AddressFamily

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' })
}

/** `struct rtnexthop` with RTA_GATEWAY, so often as told. */
function hops(count: number, oif: number, family: number): string {
  const size = family === INET ? 4 : 16
  const bytes = new Uint8Array((12 + size) * count)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < count; index++) {
    const at = (12 + size) * index
    view.setUint16(at, 12 + size, true)
    view.setInt32(at + 4, oif, true)
    view.setUint16(at + 8, 4 + size, true)
    view.setUint16(at + 10, 5, true)
    bytes.set(family === INET ? [10, 0] : [0xfd], at + 12)
    view.setUint16(at + 12 + size - 2, index + 2)
  }
  return Buffer.from(bytes).toString('hex')
}

function change(type: number, entry: Partial<Route>): Request<Route> {
  const flags = type === RouteType.NEW ? MessageFlag.CREATE : 0
  const plain = { protocol: 4, type: 1, length: entry.family === INET ? 24 : 64, oif, ...entry }
  return { message: routeMessage, type, flags, entry: plain, operation: `change route ${entry.dst}` }
}

function dumpOf(family: number, until?: (family: number) => boolean): DumpRequest<Route> {
  const request = { message: routeMessage, type: RouteType.GET, entry: { family }, operation: 'dump route' }
  if (until === undefined) return request
  return { ...request, until: ({ view, body }) => until(view.getUint8(body)) }
}

async function read(connection: Connection, request: DumpRequest<Route>): Promise<Route[]> {
  const routes: Route[] = []
  for await (const batch of connection.dump(request)) routes.push(...batch)
  return routes
}

/** What a dump shows before it fails. */
async function readTruncated(connection: Connection, request: DumpRequest<Route>): Promise<Route[]> {
  const routes: Route[] = []
  const sink = {
    message: ({ view, body, end }) => routes.push(routeMessage.decode(view, body, end)),
    restart() {},
  } satisfies Parameters<Connection['dumpInto']>[1]
  try {
    await connection.dumpInto(request, sink)
  } catch (error) {
    assert.instance(error, DumpTruncatedError)
    assert.is((error as DumpTruncatedError).code, 'EMSGSIZE')
    assert.match((error as DumpTruncatedError).message, 'it and all entries behind it were not read')
    return routes
  }
  throw new Error(`the dump ended well, with ${routes.length} routes`)
}

/** How many routes there are by the account of `ip`, which is wrong too while there is a large one. */
function counted(family: '-4' | '-6'): number {
  return ip(family, '-o', 'route', 'show', 'table', 'all').trim().split('\n').length
}

ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1')
// Addresses that come by themselves bring routes.
for (const name of ['v0', 'v1']) ip('link', 'set', name, 'addrgenmode', 'none', 'up')
// So do carriers, of which a worker of the kernel tells.
while (!['v0', 'v1'].every((name) => ip('-o', 'link', 'show', name).includes(' state UP '))) await delay(20)
ip('addr', 'add', '10.0.0.1/16', 'dev', 'v0')
ip('addr', 'add', 'fd00::1/64', 'dev', 'v0', 'nodad')
// Another worker makes the route of an IPv6 address.
while (!ip('-6', 'route', 'show', 'table', 'local').includes('fd00::1 ')) await delay(20)
const oif = Number(ip('-o', 'link', 'show', 'v0').split(':')[0])
const small = { [INET]: counted('-4'), [INET6]: counted('-6') }

/** The first routes of their families: tables are in the order of their numbers. */
const first = {
  [INET]: { family: INET, dst: '198.51.100.0', table: 1 },
  [INET6]: { family: INET6, dst: '2001:db8:90::', table: 1 },
}

async function withRoute(family: 2 | 10, count: number, run: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await Connection.open()
  const entry = { ...first[family], hops: hops(count, oif, family) }
  try {
    await connection.request(change(RouteType.NEW, entry))
    await run(connection)
    await connection.request(change(RouteType.DEL, first[family]))
  } finally {
    connection.close()
  }
}

for (const family of [INET, INET6] as const) {
  const name = family === INET ? 'IPv4' : 'IPv6'

  dumps(`${name}: the first dump of a connection shows a first entry of more than 4 KB, and all behind it`, () =>
    withRoute(family, 300, async (connection) => {
      const routes = await read(connection, dumpOf(family))
      assert.is(routes[0]?.dst, first[family].dst)
      assert.is(routes.length, small[family] + 1)
    }),
  )

  dumps(`${name}: of an entry of more than 32 KiB a dump of all families tells that it is not shown`, () =>
    withRoute(family, family === INET ? 2100 : 1300, async (connection) => {
      const routes = await readTruncated(connection, dumpOf(UNSPEC))
      assert.is(routes.filter((route) => route.family === family).length, 0)
      // Those of the family behind it are missing too, and are there again when it is gone.
      await connection.request(change(RouteType.DEL, first[family]))
      assert.is((await read(connection, dumpOf(UNSPEC))).length, small[INET] + small[INET6])
      await connection.request(change(RouteType.NEW, first[family]))
    }),
  )
}

dumps('IPv4: a dump of all families until another begins is that of one family', async () => {
  const connection = await Connection.open()
  const one = await read(connection, dumpOf(INET))
  assert.equal(
    await read(
      connection,
      dumpOf(UNSPEC, (family) => family !== INET),
    ),
    one,
  )
  // The rest of the answer belongs to no other dump.
  assert.equal(await read(connection, dumpOf(INET)), one)
  assert.is(connection.counters.strays, 0)
  connection.close()
})

dumps('IPv4: so asked, an entry of more than 32 KiB does not end the dump as if it were whole', () =>
  withRoute(INET, 2100, async (connection) => {
    assert.equal(
      await readTruncated(
        connection,
        dumpOf(UNSPEC, (family) => family !== INET),
      ),
      [],
    )
  }),
)

dumps.run()
