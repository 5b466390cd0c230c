// timeout: 900
import { assertNothingLeft, resources, tries } from '@rtnl/compliance'
import type { NetlinkError } from '@rtnl/netlink-core'
import { keep } from '@rtnl/reconcile'
import { type Route, RouteTable, RouteType, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carrier, ifindexOf, ip, ipBatch, ipForce, ipJson, play, sysctl, until } from '../support/ip.ts'
import { consecutive, inNetns, others, ours, ownership, shownTable, sync } from '../support/owned.ts'
import { everyKind, nexthops } from '../support/route-kinds.ts'
import type { Shown } from '../support/shown.ts'

/** Empties our table. */
function flush(netns: string, family: string, which = ''): void {
  // Otherwise `ip` fails on what it has read of a route by a nexthop object.
  sysctl(netns, 'net.ipv4.nexthop_compat_mode', 0)
  ip(`-n ${netns} ${family} route flush table ${ownership.table} ${which}`.trim())
  sysctl(netns, 'net.ipv4.nexthop_compat_mode', 1)
}

const reconciling = suite('routes of ours')

reconciling('a second run plans nothing, for every kind of route', () =>
  inNetns(async (netns) => {
    await play(netns, nexthops)
    const desired = everyKind(ifindexOf(netns, 'v0'), ifindexOf(netns, 'v1'))
    const first = await sync(netns, desired)
    assert.equal(
      first.failed.map(({ entry, error }) => `${entry.dst}: ${error.message}`),
      [],
    )
    assert.equal([first.added, first.conflicts, shownTable(netns).length], [desired.length, [], desired.length])
    const steps: unknown[] = []
    const second = await sync(netns, desired, { onOperation: (step) => void steps.push(step) })
    assert.equal([steps, second.unchanged], [[], desired.length])
    // What is read can be wanted: it is the same.
    const table = await RouteTable.open({ netns, table: ownership.table })
    const read = [...table]
    table.close()
    const third = await sync(netns, read, { onOperation: (step) => void steps.push(step) })
    assert.equal([steps, third.unchanged], [[], desired.length])
    // And what is read can be written.
    flush(netns, '-4', 'type unicast')
    const before = shownTable(netns).length
    assert.ok(before < desired.length)
    const again = await sync(netns, read)
    assert.equal([again.failed, again.added], [[], desired.length - before])
    const { changes } = await sync(netns, desired)
    assert.is(changes, 0)
    assert.equal((await sync(netns, [])).removed, desired.length)
    assert.equal(shownTable(netns), [])
  }),
)

reconciling('every kind becomes any other in one step', () =>
  inNetns(async (netns) => {
    await play(netns, nexthops)
    const kinds = everyKind(ifindexOf(netns, 'v0'), ifindexOf(netns, 'v1'))
    for (const family of ['.', ':']) {
      const dst = family === '.' ? '30.0.0.0/24' : 'fd30::/64'
      // All under one key, and nothing that asks for a length.
      const routes = kinds
        .filter((route) => route.dst?.includes(family))
        .map(({ priority: _, tos: _tos, ...route }) => ({ ...route, dst }))
      for (const [index, route] of routes.entries()) {
        const outcome = await sync(netns, [route])
        const from = JSON.stringify(routes[index - 1])
        const what = `${from} becomes ${JSON.stringify(route)}: ${outcome.failed[0]?.error.message}`
        assert.equal(outcome.failed, [], what)
        assert.equal([shownTable(netns).length, (await sync(netns, [route])).changes], [1, 0], what)
      }
      await sync(netns, [])
    }
  }),
)

/** Other routes of our table, and some in other tables. */
const foreign = [
  'route add 20.0.0.0/16 via 10.0.0.9 table 100 proto 186',
  'route add 20.0.40.0/24 via 10.0.0.9 table 100 proto 186 metric 5',
  'route append 20.0.40.0/24 via 10.0.1.9 table 100 proto 186 metric 5',
  'route add blackhole 20.0.41.0/24 table 100',
  'route add 20.0.42.0/24 via 10.0.0.9 table 101 proto 84',
  'route add fd20:40::/64 via fd00:0::9 table 100 proto 186',
  'route add fd20:41::/64 via fd00:0::9 table 101 proto 84',
]

