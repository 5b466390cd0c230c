// timeout: 900

import { setTimeout as delay } from 'node:timers/promises'
import { patience } from '@rtnl/compliance'
import { EncapsulationType } from '@rtnl/netlink-core'
import { type Nexthop, type NexthopEntry, NexthopTable, nexthopOwner } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { keep, type ReconcileOptions, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, ipForce, ipNexthops, makeNetns } from '../support/ip.ts'

const owning = suite('nexthops of ours')

const protocol = 84
const owner = nexthopOwner({ protocol })

let number = 0

/** A namespace with three pairs of links, which is gone after the test. */
async function inNetns(test: (netns: string, v0: number, v1: number) => Promise<void>): Promise<void> {
  const netns = `owned${number++}`
  await makeNetns(netns)
  try {
    const links = JSON.parse(ip(`-n ${netns} -j link`)) as { ifindex: number; ifname: string }[]
    const indexOf = (name: string): number => links.find(({ ifname }) => ifname === name)?.ifindex ?? 0
    await test(netns, indexOf('v0'), indexOf('v1'))
  } finally {
    ip(`netns del ${netns}`)
  }
}

function sync(netns: string, desired: Iterable<NexthopEntry>, options: ReconcileOptions<Nexthop> = {}) {
  return reconcile(owner, desired, { netns, ...options })
}

/** What `ip` shows, without what it cannot: its weights have 8 bits. */
function shown(netns: string, which: (entry: Nexthop) => boolean = () => true): Nexthop[] {
  return ipNexthops(netns).filter(which)
}

/** Fails after a minute. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + patience
  while (!condition()) {
    assert.ok(Date.now() < end, `after a minute not yet: ${what}`)
    await delay(20)
  }
}

const isOurs = (entry: Nexthop): boolean => entry.protocol === protocol
const isForeign = (entry: Nexthop): boolean => entry.protocol !== protocol
const ids = (entries: readonly Nexthop[]): (number | undefined)[] => entries.map(({ id }) => id)

const member = (id: number, weight = 1) => ({ id, weight })

/** Every kind of nexthop that the kernel has, from id 1 on, and of group, from id 101 on. */
function everyKind(netns: string, v0: number, v1: number): NexthopEntry[] {
  const hasResilient = hasResilientGroups(netns)
  const kinds: NexthopEntry[] = [
    { id: 1, gateway: '10.0.0.2', oif: v0 },
    { id: 2, gateway: '10.0.1.2', oif: v1, flags: 4 },
    { id: 3, gateway: 'FD00:0:0::2', oif: v0 },
    { id: 4, gateway: '192.0.2.1', oif: v0, flags: 4 },
    { id: 5, oif: v0 },
    { id: 6, oif: v0, family: 10 },
    { id: 7, blackhole: true },
    { id: 8, blackhole: true, family: 10 },
    { id: 9, gateway: '192.0.2.7', fdb: true },
    { id: 10, gateway: '2001:DB8::7', fdb: true },
    // `ip` shows the id of the tunnel under the same name as that of the nexthop.
    { id: 11, gateway: '10.0.0.3', oif: v0, encapType: EncapsulationType.IP, encap: { id: 11, dst: '192.0.2.9' } },
    {
      id: 12,
      gateway: '10.0.0.3',
      oif: v0,
      encapType: EncapsulationType.IP,
      encap: { id: 12, dst: '192.0.2.9', ttl: 9 },
    },
    { id: 101, group: [member(1), member(2)] },
    { id: 102, group: [member(2, 255), member(1, 3)] },
    { id: 103, group: [member(3)] },
    { id: 104, group: [member(9)], fdb: true },
    { id: 105, group: [member(1), member(2)], groupType: 1, resGroup: { buckets: 4 } },
    {
      id: 106,
      group: [member(1, 2), member(2)],
      groupType: 1,
      resGroup: { buckets: 8, idleTimer: 1000, unbalancedTimer: 2000 },
    },
  ]
  return kinds.filter(({ resGroup }) => resGroup === undefined || hasResilient)
}

/** Whether the kernel has resilient groups (Linux 5.13). */
function hasResilientGroups(netns: string): boolean {
  try {
    ipBatch(netns, ['nexthop add id 1 blackhole', 'nexthop add id 2 group 1 type resilient buckets 8'])
  } catch {
    return false
  } finally {
    ip(`-n ${netns} nexthop flush`)
  }
  return true
}

