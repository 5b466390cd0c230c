import { keep, reconcile } from '@rtnl/reconcile'
import { type Route, RouteTable, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindexOf, ip, until } from '../support/ip.ts'
import { inNetns, ours, ownership, shownTable } from '../support/owned.ts'

const several = suite('several routes of ours to one prefix')

/** The gateways, or interfaces, of our routes in the order of the kernel. */
function ways(netns: string): string {
  return ours(shownTable(netns))
    .map(({ gateway, dev }) => gateway ?? dev)
    .join(' ')
}

const to = (gateway: string): Partial<Route> => ({ dst: '10.99.0.0/16', gateway })

several('IPv4: are put in and kept in their order', () =>
  inNetns(async (netns) => {
    const desired = ['10.0.0.7', '10.0.1.7', '10.0.0.8'].map(to)
    const expected = '10.0.0.7 10.0.1.7 10.0.0.8'
    const first = await reconcile(routeOwner(ownership), desired, { netns })
    assert.equal([first.failed, first.added, ways(netns)], [[], 3, expected])
    const second = await reconcile(routeOwner(ownership), desired, { netns })
    assert.equal([second.changes, second.unchanged], [0, 3])
    // What is read can be written.
    const table = await RouteTable.open({ netns, table: ownership.table })
    const read = [...table]
    table.close()
    assert.is((await reconcile(routeOwner(ownership), read, { netns })).unchanged, 3)
    await using kept = await keep(routeOwner(ownership), desired, { netns })
    for (const edit of [
      'route del 10.99.0.0/16 via 10.0.1.7 table 100',
      'route del 10.99.0.0/16 via 10.0.0.7 table 100',
      'route append 10.99.0.0/16 via 10.0.2.7 proto 84 table 100',
      'route prepend 10.99.0.0/16 via 10.0.2.7 proto 84 table 100',
      'route replace 10.99.0.0/16 via 10.0.2.7 proto 84 table 100',
    ]) {
      ip(`-n ${netns} ${edit}`)
      await kept.table.waitForSync()
      await until(() => ways(netns) === expected, `${edit} is undone`)
      await kept.idle()
    }
    kept.set(to('10.0.2.1'), to('10.0.2.2'))
    await until(() => ways(netns) === '10.0.2.1 10.0.2.2', 'others are desired')
    assert.is(kept.delete({ dst: '10.99.0.0/16' }), 1)
    await until(() => ways(netns) === '', 'none is desired')
  }),
)

several('IPv4: another order is made by appending what has to come later', () =>
  inNetns(async (netns) => {
    const [a, b, c] = ['10.0.0.7', '10.0.1.7', '10.0.0.8'].map(to) as [Partial<Route>, Partial<Route>, Partial<Route>]
    for (const order of [[a, b, c], [c, b, a], [b, a], [a, c, b], [c]]) {
      const outcome = await reconcile(routeOwner(ownership), order, { netns })
      assert.equal([outcome.failed, ways(netns)], [[], order.map(({ gateway }) => gateway).join(' ')])
      assert.is((await reconcile(routeOwner(ownership), order, { netns })).changes, 0)
    }
  }),
)

several('IPv4: none is put beside one of somebody else', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} route add 10.99.0.0/16 via 10.0.2.9 proto 186 table 100`)
    const outcome = await reconcile(routeOwner(ownership), [to('10.0.0.7'), to('10.0.1.7')], { netns })
    assert.equal([outcome.added, outcome.conflicts.length], [0, 2])
  }),
)

several('IPv6: those that the kernel would make one of are refused, others stand side by side', () =>
  inNetns(async (netns) => {
    const dst = 'fd99::/64'
    const merged = [
      { dst, gateway: 'fd00:0::7' },
      { dst, gateway: 'fd00:1::7' },
    ]
    await reconcile(routeOwner(ownership), merged, { netns }).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.is(error.message, '[1]: route fd99::/64 table 100 metric 1024 is wanted twice, first by [0]'),
    )
    const apart = [
      { dst, gateway: 'fd00:0::7' },
      { dst, oif: ifindexOf(netns, 'v1') },
    ]
    const outcome = await reconcile(routeOwner(ownership), apart, { netns })
    assert.equal([outcome.failed, ways(netns)], [[], 'fd00::7 v1'])
    assert.is((await reconcile(routeOwner(ownership), apart, { netns })).changes, 0)
  }),
)

several.run()