reconciling('what others have stays as it is, and what is in our way is told', () =>
  inNetns(async (netns) => {
    await play(netns, foreign)
    const before = [shownTable(netns), shownTable(netns, 101)]
    const desired = [
      { dst: '20.0.0.0/16', gateway: '10.0.0.2' },
      { dst: '20.0.0.0/16', gateway: '10.0.0.2', priority: 3 },
      { dst: '20.0.40.0/24', gateway: '10.0.0.2' },
      { dst: 'fd20:40::/64', gateway: 'fd00:0::2' },
      { dst: 'fd20:41::/64', gateway: 'fd00:0::2' },
    ]
    const { added, conflicts, failed } = await sync(netns, desired)
    assert.equal([added, failed], [3, []])
    assert.equal(
      conflicts.map(({ entry, actual }) => [entry.dst, actual.protocol]),
      [
        ['20.0.0.0/16', 186],
        ['fd20:40::/64', 186],
      ],
    )
    assert.equal(ours(shownTable(netns)).length, 3)
    assert.equal([others(shownTable(netns)), shownTable(netns, 101)], before)
    assert.is((await sync(netns, [])).removed, 3)
    assert.equal([shownTable(netns), shownTable(netns, 101)], before)
  }),
)

reconciling('of a list only ours changes, wherever it stands', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'route add 20.0.0.0/24 via 10.0.0.9 table 100 proto 186',
      'route append 20.0.0.0/24 via 10.0.0.2 table 100 proto 84',
      'route append 20.0.0.0/24 via 10.0.0.8 table 100 proto 187',
      'route add 20.0.1.0/24 via 10.0.0.2 table 100 proto 84',
      'route append 20.0.1.0/24 via 10.0.0.8 table 100 proto 187',
      'route append 20.0.1.0/24 via 10.0.0.7 table 100 proto 84',
    ])
    const { replaced, removed, failed } = await sync(netns, [
      { dst: '20.0.0.0/24', gateway: '10.0.0.3' },
      { dst: '20.0.1.0/24', gateway: '10.0.0.3' },
    ])
    assert.equal([replaced, failed], [2, []])
    assert.is(removed, 2, 'the one that has a successor behind it, and one that is too many')
    assert.equal(
      shownTable(netns).map(({ dst, gateway, protocol }) => `${dst} ${gateway} ${protocol}`),
      [
        '20.0.0.0/24 10.0.0.9 186',
        '20.0.0.0/24 10.0.0.8 187',
        '20.0.0.0/24 10.0.0.3 84',
        '20.0.1.0/24 10.0.0.3 84',
        '20.0.1.0/24 10.0.0.8 187',
      ],
    )
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

reconciling('from any state it comes to what is wanted, and others are left alone', () =>
  inNetns(async (netns) => {
    await play(netns, nexthops)
    for (let seed = 1; seed <= tries(40, 3); seed++) {
      const stream = numbers(seed)
      const pick = <Value>(...values: Value[]): Value => values[stream.next().value % values.length]!
      const ways = [
        'via 10.0.0.2',
        'via 10.0.1.2',
        'dev v0',
        'nhid 1',
        'nhid 10',
        'nexthop via 10.0.0.4 nexthop via 10.0.1.4',
      ]
      const ways6 = ['via fd00:0::2', 'dev v0', 'nhid 6', 'nexthop via fd00:0::4 nexthop via fd00:1::4']
      ipForce(
        netns,
        Array.from({ length: 60 }, () =>
          pick(0, 1, 2) > 0
            ? `route ${pick('add', 'append', 'prepend')} 20.0.${pick(0, 1, 2, 3, 4, 5)}.0/24 ${pick(...ways)} table 100 proto ${pick(84, 84, 186, 187)}`
            : `route add fd20:${pick(0, 1, 2, 3, 4, 5)}::/64 ${pick(...ways6)} table 100 proto ${pick(84, 84, 186)}`,
        ),
      )
      const wanted = [
        '20.0.0.0/24',
        '20.0.1.0/24',
        '20.0.2.0/24',
        '20.0.3.0/24',
        'fd20:0::/64',
        'fd20:1::/64',
        'fd20:2::/64',
      ]
        .filter(() => pick(0, 1, 2) > 0)
        .map((dst): Partial<Route> => {
          const isIpv4 = dst.includes('.')
          return pick<Partial<Route>>(
            { dst, gateway: isIpv4 ? '10.0.0.2' : 'fd00:0::2' },
            { dst, gateway: isIpv4 ? '10.0.1.5' : 'fd00:1::5' },
            { dst, nhId: isIpv4 ? 10 : 6 },
            { dst, type: RouteType.BLACKHOLE },
          )
        })
      const before = others(shownTable(netns))
      const { conflicts, failed } = await sync(netns, wanted)
      assert.equal(failed, [], `seed ${seed}`)
      const after = shownTable(netns)
      assert.equal(others(after), before, `seed ${seed}: others`)
      const stuck = new Set(conflicts.map(({ entry }) => entry.dst))
      const prefixes = (routes: readonly (Shown | Partial<Route>)[]): unknown[] =>
        routes
          .map(({ dst }) => String(dst).replace('fd20::/64', 'fd20:0::/64'))
          .filter((dst) => !stuck.has(dst))
          .sort()
      assert.equal(prefixes(ours(after)), prefixes(wanted), `seed ${seed}: ours`)
      for (const dst of stuck) assert.ok(before.some((route) => route.dst === dst || dst === 'fd20::/64'))
      assert.is((await sync(netns, wanted)).changes, 0, `seed ${seed}: a second run`)
      for (const family of ['-4', '-6']) flush(netns, family)
    }
  }),
)