owning('a second run plans nothing, for every kind', () =>
  inNetns(async (netns, v0, v1) => {
    const desired = everyKind(netns, v0, v1)
    const first = await sync(netns, desired)
    assert.equal([first.failed, first.conflicts, first.added], [[], [], desired.length])
    assert.equal(ids(shown(netns, isOurs)), ids(desired as Nexthop[]))
    const steps: unknown[] = []
    const second = await sync(netns, desired, { onOperation: (step) => void steps.push(step) })
    assert.equal([steps, second.unchanged], [[], desired.length])
    // What is read can be wanted: it is the same; and it can be written.
    const table = await NexthopTable.open({ netns })
    const read = [...table]
    table.close()
    assert.is((await sync(netns, read)).changes, 0)
    ip(`-n ${netns} nexthop flush`)
    assert.equal((await sync(netns, read)).failed, [])
    assert.is((await sync(netns, desired)).changes, 0)
    assert.is((await sync(netns, [])).removed, desired.length)
    assert.equal(shown(netns), [])
  }),
)

owning('every kind becomes any other under its id', () =>
  inNetns(async (netns, v0, v1) => {
    const kinds = everyKind(netns, v0, v1)
    // Members of groups are there all the time, under ids that stay.
    const members = kinds.filter(({ id = 0 }) => [1, 2, 3, 9].includes(id))
    const forms = kinds.map((entry): NexthopEntry => ({ ...entry, id: 500 }))
    for (const [index, form] of forms.entries()) {
      for (const next of [forms[(index + 1) % forms.length]!, forms[(index + 5) % forms.length]!]) {
        const what = `${JSON.stringify(form)} becomes ${JSON.stringify(next)}`
        assert.equal((await sync(netns, [...members, form])).failed, [], what)
        const { failed, replaced } = await sync(netns, [...members, next])
        assert.equal([failed, replaced], [[], 1], what)
        assert.is((await sync(netns, [...members, next])).changes, 0, what)
      }
    }
  }),
)

owning('members become what they cannot be replaced by, together with their group', () =>
  inNetns(async (netns, v0) => {
    const plain = [
      { id: 1, gateway: '10.0.0.2', oif: v0 },
      { id: 101, group: [member(1)] },
    ]
    const fdb: NexthopEntry[] = [
      { id: 1, gateway: '10.0.0.2', fdb: true },
      { id: 101, group: [member(1)], fdb: true },
    ]
    for (const desired of [plain, fdb, plain]) {
      assert.equal((await sync(netns, desired)).failed, [])
      assert.equal(ids(shown(netns)), [1, 101])
      assert.is((await sync(netns, desired)).changes, 0)
    }
  }),
)

owning('a member that the kernel does not let become a blackhole is one in the second run', () =>
  inNetns(async (netns, v0) => {
    const others = [{ id: 2, gateway: '10.0.0.3', oif: v0 }]
    await sync(netns, [...others, { id: 1, gateway: '10.0.0.2', oif: v0 }, { id: 101, group: [member(1), member(2)] }])
    const desired: NexthopEntry[] = [...others, { id: 1, blackhole: true }, { id: 101, group: [member(2)] }]
    const { failed, replaced } = await sync(netns, desired)
    assert.equal([ids(failed.map(({ entry }) => entry)), replaced], [[1], 1])
    assert.equal((await sync(netns, desired)).failed, [])
    assert.is((await sync(netns, desired)).changes, 0)
  }),
)

owning('what others have stays as it is, also under an id that we want', () =>
  inNetns(async (netns, v0) => {
    ipBatch(netns, [
      'nexthop add id 1 via 10.0.0.9 dev v0 proto 186',
      'nexthop add id 2 via 10.0.1.9 dev v1',
      'nexthop add id 101 group 1/2 proto 186',
    ])
    const before = shown(netns)
    const { added, conflicts, failed } = await sync(netns, [
      { id: 1, gateway: '10.0.0.2', oif: v0 },
      { id: 3, gateway: '10.0.0.2', oif: v0 },
      { id: 102, group: [member(1), member(3)] },
    ])
    assert.equal([added, failed], [2, []])
    assert.equal(
      conflicts.map(({ entry, actual }) => [entry.id, actual.protocol]),
      [[1, 186]],
    )
    assert.equal(shown(netns, isForeign), before)
    assert.is((await sync(netns, [])).removed, 2)
    assert.equal(shown(netns), before)
  }),
)

