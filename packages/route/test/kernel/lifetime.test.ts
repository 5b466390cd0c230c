import { AddressFamily } from '@rtnl/netlink-core'
import { keep } from '@rtnl/reconcile'
import { RouteTable, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipJson, until } from '../support/ip.ts'
import { inNetns, ownership, sync } from '../support/owned.ts'

const lifetimes = suite('lifetimes of routes of ours')

const route = { dst: 'fd20::/64', gateway: 'fd00:0::2' }

/** Seconds that the kernel gives the route, `undefined` where it stays. */
function left(netns: string): number | undefined {
  const [shown] = ipJson<{ dst: string; expires?: number }>(netns, '-6 route show table 100')
  assert.is(shown?.dst, route.dst)
  return shown?.expires
}

lifetimes('are written, and begin anew when less than half is left or when they are longer', () =>
  inNetns(async (netns) => {
    assert.is((await sync(netns, [{ ...route, expires: 1000 }])).added, 1)
    assert.ok(Math.abs(left(netns)! - 1000) < 100, `${left(netns)}`)
    const again = await sync(netns, [{ ...route, expires: 1000 }])
    assert.equal([again.unchanged, again.changes], [1, 0])
    assert.is((await sync(netns, [{ ...route, expires: 500 }])).replaced, 1)
    assert.ok(Math.abs(left(netns)! - 500) < 100, `${left(netns)}`)
    assert.is((await sync(netns, [{ ...route, expires: 3000 }])).replaced, 1)
    assert.ok(Math.abs(left(netns)! - 3000) < 100, `${left(netns)}`)
    assert.is((await sync(netns, [route])).replaced, 1)
    assert.is(left(netns), undefined)
  }),
)

lifetimes('of a copy of somebody else are taken from a route that is to stay', () =>
  inNetns(async (netns) => {
    ip(`-n ${netns} -6 route add fd20::/64 via fd00:0::2 proto 84 table 100 expires 600`)
    assert.is((await sync(netns, [route])).replaced, 1)
    assert.is(left(netns), undefined)
  }),
)

lifetimes('are taken again from a route that is kept', () =>
  inNetns(async (netns) => {
    await using controller = await keep(routeOwner(ownership), [route], { netns })
    await controller.idle()
    assert.is(left(netns), undefined)
    ip(`-n ${netns} -6 route replace fd20::/64 via fd00:0::2 proto 84 table 100 expires 600`)
    await until(() => left(netns) === undefined, 'the route stays')
  }),
)

/** Makes routes that are over, and waits until the kernel shows them so: it removes them up to a minute later. */
async function over(netns: string, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) ip(`-n ${netns} -6 route ${line} proto 84 table 100 expires 1`)
  const shown = (): number[] =>
    ipJson<{ expires?: number }>(netns, '-6 route show table 100').map(({ expires = 0 }) => expires)
  await until(() => shown().every((expires) => expires < 0), 'the routes are over')
}

lifetimes('that are over do not keep a route from being replaced', () =>
  inNetns(async (netns) => {
    await over(netns, 'add fd20::/64 via fd00:0::2')
    assert.ok(left(netns)! < 0)
    assert.is((await sync(netns, [{ ...route, expires: 1000 }])).replaced, 1)
    assert.ok(Math.abs(left(netns)! - 1000) < 100, `${left(netns)}`)
  }),
)

lifetimes('that are over do not keep routes from being removed', () =>
  inNetns(async (netns) => {
    await over(netns, 'add fd20::/64 via fd00:0::2', 'add fd21::/64 via fd00:0::3', 'append fd21::/64 via fd00:0::4')
    const { removed, failed } = await sync(netns, [])
    assert.equal([removed, failed], [2, []])
    assert.equal(ipJson(netns, '-6 route show table 100'), [])
  }),
)

lifetimes('are followed where a leg joins or leaves a route, also when they are over', () =>
  inNetns(async (netns) => {
    await using table = await RouteTable.open({ netns })
    const lasts = async (): Promise<unknown> => {
      await table.waitForSync()
      const [found] = table.list({ family: AddressFamily.INET6, table: 100, dst: route.dst, priority: 1024 })
      return found && [found.expires !== undefined, found.multipath?.length]
    }
    const legs = async (): Promise<void> => {
      assert.equal(await lasts(), [true, undefined])
      ip(`-n ${netns} -6 route append fd20::/64 via fd00:0::3 table 100`)
      assert.equal(await lasts(), [true, 2])
      ip(`-n ${netns} -6 route del fd20::/64 via fd00:0::3 table 100`)
      assert.equal(await lasts(), [true, undefined])
    }
    ip(`-n ${netns} -6 route add fd20::/64 via fd00:0::2 table 100 expires 600`)
    await legs()
    ip(`-n ${netns} -6 route replace fd20::/64 via fd00:0::2 table 100 expires 1`)
    await until(() => (left(netns) ?? 0) < 0, 'the route is over')
    await table.resync()
    await legs()
    assert.is(table.notifier.connection.counters.malformed, 0)
  }),
)

lifetimes.run()