reconciling('a running owner heals, waits, and pays one request for one change', () =>
  inNetns(async (netns) => {
    ipBatch(
      netns,
      consecutive(2000, '10.0.1.9', 60).map(
        ({ dst, gateway }) => `route add ${dst} via ${gateway} table 100 proto 186`,
      ),
    )
    const foreignBefore = JSON.stringify(others(shownTable(netns)))
    const desired = [...consecutive(2000, '10.0.0.2'), { dst: 'fd20::/64', gateway: 'fd00:0::2' }]
    const controller = await keep(routeOwner(ownership), desired, { netns })
    assert.equal([controller.requests, controller.failed], [2001, []])
    const expected = JSON.stringify(ours(shownTable(netns)))
    const isWhole = (): boolean => JSON.stringify(ours(shownTable(netns))) === expected
    for (const edit of [
      'route del 10.20.7.0/24 table 100',
      'route replace 10.20.8.0/24 via 10.0.1.7 table 100 proto 84',
      'route replace 10.20.9.0/24 via 10.0.1.7 table 100',
      'route replace blackhole 10.20.10.0/24 table 100 proto 186',
      'route change 10.20.11.0/24 via 10.0.0.2 mtu 1300 table 100 proto 84',
      '-6 route del fd20::/64 table 100',
      '-6 route replace fd20::/64 via fd00:1::7 table 100',
      '-6 route append fd20::/64 via fd00:1::7 table 100 proto 84',
    ]) {
      const before = controller.requests
      ip(`-n ${netns} ${edit}`)
      await until(() => controller.requests > before && isWhole(), `${edit} is healed`)
      await controller.idle()
      assert.equal([controller.requests - before, controller.failed, controller.conflicts], [1, [], []], edit)
    }
    const before = controller.requests
    controller.set({ dst: '10.20.30.0/24', gateway: '10.0.1.2' })
    await controller.idle()
    assert.is(controller.requests - before, 1)
    const [changed] = ipJson<Shown>(netns, 'route show 10.20.30.0/24 table 100')
    assert.is(changed?.gateway, '10.0.1.2')
    controller.set({ dst: '10.20.30.0/24', gateway: '10.0.0.2' })
    await controller.idle()
    // What was there first is not ours, and ours comes in when it goes.
    controller.set({ dst: '10.60.0.0/24', gateway: '10.0.0.2' })
    await controller.idle()
    assert.is(controller.conflicts[0]?.actual.gateway, '10.0.1.9')
    assert.is(JSON.stringify(others(shownTable(netns))), foreignBefore)
    ip(`-n ${netns} route del 10.60.0.0/24 table 100`)
    await until(
      () => ipJson<Shown>(netns, 'route show 10.60.0.0/24 table 100')[0]?.gateway === '10.0.0.2',
      'ours is in',
    )
    assert.is((await controller.remove()).removed, 2002)
    const left = shownTable(netns)
    assert.equal([ours(left), others(left).length], [[], 1999])
  }),
)

reconciling('routes come back with their link', () =>
  inNetns(async (netns) => {
    const controller = await keep(routeOwner(ownership), consecutive(50, '10.0.0.2'), { netns })
    // IPv4 routes go without a word.
    ip(`-n ${netns} link set v0 down`)
    await until(() => controller.failed.length === 50, 'all are refused')
    assert.is((controller.failed[0]?.error as NetlinkError | undefined)?.code, 'ENETUNREACH')
    assert.equal(shownTable(netns), [])
    ip(`-n ${netns} link set v0 up`)
    await play(netns, [carrier('v0', true)])
    await until(() => shownTable(netns).length === 50, 'all are back')
    await until(() => controller.failed.length === 0, 'none is listed')
    controller.close()
    assert.is(shownTable(netns).length, 50, 'closing leaves them')
  }),
)

reconciling('nothing is left open', () =>
  inNetns(async (netns) => {
    const round = async (): Promise<void> => {
      await sync(netns, consecutive(10, '10.0.0.2'))
      const controller = await keep(routeOwner(ownership), consecutive(10, '192.0.2.1'), { netns })
      assert.is(controller.failed.length, 10, 'all of them wait for another try')
      controller.close()
    }
    await round()
    const before = resources()
    for (let turn = 0; turn < 5; turn++) await round()
    await assertNothingLeft(before)
  }),
)

reconciling.run()
