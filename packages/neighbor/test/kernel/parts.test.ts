import {
  dumpFdb,
  dumpNeighbors,
  dumpProxyNeighbors,
  FdbTable,
  getNeighbor,
  type Neighbor,
  NeighborFlag,
  NeighborState,
  NeighborTable,
} from '@rtnl/neighbor'
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { ifindex, inNetns, play } from '../support/netns.ts'
import { forwarding, usable } from '../support/shown.ts'

const parts = suite('parts of tables')

const noSuchInterface = 9999

function addresses(entries: Iterable<Neighbor>): (string | undefined)[] {
  return [...entries].map(({ dst }) => dst).sort()
}

function hardwareAddresses(entries: Iterable<Neighbor>): (string | undefined)[] {
  return [...entries].map(({ lladdr }) => lladdr).sort()
}

const neighbors = [
  'neigh add 10.0.0.2 lladdr 02:bb:00:00:00:01 dev v0 nud permanent',
  'neigh add fd00:0::2 lladdr 02:bb:00:00:00:02 dev v0 nud permanent',
  'neigh add 10.0.1.2 lladdr 02:bb:00:00:00:03 dev v1 nud permanent',
  'neigh add fd00:1::2 lladdr 02:bb:00:00:00:04 dev v1 nud permanent',
]

parts('the neighbours of one interface', () =>
  inNetns(async (netns) => {
    const v0 = ifindex(netns, 'v0')
    await play(netns, neighbors)
    await using table = await NeighborTable.open({ netns, ifindex: v0 })
    const fold = new Fold(table)
    assert.equal(addresses(table), ['10.0.0.2', 'fd00::2'])
    await play(netns, [
      'neigh add 10.0.0.3 lladdr 02:bb:00:00:00:05 dev v0 nud permanent',
      'neigh add 10.0.1.3 lladdr 02:bb:00:00:00:06 dev v1 nud permanent',
      'neigh del fd00:0::2 dev v0',
      'neigh del fd00:1::2 dev v1',
    ])
    await table.waitForSync()
    await turn()
    assert.equal(addresses(table), ['10.0.0.2', '10.0.0.3'])
    assert.equal(fold.told, [`added ${v0} 10.0.0.3`, `removed ${v0} fd00::2`])
    const dump = await gather(dumpNeighbors(table.notifier.connection, { ifindex: v0 }))
    assert.ok(dump.every((entry) => entry.ifindex === v0))
    assert.equal(sorted(table), sorted(usable(dump)))
    await table.resync()
    assert.equal(addresses(table), ['10.0.0.2', '10.0.0.3'])
  }),
)

parts('the neighbours of one family, and of one interface too', () =>
  inNetns(async (netns) => {
    await play(netns, neighbors)
    await using inet = await NeighborTable.open({ netns, family: 2 })
    await using both = await NeighborTable.open({ netns, family: 10, ifindex: ifindex(netns, 'v1') })
    assert.equal(addresses(inet), ['10.0.0.2', '10.0.1.2'])
    assert.equal(addresses(both), ['fd00:1::2'])
    await play(netns, ['neigh flush nud permanent dev v1', 'neigh flush nud permanent dev v0'])
    for (const table of [inet, both]) {
      await table.waitForSync()
      assert.is(table.size, 0)
    }
  }),
)

parts('an interface that does not exist has nothing, until it does', () =>
  inNetns(async (netns) => {
    await using neighborTable = await NeighborTable.open({ netns, ifindex: noSuchInterface })
    await using entries = await FdbTable.open({ netns, ifindex: noSuchInterface })
    await using bridge = await FdbTable.open({ netns, master: noSuchInterface })
    assert.equal([neighborTable.size, entries.size, bridge.size], [0, 0, 0])
    const { connection } = neighborTable.notifier
    assert.equal(await gather(dumpNeighbors(connection, { ifindex: noSuchInterface })), [])
    assert.equal(await gather(dumpFdb(connection, { ifindex: noSuchInterface })), [])
    assert.equal(await gather(dumpFdb(connection, { master: noSuchInterface })), [])
    await play(netns, [
      `link add b9 index ${noSuchInterface} address 02:00:00:00:b9:01 type bridge`,
      'link set b9 up',
      `neigh add 10.7.0.2 lladdr 02:bb:00:00:00:01 dev b9 nud permanent`,
    ])
    for (const table of [neighborTable, entries, bridge]) await table.waitForSync()
    assert.equal(addresses(neighborTable), ['10.7.0.2'])
    const wanted = forwarding(await gather(dumpFdb(connection, { ifindex: noSuchInterface })))
    assert.equal(sorted(entries), sorted(wanted))
    assert.equal(sorted(bridge), sorted(wanted))
    // In the default VLAN too, where bridges have VLANs.
    assert.equal(new Set(hardwareAddresses(bridge)), new Set(['02:00:00:00:b9:01']))
  }),
)

