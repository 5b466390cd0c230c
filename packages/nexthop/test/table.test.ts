import { setImmediate } from 'node:timers/promises'
import { type Link, linkDefinition } from '@rtnl/link'
import { type ChangeBatch, openTable } from '@rtnl/live-table'
import { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import { type Nexthop, NexthopTable, nexthopDefinition } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const table = suite('nexthop table')

const up = 0x11043
const down = 0x1002

interface Scene {
  readonly kernel: FakeKernel
  readonly nexthops: FakeTable<Nexthop>
  readonly links: FakeTable<Link>
  /** The requests for nexthops that were made: filters, `{}` for all. */
  readonly filters: Partial<Nexthop>[]
}

function link(ifindex: number, flags: number): Link {
  return { family: 0, type: 1, ifindex, flags, ifname: `v${ifindex}`, mtu: 1500, carrier: 1, operstate: 6 }
}

function single(id: number, oif: number, gateway = '192.0.2.1'): Nexthop {
  return { family: 2, scope: 253, protocol: 0, flags: 0, id, oif, gateway }
}

function group(id: number, ...members: number[]): Nexthop {
  const header = { family: 0, scope: 0, protocol: 0, flags: 0 }
  return { ...header, id, groupType: 0, group: members.map((member) => ({ id: member, weight: member })) }
}

/** Links 2 to 4; singles 1 and 2 on link 2, 3 on link 3, groups 10 = 1 + 3 and 11 = 1. */
function scene(): Scene {
  const kernel = new FakeKernel()
  const nexthops = new FakeTable(kernel, nexthopDefinition)
  const links = new FakeTable(kernel, linkDefinition)
  const filters: Partial<Nexthop>[] = []
  nexthops.wanted = (entry, filter) =>
    (filter.oif === undefined || entry.oif === filter.oif) && (filter.groups === undefined || entry.group !== undefined)
  kernel.on(nexthopDefinition.types.get, (request) => {
    const { oif, groups } = request.decode(nexthopDefinition.message)
    filters.push({ ...(oif === undefined ? {} : { oif }), ...(groups === undefined ? {} : { groups }) })
    return nexthops.handle(request)
  })
  for (const ifindex of [2, 3, 4]) links.putSilently(link(ifindex, up))
  for (const entry of [single(1, 2), single(2, 2), single(3, 3), group(10, 1, 3), group(11, 1)])
    nexthops.putSilently(entry)
  return { kernel, nexthops, links, filters }
}

/** The link goes down, and the kernel does what it then does. */
function takeDown({ nexthops, links }: Scene): void {
  links.put(link(2, down))
  for (const key of ['1', '2', '11']) nexthops.deleteSilently(key)
  nexthops.putSilently(group(10, 3))
}

async function opened(test: (table: NexthopTable, scene: Scene) => Promise<void>): Promise<void> {
  const world = scene()
  await using open = await NexthopTable.open({ transports: world.kernel })
  await test(open, world)
}

function ids(entries: Iterable<Nexthop>): number[] {
  return [...entries].map(({ id }) => id ?? 0).sort((left, right) => left - right)
}

table('an entry by its id', () =>
  opened(async (open) => {
    assert.equal(open.get({ id: 3 }), single(3, 3))
    assert.equal(open.get(single(3, 3)), single(3, 3))
    assert.is(open.get({ id: 99 }), undefined)
    assert.throws(() => open.get({ id: 2 ** 32 }), /nexthop\.id/)
  }),
)

table('groups are found by their members', () =>
  opened(async (open, { nexthops }) => {
    assert.equal(open.usedBy(1), [10, 11])
    assert.equal(open.usedBy(10), [])
    nexthops.put(group(9, 1, 2))
    nexthops.put(group(11, 2))
    await open.waitForSync()
    assert.equal(open.usedBy(1), [9, 10])
    assert.equal(open.usedBy(2), [9, 11])
    nexthops.delete('9')
    await open.waitForSync()
    assert.equal(open.usedBy(1), [10])
  }),
)

table('groups are found by their members in a large table too, whatever changes while it is opened', async () => {
  const count = 40_000
  const { kernel, nexthops } = scene()
  for (let id = 100; id < 100 + count; id++) nexthops.putSilently(single(id, 2))
  for (let id = 0; id < 1000; id++) nexthops.putSilently(group(count + 1000 + id, 100 + id, 100 + count - 1 - id))
  await using notifier = await Notifier.open({ transports: kernel })
  await using before = await openTable(nexthopDefinition, { notifier })
  let isOpen = false
  const opening = NexthopTable.open({ notifier }).finally(() => {
    isOpen = true
  })
  let turns = 0
  for (; !isOpen; turns++) {
    await setImmediate()
    // Of the first ones, of the last ones, and new ones.
    nexthops.delete(String(count + 1000 + turns))
    nexthops.delete(String(count + 2000 - 1 - turns))
    nexthops.put(group(count + 1000 + 500 + turns, 100 + turns))
    nexthops.put(group(count + 3000 + turns, 100 + turns, 200 + turns))
  }
  await using open = await opening
  await open.waitForSync()
  assert.ok(turns > 2, `the event loop ran ${turns} times`)
  const users = new Map<number, number[]>()
  for (const { id = 0, group: members = [] } of before) {
    for (const member of members) users.set(member.id, [...(users.get(member.id) ?? []), id])
  }
  const wrong = Array.from({ length: count + 200 }, (_, id) => id).filter((id) => {
    const expected = (users.get(id) ?? []).sort((left, right) => left - right)
    return JSON.stringify(open.usedBy(id)) !== JSON.stringify(expected)
  })
  assert.equal(wrong, [])
})

table('a table is not opened when that is no longer wanted while groups are gathered', async () => {
  const { kernel, nexthops } = scene()
  for (let id = 100; id < 40_000; id++) nexthops.putSilently(single(id, 2))
  await using notifier = await Notifier.open({ transports: kernel })
  await using _before = await openTable(nexthopDefinition, { notifier })
  const abort = new AbortController()
  const opening = NexthopTable.open({ notifier, signal: abort.signal })
  await setImmediate()
  const reason = new Error('no longer wanted')
  abort.abort(reason)
  assert.is(await opening.catch((error: unknown) => error), reason)
})

table('paths are resolved as they are now, unknown members included', () =>
  opened(async (open, { nexthops }) => {
    assert.equal(open.resolve(2), [{ id: 2, weight: 1, nexthop: single(2, 2) }])
    assert.is(open.resolve(99), undefined)
    nexthops.put(single(1, 2, '192.0.2.9'))
    nexthops.delete('3')
    await open.waitForSync()
    assert.equal(open.resolve(10), [
      { id: 1, weight: 1, nexthop: single(1, 2, '192.0.2.9') },
      { id: 3, weight: 3, nexthop: undefined },
    ])
  }),
)

table('a batch affects the groups that it changes and those whose members it changes', () =>
  opened(async (open, { nexthops }) => {
    const batches: ChangeBatch<Nexthop>[] = []
    const done = (async () => {
      for await (const batch of open.changes({ initial: false })) batches.push(batch)
    })()
    const affected = async (change: () => void): Promise<number[]> => {
      change()
      await open.waitForSync()
      await new Promise((resolve) => setTimeout(resolve, 0))
      return [...new Set(batches.splice(0).flatMap((batch) => open.affected(batch)))].sort(
        (left, right) => left - right,
      )
    }
    assert.equal(await affected(() => nexthops.put(single(1, 2, '192.0.2.7'))), [10, 11])
    assert.equal(await affected(() => nexthops.put(single(2, 2, '192.0.2.7'))), [])
    assert.equal(await affected(() => nexthops.put(single(3, 3, '192.0.2.7'))), [10])
    assert.equal(await affected(() => nexthops.put(group(12, 2))), [12])
    assert.equal(await affected(() => void nexthops.delete('3')), [10])
    assert.equal(await affected(() => void nexthops.delete('11')), [11])
    assert.equal(await affected(() => nexthops.put(single(12, 2))), [12])
    open.close()
    await done
  }),
)

table('after a link went down, its nexthops and the groups are read again', () =>
  opened(async (open, world) => {
    world.filters.length = 0
    takeDown(world)
    await open.waitForSync()
    assert.equal(world.filters, [{ oif: 2 }, { groups: true }])
    assert.equal(ids(open), [3, 10])
    assert.equal(open.get({ id: 10 }), group(10, 3))
    assert.equal(open.usedBy(1), [])
  }),
)

table('groups are not read for nexthops that are in none', () =>
  opened(async (open, world) => {
    world.nexthops.put(single(5, 4))
    await open.waitForSync()
    world.filters.length = 0
    world.links.put(link(4, down))
    world.nexthops.deleteSilently('5')
    await open.waitForSync()
    assert.equal(world.filters, [{ oif: 4 }])
    assert.is(open.get({ id: 5 }), undefined)
  }),
)

table('what cannot have removed a nexthop costs no reading', () =>
  opened(async (open, world) => {
    world.filters.length = 0
    world.links.put({ ...link(2, up), ifname: 'renamed' })
    world.links.put(link(4, down))
    world.links.delete('4')
    world.links.put(link(7, up))
    await open.waitForSync()
    assert.equal(world.filters, [])
  }),
)

for (const [what, change] of Object.entries({
  'lost carrier': { carrier: 0 },
  'other operational state': { operstate: 2 },
  'other mtu': { mtu: 1400 },
  'not running': { flags: up & ~0x40 },
})) {
  table(`a link with ${what} puts its nexthops in doubt`, () =>
    opened(async (open, world) => {
      world.filters.length = 0
      world.links.put({ ...link(3, up), ...change })
      await open.waitForSync()
      assert.equal(world.filters, [{ oif: 3 }, { groups: true }])
    }),
  )
}

table('a link that was known to be down before it was told is in doubt all the same', () =>
  opened(async (open, world) => {
    world.links.put(link(3, down))
    await open.waitForSync()
    world.filters.length = 0
    world.links.put(link(3, down))
    await open.waitForSync()
    assert.equal(world.filters, [{ oif: 3 }, { groups: true }])
  }),
)

table('a link that goes down while the table is read for the first time is not missed', async () => {
  const world = scene()
  let asked = false
  world.kernel.on(nexthopDefinition.types.get, (request) => {
    const answer = world.nexthops.handle(request)
    if (asked) return answer
    asked = true
    // The dump is made, and is answered after the kernel told of the link.
    const datagrams = answer(request)
    world.kernel.hold('dump')
    takeDown(world)
    setTimeout(() => world.kernel.resume('dump'), 10)
    return () => datagrams
  })
  await using open = await NexthopTable.open({ transports: world.kernel })
  await open.waitForSync()
  assert.equal(ids(open), [3, 10])
})

table('a link that goes down while lost messages are made up for is not missed', () =>
  opened(async (open, world) => {
    let asked = false
    world.kernel.on(nexthopDefinition.types.get, (request) => {
      const answer = world.nexthops.handle(request)
      if (asked) return answer
      asked = true
      const datagrams = answer(request)
      world.kernel.hold('dump')
      world.links.put(link(4, down))
      world.nexthops.deleteSilently('6')
      setTimeout(() => world.kernel.resume('dump'), 10)
      return () => datagrams
    })
    // Nobody was told of 6, so that only the reading after the loss shows it.
    world.nexthops.putSilently(single(6, 4))
    world.kernel.overrun()
    await open.waitForSync()
    assert.is(asked, true)
    assert.equal(ids(open), [1, 2, 3, 10, 11])
  }),
)

table.run()
