import {
  dumpNeighbors,
  dumpProxyNeighbors,
  getNeighbor,
  type Neighbor,
  NeighborFlag,
  NeighborMessage,
  NeighborState,
  NeighborTable,
  NeighborType,
  neighborDefinition,
  neighborMessage,
} from '@rtnl/neighbor'
import { Connection, MulticastGroup } from '@rtnl/netlink-core'
import { FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, turn } from './support/fold.ts'

const table = suite('neighbor table')

const { REACHABLE, STALE, DELAY, FAILED, INCOMPLETE, NOARP, PERMANENT } = NeighborState

function neighbor(dst: string, fields: Partial<Neighbor> = {}): Neighbor {
  const family = dst.includes(':') ? 10 : 2
  return {
    family,
    ifindex: 3,
    state: REACHABLE,
    flags: 0,
    type: NeighborType.UNICAST,
    dst,
    lladdr: '02:00:00:00:00:01',
    ...fields,
  }
}

function without({ lladdr: _, ...fields }: Neighbor): Neighbor {
  return fields
}

interface World {
  readonly kernel: FakeKernel
  readonly neighbors: FakeTable<Neighbor>
  /** What was asked for: a filter each. */
  readonly filters: Partial<Neighbor>[]
}

function world(...entries: Neighbor[]): World {
  const kernel = new FakeKernel()
  const neighbors = new FakeTable(kernel, neighborDefinition)
  const filters: Partial<Neighbor>[] = []
  neighbors.wanted = (entry, { family, viaIfindex }) =>
    entry.family === family && (viaIfindex === undefined || entry.ifindex === viaIfindex)
  kernel.on(NeighborMessage.GET, (request) => {
    const { family, viaIfindex } = request.decode(neighborMessage)
    filters.push({ family, ...(viaIfindex === undefined ? {} : { viaIfindex }) })
    return neighbors.handle(request)
  })
  for (const entry of entries) neighbors.putSilently(entry)
  return { kernel, neighbors, filters }
}

/** Entries as `address state`. */
function shown(entries: Iterable<Neighbor>): string[] {
  return [...entries].map(({ dst, state }) => `${dst} ${state}`).sort()
}

const unusable = [
  without(neighbor('10.0.0.9', { state: INCOMPLETE })),
  without(neighbor('10.0.0.8', { state: FAILED })),
  neighbor('224.0.0.22', { state: NOARP, type: NeighborType.MULTICAST }),
  neighbor('10.0.0.255', { state: NOARP, type: NeighborType.BROADCAST }),
  neighbor('0.0.0.0', { state: NOARP, type: NeighborType.LOCAL }),
]

table('holds what can be used', async () => {
  const { kernel, neighbors } = world(
    neighbor('10.0.0.1'),
    neighbor('10.0.0.2', { state: DELAY }),
    neighbor('10.0.0.3', { state: NOARP }),
    neighbor('224.0.0.1', { state: PERMANENT, type: NeighborType.MULTICAST }),
    neighbor('fd00::1', { state: STALE }),
    ...unusable,
  )
  await using open = await NeighborTable.open({ transports: kernel })
  const known = [
    `10.0.0.1 ${REACHABLE}`,
    `10.0.0.2 ${STALE}`,
    `10.0.0.3 ${NOARP}`,
    `224.0.0.1 ${PERMANENT}`,
    `fd00::1 ${STALE}`,
  ]
  assert.equal(shown(open), known)
  for (const entry of unusable) neighbors.put({ ...entry, ifindex: 4 })
  neighbors.put(neighbor('fd00::1', { state: DELAY }))
  await open.waitForSync()
  assert.equal(shown(open), known)
})

table('tells one removal of a neighbour that fails and is deleted', async () => {
  const { kernel, neighbors } = world(neighbor('10.0.0.1'))
  await using open = await NeighborTable.open({ transports: kernel })
  const fold = new Fold(open)
  neighbors.put(without(neighbor('10.0.0.1', { state: FAILED })))
  neighbors.delete('3 10.0.0.1')
  await open.waitForSync()
  await turn()
  assert.equal(fold.told, ['removed 3 10.0.0.1'])
})

table('keeps interfaces and families apart', async () => {
  const { kernel } = world(
    neighbor('10.0.0.1'),
    neighbor('10.0.0.1', { ifindex: 4, lladdr: '02:00:00:00:00:02' }),
    neighbor('::ffff:10.0.0.1', { lladdr: '02:00:00:00:00:03' }),
  )
  await using open = await NeighborTable.open({ transports: kernel })
  assert.is(open.size, 3)
  assert.is(open.get({ ifindex: 3, dst: '10.0.0.1' })?.lladdr, '02:00:00:00:00:01')
  assert.is(open.get({ ifindex: 4, dst: '10.0.0.1' })?.lladdr, '02:00:00:00:00:02')
  assert.is(open.get({ ifindex: 3, dst: '::ffff:10.0.0.1' })?.lladdr, '02:00:00:00:00:03')
  assert.is(new Set([...open].map(neighborDefinition.keyText)).size, 3)
  // @ts-expect-error a key has an address
  assert.throws(() => open.get({ ifindex: 3 }), /neighbor\.dst: the key has none/)
  assert.throws(() => open.get({ ifindex: 3, dst: 'x' }), /neighbor\.dst/)
})

