import { keep } from '@rtnl/reconcile'
import { routeOwner } from '@rtnl/route'
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

lifetimes.run()
