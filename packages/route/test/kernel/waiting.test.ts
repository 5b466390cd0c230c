// timeout: 600
import { tries } from '@rtnl/compliance'
import { type Cause, type Controller, keep, reconcile } from '@rtnl/reconcile'
import { type Route, type RouteOwnership, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carrier, ifindexOf, ip, ipBatch, ipForce, play, until } from '../support/ip.ts'
import { consecutive, inNetns, ours, ownership, shownTable } from '../support/owned.ts'
import { withStoppedClock } from '../support/stopped-clock.ts'

const waiting = suite('routes that wait')

const main: RouteOwnership = { table: 254, protocol: 84 }

/** Prefixes of ours in a table, as `ip` shows them. */
function shown(netns: string, table = main.table): string[] {
  return ours(shownTable(netns, table))
    .map(({ dst }) => String(dst))
    .sort()
}

function causes<Entry, Wanted>({ waiting: list }: Controller<Entry, Wanted>): string[] {
  return list.map(({ cause, count }: Cause<Entry>) => `${count}: ${cause}`)
}

/** Keeps routes in the main table; the first round is over. */
async function controller(
  netns: string,
  desired: readonly Partial<Route>[],
  test: (controller: Controller<Route, unknown>) => Promise<void>,
  where = main,
): Promise<void> {
  await using kept = await keep(routeOwner(where), desired as never[], { netns })
  await test(kept as Controller<Route, unknown>)
}

const unreachable: readonly [family: string, route: Partial<Route>, address: string, cause: string][] = [
  ['IPv4', { dst: '5.5.5.5/32', gateway: '192.168.1.254' }, '192.168.1.1/24', '192.168.1.254'],
  ['IPv6', { dst: '2001:db8:5::/48', gateway: 'fd99::254' }, 'fd99::1/64', 'fd99::254'],
]

for (const [family, route, address, gateway] of unreachable) {
  const cause = `1: gateway ${gateway}, which no route reaches directly`

  waiting(`${family}: a gateway is reached when an interface has an address in its network`, () =>
    inNetns((netns) =>
      controller(netns, [route], async (kept) => {
        assert.equal(causes(kept), [cause])
        await withStoppedClock(async () => {
          ip(`-n ${netns} addr add ${address} dev v0`)
          await until(() => shown(netns).length === 1, 'the route is in')
          await kept.idle()
          assert.equal(causes(kept), [])
          // And again after an absence, in which the kernel takes the route along.
          ip(`-n ${netns} addr del ${address} dev v0`)
          ipForce(netns, [`route del ${route.dst}`])
          await until(() => causes(kept)[0] === cause, 'it waits again')
          ip(`-n ${netns} addr add ${address} dev v0`)
          await until(() => shown(netns).length === 1, 'the route is back')
        })
      }),
    ),
  )

  waiting(`${family}: a gateway is reached when somebody makes a route to it`, () =>
    inNetns((netns) =>
      controller(netns, [route], (kept) =>
        withStoppedClock(async () => {
          assert.equal(causes(kept), [cause])
          ip(`-n ${netns} route add ${address.replace(/1\/.*/, '254')} dev v1`)
          await until(() => shown(netns).length === 1, 'the route is in')
        }),
      ),
    ),
  )

  waiting(`${family}: a gateway is reached by another route of ours, whichever stands first`, () =>
    inNetns(async (netns) => {
      const oif = ifindexOf(netns, 'v0')
      const direct = { dst: `${gateway}/${family === 'IPv6' ? 128 : 32}`, oif }
      const outcome = await reconcile(routeOwner(main), [route, direct], { netns })
      assert.equal([outcome.failed, outcome.added], [[], 2])
      const again = await reconcile(routeOwner(main), [route, direct], { netns })
      assert.equal([again.changes, again.unchanged], [0, 2])
      await controller(netns, [route, direct], async (kept) => {
        await withStoppedClock(async () => {
          for (let flap = 0; flap < 3; flap++) {
            ip(`-n ${netns} link set v0 down`)
            await until(() => shown(netns).length === 0 && causes(kept).length > 0, 'both are gone')
            ip(`-n ${netns} link set v0 up`)
            await until(() => shown(netns).length === 2, 'both are back')
          }
        })
        // What others resolve through goes last.
        assert.is((await kept.remove()).removed, 2)
      })
    }),
  )
}

