import { RouteProtocol } from '@rtnl/netlink-core'
import { keep, reconcile } from '@rtnl/reconcile'
import { type Route, RouteTable, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, ipJson, until } from '../support/ip.ts'
import { inNetns } from '../support/owned.ts'

const additive = suite('additive routes')

const rules = routeOwner({ additive: true })

/** All routes but those that the kernel made, as `ip` shows them: one text each. */
function made(netns: string): string[] {
  return ['-4', '-6']
    .flatMap((family) => ipJson<Record<string, unknown>>(netns, `-d -N ${family} route show table all`))
    .filter(({ protocol }) => protocol !== '2')
    .map((route) => JSON.stringify(route))
    .sort()
}

const others = [
  'route add 10.50.0.0/16 via 10.0.0.9 proto 186',
  'route add 10.51.0.0/16 via 10.0.0.9 proto 84 table 100',
  'route add unreachable 10.52.0.0/16 table 4711 metric 7',
  'route add fd50::/64 via fd00:1::9 proto 11 metric 20',
]

additive('are added and replaced, and nothing else is removed', () =>
  inNetns(async (netns) => {
    ipBatch(netns, others)
    const before = made(netns)
    const desired = [
      { dst: '10.51.0.0/16', gateway: '10.0.0.8', protocol: 84, table: 100 },
      { dst: '10.60.0.0/16', gateway: '10.0.0.7', table: 200 },
      { dst: 'fd60::/64', oif: 'v1', protocol: 'bgp' },
    ]
    const outcome = await reconcile(rules, desired, { netns, additive: true })
    assert.equal([outcome.failed, outcome.added, outcome.replaced, outcome.removed], [[], 2, 1, 0])
    assert.is(made(netns).length, before.length + 2)
    assert.is((await reconcile(rules, desired, { netns, additive: true })).changes, 0)
    // Who desires nothing removes nothing.
    assert.is((await reconcile(rules, [], { netns, additive: true })).changes, 0)
    // One of another protocol is in the way.
    const blocked = [{ dst: '10.50.0.0/16', gateway: '10.0.1.9', protocol: 'static' }]
    assert.is((await reconcile(rules, blocked, { netns, additive: true })).conflicts.length, 1)
  }),
)

additive('are kept, and only what was written here is removed in the end', () =>
  inNetns(async (netns) => {
    ipBatch(netns, others)
    const before = made(netns)
    const desired: Partial<Route>[] = [
      { dst: '10.50.0.0/16', gateway: '10.0.0.9', protocol: 186 },
      { dst: '10.60.0.0/16', gateway: '10.0.0.7' },
    ]
    await using kept = await keep(rules, desired, { netns, additive: true })
    assert.is(made(netns).length, before.length + 1)
    const whole = JSON.stringify(made(netns))
    ipBatch(netns, ['route del 10.60.0.0/16', 'route del 10.50.0.0/16', 'route add 10.70.0.0/16 via 10.0.0.9'])
    ip(`-n ${netns} route del 10.70.0.0/16`)
    await until(() => JSON.stringify(made(netns)) === whole, 'both are back')
    kept.set({ dst: '10.61.0.0/16', gateway: '10.0.0.7' })
    await kept.settled()
    assert.is(kept.delete({ dst: '10.61.0.0/16', table: 254 }), 1)
    await until(() => JSON.stringify(made(netns)) === whole, 'what is not desired any more is gone')
    await kept.table.fresh()
    // Both were written here by now: one of them since somebody had removed it.
    assert.is((await kept.remove()).removed, 2)
    assert.equal(
      made(netns),
      before.filter((route) => !route.includes('10.50.0.0')),
    )
  }),
)

additive('restore what was read, in an emptied table', () =>
  inNetns(async (netns) => {
    ipBatch(netns, others)
    const before = made(netns)
    const table = await RouteTable.open({ netns })
    // The kernel makes its own with addresses.
    const backup = [...table].filter(({ protocol }) => protocol !== RouteProtocol.KERNEL)
    table.close()
    for (const line of others) ip(`-n ${netns} ${line.replace(' add ', ' del ')}`)
    const outcome = await reconcile(rules, backup, { netns, additive: true })
    assert.equal([outcome.failed, outcome.conflicts, outcome.added], [[], [], others.length])
    assert.equal(made(netns), before)
  }),
)

additive.run()