owning('members are put in before their groups, and removed after them', () =>
  inNetns(async (netns, v0) => {
    // The socket of an ordinary user may hold no more than some 500 messages.
    const count = 200
    const groups = Array.from(
      { length: count },
      (_, index): NexthopEntry => ({ id: 1 + index, group: [member(1001 + index)] }),
    )
    const singles = groups.map(
      ({ group = [] }): NexthopEntry => ({ id: group[0]?.id ?? 0, gateway: '10.0.0.2', oif: v0 }),
    )
    const table = await NexthopTable.open({ netns })
    const order: string[] = []
    table.observe((old, next) => {
      if ((old === undefined) !== (next === undefined)) {
        order.push(`${old === undefined ? '+' : '-'}${(next ?? old)?.group === undefined ? 'single' : 'group'}`)
      }
    })
    assert.equal((await sync(netns, [...groups, ...singles])).failed, [])
    await table.waitForSync()
    assert.equal((await sync(netns, [])).failed, [])
    await table.waitForSync()
    table.close()
    const runs = order.filter((what, index) => what !== order[index - 1])
    assert.equal([order.length, runs], [count * 4, ['+single', '+group', '-group', '-single']])
  }),
)

/** A sequence of numbers that is the same in every run. */
function* numbers(seed: number): Generator<number, never, undefined> {
  let state = seed
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state >>> 8
  }
}

owning('from any state it comes to what is wanted', () =>
  inNetns(async (netns, v0, v1) => {
    const hasResilient = hasResilientGroups(netns)
    const resilient: NexthopEntry = { id: 12, group: [member(1)], groupType: 1, resGroup: { buckets: 2 } }
    for (let seed = 1; seed <= 30; seed++) {
      const stream = numbers(seed)
      const pick = <Value>(...values: Value[]): Value => values[stream.next().value % values.length]!
      const ways = [
        'via 10.0.0.2 dev v0',
        'via 10.0.1.2 dev v1',
        'dev v0',
        'via fd00:0::2 dev v0',
        'group 1',
        'group 1/2',
        'group 2,7/3',
      ]
      ipForce(
        netns,
        Array.from(
          { length: 12 },
          () => `nexthop replace id ${pick(1, 2, 3, 11, 12, 13)} ${pick(...ways)} proto ${protocol}`,
        ),
      )
      const wanted: NexthopEntry[] = [
        pick<NexthopEntry>({ id: 1, gateway: '10.0.0.2', oif: v0 }, { id: 1, oif: v1 }),
        pick<NexthopEntry>({ id: 2, gateway: '10.0.1.4', oif: v1 }, { id: 2, gateway: 'fd00:1::2', oif: v1 }),
        pick<NexthopEntry>(
          { id: 11, group: [member(1), member(2)] },
          { id: 11, group: [member(2, 9)] },
          { id: 11, oif: v0 },
        ),
        pick<NexthopEntry>(hasResilient ? resilient : { id: 13, oif: v0 }, { id: 14, oif: v0 }),
      ]
      const { failed, conflicts } = await sync(netns, wanted)
      assert.equal([failed, conflicts], [[], []], `seed ${seed}`)
      const expected = ids(wanted as Nexthop[]).sort((a = 0, b = 0) => a - b)
      assert.equal(ids(shown(netns)), expected, `seed ${seed}`)
      assert.is((await sync(netns, wanted)).changes, 0, `seed ${seed}: a second run`)
    }
  }),
)

owning(
  'what is refused is listed with what it waits for and the words of the kernel, and bad input sends nothing',
  () =>
    inNetns(async (netns, v0) => {
      const notifier = await Notifier.open({ netns })
      const good = Array.from(
        { length: 500 },
        (_, index): NexthopEntry => ({ id: 1 + index, gateway: '10.0.0.2', oif: v0 }),
      )
      const desired = good.with(200, { id: 201, oif: 4711 }).with(300, { id: 301, group: [member(9999)] })
      const { added, failed } = await sync(netns, desired, { notifier })
      assert.is(added, 498)
      assert.equal(
        failed.map(({ entry, error }) => [entry.id, error.message]),
        [
          [201, 'nexthop id 201: waits for link 4711, which does not exist'],
          [301, 'nexthop id 301: waits for nexthop 9999, which does not exist'],
        ],
      )
      const said = (place: number): string | undefined => (failed[place]?.error.cause as Error | undefined)?.message
      assert.is(said(1), 'add nexthop id 301: Invalid nexthop id (EINVAL)')
      assert.is(shown(netns).length, 498)
      const sent = notifier.connection.counters.sentBytes
      for (const [entry, message] of [
        [{ gateway: '10.0.0.2', oif: v0 }, '[500].id: is missing'],
        [{ id: 7, blackhole: true }, '[500]: nexthop id 7 is wanted twice, first by [6]'],
        [{ id: 777, gateway: 'fd00::1', family: 2 }, '[500].family: 2 is not that of the gateway fd00::1, 10'],
      ] as const) {
        await sync(netns, [...good, entry], { notifier }).then(
          () => assert.unreachable(message),
          (error: Error) => assert.is(error.message, message),
        )
      }
      assert.is(notifier.connection.counters.sentBytes, sent)
      notifier.close()
    }),
)

