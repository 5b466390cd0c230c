import { setTimeout as delay } from 'node:timers/promises'
import { dumpFdbAges, dumpNeighborAges, type NeighborAges } from '@rtnl/neighbor'
import { Connection } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inScene } from '../support/bridge-scene.ts'
import { play, show } from '../support/netns.ts'

const ages = suite('ages of entries')

/** In seconds, as `ip -s` and `bridge -s` say them; those of forwarding entries are not confirmed. */
interface ShownAges {
  readonly used: number
  readonly updated: number
  readonly confirmed?: number
}

type Ages = ReadonlyMap<string, NeighborAges | undefined>

/** Ages grow: what a tool says lies between what two dumps around it say. */
function assertBetween(before: Ages, shown: ReadonlyMap<string, ShownAges>, after: Ages): void {
  assert.equal([...before.keys()].sort(), [...shown.keys()].sort())
  for (const [key, { used, updated, confirmed = 0 }] of shown) {
    for (const [name, seconds] of Object.entries({ used, updated, confirmed })) {
      const [low, high] = [before, after].map((dump) => dump.get(key)?.[name as keyof NeighborAges] ?? Number.NaN)
      const [least, most] = [Math.floor(low! / 100), Math.floor(high! / 100)]
      assert.ok(least <= seconds && seconds <= most, `${key} ${name}: ${least} <= ${seconds} <= ${most}`)
    }
  }
}

ages('are those that bridge -s and ip -s show', () =>
  inScene(async (netns, { br, vx }) => {
    await play(netns, [
      'nexthop add id 1 via 192.0.2.1 fdb',
      'nexthop add id 2 via 192.0.2.2 fdb',
      'nexthop add id 10 group 1 fdb',
      'nexthop add id 11 group 2 fdb',
      'fdb add 02:00:00:00:00:01 dev vx0 nhid 10 extern_learn',
      'fdb add 02:00:00:00:00:02 dev vx0 dst 192.0.2.1 extern_learn',
      'neigh replace 10.10.10.2 lladdr 02:00:00:00:00:01 dev br0 nud noarp extern_learn',
      'neigh replace 10.10.10.3 lladdr 02:00:00:00:00:02 dev br0 nud permanent',
      async () => void (await delay(2100)),
      // From now on this one was made earlier than it was changed.
      'fdb replace 02:00:00:00:00:01 dev vx0 nhid 11 extern_learn',
      'neigh replace 10.10.10.2 lladdr 02:00:00:00:00:33 dev br0 nud noarp extern_learn',
    ])
    await using connection = await Connection.open({ netns })
    const remotes = async (): Promise<Ages> => {
      const found = new Map<string, NeighborAges | undefined>()
      for await (const batch of dumpFdbAges(connection, { ifindex: vx })) {
        for (const { lladdr = '', master, dst, nhId, cacheinfo } of batch) {
          if (master === undefined && (dst ?? nhId) !== undefined) found.set(lladdr, cacheinfo)
        }
      }
      return found
    }
    const neighbors = async (): Promise<Ages> => {
      const found = new Map<string, NeighborAges | undefined>()
      for await (const batch of dumpNeighborAges(connection, { family: 2, ifindex: br })) {
        for (const { dst = '', cacheinfo } of batch) if (dst.startsWith('10.10.')) found.set(dst, cacheinfo)
      }
      return found
    }

    const first = await remotes()
    const bridge = show<ShownAges & { mac: string; dst?: string; nhid?: number }>(
      'bridge',
      netns,
      '-s fdb show dev vx0',
    )
    const shownRemotes = bridge.filter(({ dst, nhid }) => dst !== undefined || nhid !== undefined)
    assertBetween(first, new Map(shownRemotes.map((shown) => [shown.mac, shown])), await remotes())
    const moved = first.get('02:00:00:00:00:01')
    assert.ok(moved !== undefined && moved.used >= 200 && moved.updated < moved.used, JSON.stringify(moved))

    const before = await neighbors()
    const ip = show<ShownAges & { dst: string }>('ip', netns, '-4 -s neigh show dev br0 nud all')
    // The kernel makes some by itself for groups.
    const own = ip.filter(({ dst }) => dst.startsWith('10.10.'))
    assertBetween(before, new Map(own.map((shown) => [shown.dst, shown])), await neighbors())
    const [older, younger] = ['10.10.10.3', '10.10.10.2'].map((dst) => before.get(dst)?.updated ?? 0)
    assert.ok(older! - younger! >= 200, `${older} ${younger}`)
  }),
)

ages.run()