waiting('a nexthop object, and its interface, are waited for', () =>
  inNetns((netns) =>
    controller(netns, [{ dst: '5.0.0.0/8', nhId: 7 }], (kept) =>
      withStoppedClock(async () => {
        assert.equal(causes(kept), ['1: nexthop 7, which does not exist'])
        ip(`-n ${netns} nexthop add id 7 via 10.0.0.9 dev v0`)
        await until(() => shown(netns).length === 1, 'the route is in')
        ip(`-n ${netns} nexthop del id 7`)
        await until(() => causes(kept).length === 1, 'it waits again')
        ip(`-n ${netns} nexthop add id 7 blackhole`)
        await until(() => shown(netns).length === 1, 'the route is back')
      }),
    ),
  ),
)

/** Routes of one gateway or link. */
const many = tries(20_000)

waiting('very many routes of a link that goes down are one cause, and are not tried until it is up', () =>
  inNetns((netns) =>
    controller(
      netns,
      consecutive(many, '10.0.0.9'),
      async (kept) => {
        ip(`-n ${netns} link set v0 down`)
        await until(() => causes(kept)[0]?.startsWith(`${many}: `) ?? false, 'all wait')
        assert.equal(causes(kept), [`${many}: gateway 10.0.0.9, which no route reaches directly`])
        ip(`-n ${netns} link set v0 up`)
        await until(() => ours(shownTable(netns)).length === many, 'all are back')
        await kept.idle()
        assert.equal([kept.waiting, kept.failed], [[], []])
      },
      ownership,
    ),
  ),
)

waiting('routes with an interface are not even sent while it is down', () =>
  inNetns(async (netns) => {
    const oif = ifindexOf(netns, 'v0')
    const few = tries(5000)
    const desired = consecutive(few, '10.0.0.9').map((route) => ({ ...route, oif }))
    await controller(
      netns,
      desired,
      async (kept) => {
        const { requests } = kept
        ip(`-n ${netns} link set v0 down`)
        await until(() => causes(kept)[0] === `${few}: link v0, which is down`, 'all wait for the link')
        // The kernel takes the routes before it tells of the link: one may be tried in between.
        assert.ok(kept.requests - requests < 10, `${kept.requests - requests} requests`)
        ip(`-n ${netns} link set v0 up`)
        await until(() => ours(shownTable(netns)).length === few, 'all are back')
        await kept.idle()
        assert.equal([kept.waiting, kept.failed], [[], []])
      },
      ownership,
    )
  }),
)

/** IPv6 addresses go when a link goes down. Where they are there, or the link is down, nothing happens. */
function addresses(netns: string): void {
  const all = [0, 1, 2].map((number) => `addr add fd00:${number}::1/64 dev v${number} nodad`)
  ipForce(netns, all)
}

/** The legs of our only route, as `ip` shows them; those that are out of use are marked. */
function legs(netns: string): string[] {
  const [route] = ours(shownTable(netns))
  const list = (route?.nexthops ?? (route === undefined ? [] : [route])) as { dev: string; flags?: string[] }[]
  return list.map(({ dev, flags = [] }) => `${dev}${flags.includes('dead') ? ' dead' : ''}`).sort()
}

for (const [family, dst, gateways] of [
  ['IPv4', '50.0.0.0/8', ['10.0.0.9', '10.0.1.9', '10.0.2.9']],
  ['IPv6', '2001:db8:50::/48', ['fd00:0::9', 'fd00:1::9', 'fd00:2::9']],
] as const) {
  waiting(`${family}: a multipath route goes on with the legs that can be used, and regains the others`, () =>
    inNetns(async (netns) => {
      const multipath = gateways.map((gateway, number) => ({
        gateway,
        oif: ifindexOf(netns, `v${number}`),
        weight: 1,
        flags: 0,
      }))
      ip(`-n ${netns} link set v2 down`)
      await controller(
        netns,
        [{ dst, multipath }],
        async (kept) => {
          assert.equal(legs(netns), ['v0', 'v1'])
          assert.equal(causes(kept), ['1: link v2, which is down'])
          assert.equal(
            kept.waiting.map(({ partial }) => partial),
            [true],
          )
          assert.equal(kept.failed, [])
          ip(`-n ${netns} link set v2 up`)
          addresses(netns)
          await until(() => legs(netns).join() === 'v0,v1,v2', 'the third leg is there')
          // IPv4 loses the whole route with a device that is deleted, although other legs are alive.
          ip(`-n ${netns} link del v1`)
          await until(() => legs(netns).join() === 'v0,v2', 'the legs that are left')
          ipBatch(netns, ['link set v0 down', 'link set v2 down'])
          await until(() => causes(kept).length > 0 && legs(netns).every((leg) => leg.endsWith('dead')), 'none is left')
          ip(`-n ${netns} link set v0 up`)
          addresses(netns)
          await until(
            () =>
              legs(netns)
                .filter((leg) => !leg.endsWith('dead'))
                .join() === 'v0',
            'one is back',
          )
          ip(`-n ${netns} link set v2 up`)
          addresses(netns)
          await until(() => legs(netns).join() === 'v0,v2', 'both are back')
        },
        ownership,
      )
    }),
  )
}