owning('a running owner heals what others and the kernel do', () =>
  inNetns(async (netns, v0, v1) => {
    const desired: NexthopEntry[] = [
      { id: 1, gateway: '10.0.0.2', oif: v0 },
      { id: 2, gateway: '10.0.1.2', oif: v1 },
      { id: 101, group: [member(1, 5), member(2)] },
      { id: 102, group: [member(1)] },
    ]
    ip(`-n ${netns} nexthop add id 50 via 10.0.0.50 dev v0 proto 186`)
    const controller = await keep(owner, desired, { netns })
    assert.equal([controller.requests, controller.failed], [4, []])
    const expected = JSON.stringify(shown(netns))
    const isWhole = (): boolean => JSON.stringify(shown(netns)) === expected
    for (const [edit, requests] of [
      ['replace id 1 via 10.0.0.77 dev v0 proto 84', 1],
      ['replace id 2 via 10.0.1.77 dev v1', 1],
      ['replace id 101 group 1 proto 84', 1],
      ['del id 102', 1],
      // It goes from one group, and the other one goes with it.
      ['del id 1', 3],
      ['add id 77 blackhole proto 84', 1],
    ] as const) {
      const before = controller.requests
      ip(`-n ${netns} nexthop ${edit}`)
      await until(() => controller.requests - before >= requests && isWhole(), `${edit} is healed`)
      await controller.idle()
      assert.equal([controller.requests - before, controller.failed, controller.conflicts], [requests, [], []], edit)
    }
    const before = controller.requests
    controller.set({ id: 101, group: [member(1, 6), member(2)] })
    await controller.idle()
    assert.is(controller.requests - before, 1, 'one weight is one request')
    assert.equal(shown(netns, ({ id }) => id === 101)[0]?.group, [member(1, 6), member(2)])
    // The kernel takes the nexthops of a link away without a word, and the group that is left empty.
    controller.set(desired[2]!)
    await controller.idle()
    ip(`-n ${netns} nexthop del id 50`)
    const whole = JSON.stringify(shown(netns))
    ip(`-n ${netns} link set v0 down`)
    await until(() => controller.failed.length === 2, 'what needs the link is refused, and the other group goes on')
    assert.equal(ids(shown(netns)), [2, 101])
    ip(`-n ${netns} link set v0 up`)
    await until(() => JSON.stringify(shown(netns)) === whole, 'all are back with the link')
    await until(() => controller.failed.length === 0, 'none is listed')
    assert.is((await controller.remove()).removed, 4)
    assert.equal(shown(netns), [])
  }),
)

owning('routes stay while what they go by is replaced', () =>
  inNetns(async (netns, v0, v1) => {
    const desired = (gateway: string, weight: number): NexthopEntry[] => [
      { id: 1, gateway, oif: v0 },
      { id: 2, gateway: '10.0.1.2', oif: v1 },
      { id: 101, group: [member(1, weight), member(2)] },
    ]
    await sync(netns, desired('10.0.0.2', 1))
    ipBatch(netns, ['route add 20.0.0.0/24 nhid 101', 'route add 20.0.1.0/24 nhid 1'])
    for (let round = 2; round < 20; round++) {
      const { replaced, failed } = await sync(netns, desired(`10.0.0.${round + 1}`, round))
      assert.equal([replaced, failed], [2, []])
      const routes = JSON.parse(ip(`-n ${netns} -j route show proto boot`)) as { dst: string; nhid: number }[]
      assert.equal(
        routes.map(({ dst, nhid }) => `${dst} ${nhid}`),
        ['20.0.0.0/24 101', '20.0.1.0/24 1'],
      )
    }
  }),
)

owning.run()