table('with an interface: the kernel is asked for it, and what it says beyond does not count', async () => {
  const { kernel, neighbors, filters } = world(neighbor('10.0.0.1'), neighbor('10.0.0.2', { ifindex: 4 }))
  neighbors.wanted = (entry, { family }) => entry.family === family
  await using open = await NeighborTable.open({ transports: kernel, ifindex: 3, family: 2 })
  assert.equal(filters, [{ family: 2, viaIfindex: 3 }])
  neighbors.put(neighbor('10.0.0.3', { ifindex: 4 }))
  neighbors.put(neighbor('fd00::3'))
  neighbors.put(neighbor('10.0.0.3'))
  await open.waitForSync()
  assert.equal(shown(open), [`10.0.0.1 ${REACHABLE}`, `10.0.0.3 ${REACHABLE}`])
})

/** Something that is told while a dump is under way, and how many readings it takes. */
const disturbances: readonly [what: string, pid: number, type: 'NEW' | 'DEL', dst: string, readings: number][] = [
  ['the kernel says that it found one', 0, 'NEW', '10.0.0.1', 1],
  ['the kernel says that another family changed', 0, 'DEL', 'fd00::1', 1],
  ['a program adds one', 4711, 'NEW', '10.0.0.1', 2],
  ['one is removed', 0, 'DEL', '10.0.0.1', 2],
]

for (const [what, pid, type, dst, readings] of disturbances) {
  table(`while it is read, ${what}`, async () => {
    const { kernel, neighbors } = world(neighbor('10.0.0.2'))
    let asked = 0
    kernel.on(NeighborMessage.GET, (request) => {
      if (asked++ === 0) {
        const bytes = messageBytes(neighborMessage, { type: NeighborMessage[type], pid }, neighbor(dst))
        setTimeout(() => kernel.notify(MulticastGroup.NEIGH, bytes), 1)
        kernel.hold('dump')
        setTimeout(() => kernel.resume('dump'), 10)
      }
      return neighbors.handle(request)
    })
    await using open = await NeighborTable.open({ transports: kernel, family: 2 })
    assert.is(asked, readings)
    assert.ok(open.get({ ifindex: 3, dst: '10.0.0.2' }))
  })
}

table('refuses what there cannot be, before anything is opened', async () => {
  for (const [part, message] of [
    [{ family: 7 }, 'family: 7 is not 2 (IPv4) or 10 (IPv6)'],
    [{ ifindex: 0 }, 'ifindex: 0 is not a whole number in 1..2147483647'],
    [{ ifindex: 2 ** 31 }, 'ifindex: 2147483648 is not a whole number in 1..2147483647'],
    [{ ifindex: 1.5 }, 'ifindex: 1.5 is not a whole number in 1..2147483647'],
  ] as const) {
    const refused = await NeighborTable.open({ transports: new FakeKernel(), ...part }).catch((error) => error)
    assert.instance(refused, RangeError)
    assert.is(refused.message, message)
  }
})

table('dumps ask for a family each, and check what they get', async () => {
  const { kernel, neighbors } = world(neighbor('10.0.0.1'), neighbor('fd00::1', { ifindex: 4 }), ...unusable)
  const asked: Partial<Neighbor>[] = []
  kernel.on(NeighborMessage.GET, (request) => {
    const { family, flags, viaIfindex } = request.decode(neighborMessage)
    asked.push({ family, flags, ...(viaIfindex === undefined ? {} : { viaIfindex }) })
    return neighbors.handle(request)
  })
  await using connection = await Connection.open({ transports: kernel })
  assert.is((await gather(dumpNeighbors(connection))).length, 2 + unusable.length)
  neighbors.wanted = () => true
  assert.equal(shown(await gather(dumpNeighbors(connection, { family: 10, ifindex: 4 }))), [`fd00::1 ${REACHABLE}`])
  await gather(dumpProxyNeighbors(connection, { family: 2 }))
  assert.equal(asked, [
    { family: 2, flags: 0 },
    { family: 10, flags: 0 },
    { family: 10, flags: 0, viaIfindex: 4 },
    { family: 2, flags: NeighborFlag.PROXY },
  ])
  assert.throws(() => dumpNeighbors(connection, { family: 1 }), /family: 1 is not/)
  assert.throws(() => dumpProxyNeighbors(connection, { ifindex: -1 }), /ifindex: -1 is not/)
})

table('one neighbour', async () => {
  const { kernel } = world(neighbor('10.0.0.1', { state: STALE }))
  await using connection = await Connection.open({ transports: kernel })
  assert.is((await getNeighbor(connection, { ifindex: 3, dst: '10.0.0.1' }))?.state, STALE)
  assert.is(await getNeighbor(connection, { ifindex: 3, dst: '10.0.0.2' }), undefined)
  for (const [key, message] of [
    [{ ifindex: 0, dst: '10.0.0.1' }, 'neighbor.ifindex: 0 is not a whole number in 1..2147483647'],
    [{ ifindex: 3, dst: undefined }, 'neighbor.dst: undefined is not an address'],
  ] as const) {
    const refused = await getNeighbor(connection, key as { ifindex: number; dst: string }).catch((error) => error)
    assert.is(refused.message, message)
  }
})

table.run()