parts('the entries of one vxlan, of one port, and of one bridge', () =>
  inNetns(async (netns) => {
    const [v1, vx0, br0] = ['v1', 'vx0', 'br0'].map((name) => ifindex(netns, name)) as [number, number, number]
    await play(netns, [
      'link set v1 master br0',
      'link set v2 master br0',
      'link set vx0 master br0',
      'fdb add 02:bb:00:00:00:01 dev v1 master static',
      'fdb add 02:bb:00:00:00:02 dev v2 master static',
      'fdb add 02:bb:00:00:00:03 dev vx0 dst 192.0.2.1',
      'fdb add 02:bb:00:00:00:03 dev vx0 master extern_learn',
      'fdb add 02:bb:00:00:00:09 dev v1 self',
    ])
    await using vxlan = await FdbTable.open({ netns, ifindex: vx0 })
    await using port = await FdbTable.open({ netns, ifindex: v1 })
    await using bridge = await FdbTable.open({ netns, master: br0 })
    await using both = await FdbTable.open({ netns, master: br0, ifindex: vx0 })
    const check = async (): Promise<void> => {
      const all = forwarding(await gather(dumpFdb(vxlan.notifier.connection)))
      const of = (ifindex: number): Neighbor[] => all.filter((entry) => entry.ifindex === ifindex)
      const ofBridge = all.filter(({ master }) => master === br0)
      for (const [table, part, wanted] of [
        [vxlan, { ifindex: vx0 }, of(vx0)],
        [port, { ifindex: v1 }, of(v1)],
        [bridge, { master: br0 }, ofBridge],
        [both, { master: br0, ifindex: vx0 }, ofBridge.filter(({ ifindex }) => ifindex === vx0)],
      ] as const) {
        await table.waitForSync()
        assert.equal(sorted(table), sorted(wanted))
        assert.ok(table.size > 0)
        assert.equal(sorted(forwarding(await gather(dumpFdb(table.notifier.connection, part)))), sorted(wanted))
      }
    }
    await check()
    // Out of one part and into another.
    await play(netns, [
      'fdb replace 02:bb:00:00:00:01 dev v2 master static',
      'fdb replace 02:bb:00:00:00:02 dev v1 master static',
      'fdb replace 02:bb:00:00:00:03 dev v1 master static',
    ])
    await check()
    assert.is(port.get({ master: br0, lladdr: '02:bb:00:00:00:01' }), undefined)
    assert.is(port.get({ master: br0, lladdr: '02:bb:00:00:00:02' })?.ifindex, v1)
  }),
)

parts('entries by their keys', () =>
  inNetns(async (netns) => {
    const zero = '00:00:00:00:00:00'
    const [v1, vx0, br0] = ['v1', 'vx0', 'br0'].map((name) => ifindex(netns, name)) as [number, number, number]
    await play(netns, [
      ...neighbors,
      'link set v1 master br0',
      'fdb add 02:bb:00:00:00:01 dev v1 master static',
      'fdb add 02:bb:00:00:00:01 dev vx0 dst 192.0.2.1',
      `fdb append ${zero} dev vx0 dst 192.0.2.1`,
      `fdb append ${zero} dev vx0 dst 192.0.2.1 port 8472 vni 20 via v0`,
    ])
    await using table = await FdbTable.open({ netns })
    const lladdr = '02:bb:00:00:00:01'
    assert.is(table.get({ master: br0, lladdr })?.ifindex, v1)
    assert.is(table.get({ ifindex: vx0, lladdr })?.dst, '192.0.2.1')
    const flood = { ifindex: vx0, lladdr: zero, dst: '192.0.2.1' }
    assert.is(table.get(flood)?.port, undefined)
    assert.is(table.get({ ...flood, port: 8472, vni: 20, viaIfindex: ifindex(netns, 'v0') })?.port, 8472)
    assert.is(table.get({ ...flood, port: 8472 }), undefined)
    for (const entry of table) assert.equal(table.get(entry), entry)
    await using arp = await NeighborTable.open({ netns })
    for (const entry of arp) assert.equal(arp.get(entry), entry)
    assert.is(arp.get({ ifindex: v1, dst: 'fd00:1::2' })?.lladdr, '02:bb:00:00:00:04')
    assert.is(arp.get({ ifindex: v1, dst: 'fd00:1::3' }), undefined)
  }),
)

parts('one neighbour, and proxy entries', () =>
  inNetns(async (netns) => {
    const v0 = ifindex(netns, 'v0')
    await play(netns, [
      'neigh add 10.0.0.2 lladdr 02:bb:00:00:00:01 dev v0 nud stale',
      'neigh add proxy 10.0.0.9 dev v0 router',
      'neigh add proxy 10.0.0.10',
      'neigh add proxy fd00:0::9 dev v0',
    ])
    await using connection = await Connection.open({ netns })
    const found = await getNeighbor(connection, { ifindex: v0, dst: '10.0.0.2' })
    assert.equal([found?.lladdr, found?.state], ['02:bb:00:00:00:01', NeighborState.STALE])
    assert.is(await getNeighbor(connection, { ifindex: v0, dst: '10.0.0.3' }), undefined)
    assert.is(await getNeighbor(connection, { ifindex: v0, dst: '10.0.0.9' }), undefined)
    const refused = await getNeighbor(connection, { ifindex: noSuchInterface, dst: '10.0.0.2' }).catch((error) => error)
    assert.instance(refused, NetlinkError)
    assert.is(refused.code, 'ENODEV')
    const shown = async (part: {
      family?: number
      ifindex?: number
    }): Promise<[string | undefined, number, number][]> =>
      sorted(
        (await gather(dumpProxyNeighbors(connection, part))).map(
          ({ dst, ifindex, flags }): [string | undefined, number, number] => [dst, ifindex, flags],
        ),
      )
    const { PROXY, ROUTER } = NeighborFlag
    const ipv4 = ['10.0.0.9', v0, PROXY | ROUTER]
    assert.equal(await shown({}), [['10.0.0.10', 0, PROXY], ipv4, ['fd00::9', v0, PROXY]])
    assert.equal(await shown({ family: 2, ifindex: v0 }), [ipv4])
    await using table = await NeighborTable.open({ netns })
    assert.equal(addresses(table), ['10.0.0.2'])
  }),
)

parts.run()
