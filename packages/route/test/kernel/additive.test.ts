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
    await kept.idle()
    assert.is(kept.delete({ dst: '10.61.0.0/16', table: 254 }), 1)
    await until(() => JSON.stringify(made(netns)) === whole, 'what is not desired any more is gone')
    await kept.table.waitForSync()
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

/** Two routes of different protocols under one key, as `ip route` is asked for them, and a third of somebody else. */
const lists = [
  {
    prefix: '10.41.0.0/16',
    made: ['10.41.0.0/16 via 10.0.0.3 proto bird', '10.41.0.0/16 via 10.0.0.4 proto static'],
    desired: [
      { dst: '10.41.0.0/16', gateway: '10.0.0.3', protocol: 'bird' },
      { dst: '10.41.0.0/16', gateway: '10.0.0.4', protocol: 'static' },
    ],
    foreign: '10.41.0.0/16 via 10.0.0.5 proto zebra',
    changed: { gateway: '10.0.0.6' },
  },
  {
    prefix: 'fd42::/64',
    made: ['blackhole fd42::/64 proto bird', 'fd42::/64 via fd00:1::4 proto static'],
    desired: [
      { dst: 'fd42::/64', type: 'blackhole', protocol: 'bird' },
      { dst: 'fd42::/64', gateway: 'fd00:1::4', protocol: 'static' },
    ],
    foreign: 'fd42::/64 dev v1 proto zebra',
    changed: { type: 'unreachable' },
  },
] as const

for (const { prefix, made: commands, desired, foreign, changed } of lists) {
  const shown = (netns: string): { readonly protocol: string; readonly gateway?: string; readonly type?: string }[] =>
    ipJson(netns, `-d ${prefix.includes(':') ? '-6' : '-4'} route show ${prefix}`)
  const text = (netns: string): string => JSON.stringify(shown(netns))
  const sync = (netns: string, entries: readonly object[]) => reconcile(rules, entries, { netns, additive: true })

  additive(`of different protocols under ${prefix} are not in each other's way`, () =>
    inNetns(async (netns) => {
      for (const command of commands) ip(`-n ${netns} route append ${command}`)
      const whole = text(netns)
      assert.equal(
        shown(netns)
          .map(({ protocol }) => protocol)
          .sort(),
        ['bird', 'static'],
      )
      const table = await RouteTable.open({ netns })
      const read = [...table].filter(({ dst }) => dst === prefix)
      table.close()
      // As they are, as they were read, and once they were written into an emptied table.
      for (const entries of [read, read]) {
        const outcome = await sync(netns, entries)
        assert.equal([outcome.unchanged, outcome.changes, outcome.conflicts, outcome.failed], [2, 0, [], []])
        for (const command of commands) ip(`-n ${netns} route del ${command}`)
        assert.is((await sync(netns, entries)).added, 2)
        assert.is(text(netns), whole)
      }
      assert.is((await sync(netns, read)).changes, 0)
      // One of them is missing.
      ip(`-n ${netns} route del ${commands[0]}`)
      const again = await sync(netns, desired)
      assert.equal([again.conflicts, again.failed], [[], []])
      assert.is(text(netns), whole)
      // Of each protocol its own one is replaced.
      const other = [{ ...desired[0], gateway: undefined, type: undefined, ...changed }, desired[1]]
      assert.equal([(await sync(netns, other)).conflicts, shown(netns).length], [[], 2])
      const [bird] = shown(netns).filter(({ protocol }) => protocol === 'bird')
      for (const [field, value] of Object.entries(changed)) assert.is(bird?.[field as 'gateway' | 'type'], value)
      assert.is((await sync(netns, other)).changes, 0)
    }),
  )

  additive(`of somebody else under ${prefix} are in the way of those alone that are missing`, () =>
    inNetns(async (netns) => {
      for (const command of [...commands, foreign]) ip(`-n ${netns} route append ${command}`)
      const whole = text(netns)
      const kept = await sync(netns, desired)
      assert.equal([kept.unchanged, kept.changes, kept.conflicts], [2, 0, []])
      ip(`-n ${netns} route del ${commands[1]}`)
      const { conflicts, changes } = await sync(netns, desired)
      assert.is(changes, 0)
      assert.equal(
        conflicts.map(({ entry, actual }) => [entry.protocol, actual.protocol]),
        [[RouteProtocol.STATIC, RouteProtocol.ZEBRA]],
      )
      assert.is.not(text(netns), whole)
    }),
  )

  additive(`of different protocols under ${prefix} are put back, one or both`, () =>
    inNetns(async (netns) => {
      await using kept = await keep(rules, desired, { netns, additive: true })
      const whole = text(netns)
      assert.is(shown(netns).length, 2)
      for (const gone of [[0], [1], [0, 1]]) {
        for (const at of gone) ip(`-n ${netns} route del ${commands[at]}`)
        await until(() => text(netns) === whole, `${gone.join()} of ${prefix} is back`)
        await kept.idle()
        assert.equal([kept.conflicts, kept.failed], [[], []])
      }
    }),
  )
}

additive.run()