waiting('an interface is found by its name, and is followed when another one has it', () =>
  inNetns(async (netns) => {
    const desired = [{ dst: '60.0.0.0/8', oif: 'w0' }]
    const devices = (): string =>
      ours(shownTable(netns))
        .map(({ dev }) => dev)
        .join()
    await controller(
      netns,
      desired as unknown as Partial<Route>[],
      (kept) =>
        withStoppedClock(async () => {
          assert.equal(causes(kept), ['1: link w0, which does not exist'])
          ip(`-n ${netns} link add w0 type veth peer name w1`)
          await until(() => causes(kept)[0] === '1: link w0, which is down', 'it is there')
          ip(`-n ${netns} link set w0 up`)
          await until(() => devices() === 'w0', 'the route goes out of it')
          const index = ifindexOf(netns, 'w0')
          ip(`-n ${netns} link del w0`)
          await until(() => causes(kept)[0] === '1: link w0, which does not exist', 'it is gone')
          // Another interface has its index now, and none its name.
          ipBatch(netns, [`link add other index ${index} type veth peer name another`, 'link set other up'])
          await kept.table.waitForSync()
          await kept.idle()
          assert.is(devices(), '')
          ipBatch(netns, ['link set other down', 'link set other name w0', 'link set w0 up'])
          await until(() => devices() === 'w0', 'the name was given to it')
          ipBatch(netns, [
            'link set w0 down',
            'link set w0 name v9',
            'link set v0 down',
            'link set v0 name w0',
            'link set w0 up',
          ])
          await until(() => devices() === 'w0', 'and then to v0')
          await kept.idle()
          assert.equal(causes(kept), [])
        }),
      ownership,
    )
  }),
)

waiting('a leg whose interface does not exist is named, and comes in with it', () =>
  inNetns(async (netns) => {
    const multipath = [
      { gateway: '10.0.0.9', oif: 'v0' },
      { gateway: '10.7.0.9', oif: 'w0' },
    ]
    await controller(
      netns,
      [{ dst: '60.0.0.0/8', multipath }] as unknown as Partial<Route>[],
      async (kept) => {
        assert.equal([legs(netns), causes(kept)], [['v0'], ['1: link w0, which does not exist']])
        assert.is(
          kept.waiting[0]?.error.message,
          'route 60.0.0.0/8 table 100: is there in part, and waits for link w0, which does not exist',
        )
        ipBatch(netns, [
          'link add w0 type veth peer name w1',
          'link set w0 up',
          'link set w1 up',
          'addr add 10.7.0.1/24 dev w0',
        ])
        await until(() => legs(netns).join() === 'v0,w0', 'both legs are there')
        await kept.idle()
        assert.equal(causes(kept), [])
      },
      ownership,
    )
  }),
)

waiting('an interface that is waited for by its name is a failure of a single run', () =>
  inNetns(async (netns) => {
    const desired = [
      { dst: '60.0.0.0/8', oif: 'w0' },
      { dst: '61.0.0.0/8', oif: 'v0' },
    ] as never[]
    const outcome = await reconcile(routeOwner(ownership), desired, { netns })
    assert.is(outcome.added, 1)
    assert.equal(
      outcome.failed.map(({ error }) => error.message),
      ['route 60.0.0.0/8 table 100: waits for link w0, which does not exist'],
    )
    assert.equal(
      ours(shownTable(netns)).map(({ dst, dev }) => `${dst} ${dev}`),
      ['61.0.0.0/8 v0'],
    )
  }),
)

waiting('a carrier that is gone is no reason to wait for routes', () =>
  inNetns((netns) =>
    controller(
      netns,
      [{ dst: '70.0.0.0/8', gateway: '10.0.0.9' }],
      async (kept) => {
        await play(netns, ['link set p0 down', carrier('v0', false)])
        await kept.table.waitForSync()
        await kept.idle()
        assert.equal([ours(shownTable(netns)).length, causes(kept)], [1, []])
      },
      ownership,
    ),
  ),
)

waiting.run()
