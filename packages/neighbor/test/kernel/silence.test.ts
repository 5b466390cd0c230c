import { dumpNeighbors, FdbTable, type Neighbor, NeighborState, NeighborTable, NeighborType } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from '../support/fold.ts'
import { ifindex, inNetns, play, send } from '../support/netns.ts'
import { asBridgeShows, bridgeFdb, usable } from '../support/shown.ts'

const silence = suite('what the kernel does not tell')

async function dumped(table: NeighborTable): Promise<Neighbor[]> {
  return gather(dumpNeighbors(table.notifier.connection))
}

function find(entries: readonly Neighbor[], dst: string): Neighbor | undefined {
  return entries.find((entry) => entry.dst === dst)
}

silence('neighbours that are looked for are in dumps, and not in the table', () =>
  inNetns(async (netns) => {
    // Otherwise the kernel gives up after 3 seconds.
    await play(
      netns,
      ['arp_cache', 'ndisc_cache'].map((name) => `ntable change name ${name} dev v0 mcast_probes 1000`),
    )
    await using table = await NeighborTable.open({ netns })
    send(netns, '10.0.0.77')
    send(netns, 'fd00:0::77')
    await table.waitForSync()
    const all = await dumped(table)
    assert.is(find(all, '10.0.0.77')?.state, NeighborState.INCOMPLETE)
    assert.is(find(all, 'fd00::77')?.state, NeighborState.INCOMPLETE)
    assert.equal(sorted(table), sorted(usable(all)))
    assert.is(table.get({ ifindex: ifindex(netns, 'v0'), dst: '10.0.0.77' }), undefined)
  }),
)

silence('neighbours of multicast and local addresses are in dumps, and not in the table', () =>
  inNetns(async (netns) => {
    await using table = await NeighborTable.open({ netns })
    const fold = new Fold(table)
    send(netns, '127.0.0.1')
    let made: Neighbor[] = []
    const hasMade = (start: string): boolean => made.some(({ dst }) => dst?.startsWith(start))
    // An interface says to which groups it belongs within a second or two.
    while (!hasMade('0.0.0.0') || !hasMade('ff02::')) {
      made = (await dumped(table)).filter(({ state }) => state === NeighborState.NOARP)
    }
    assert.ok(made.every(({ lladdr, type }) => lladdr !== undefined && type !== NeighborType.UNICAST))
    await table.waitForSync()
    assert.equal([...table], [])
    // Of their end the kernel does tell.
    await play(netns, ['link set v0 down'])
    await table.waitForSync()
    await turn()
    assert.equal(fold.told, [])
  }),
)

silence('a stale neighbour that is used is delayed in dumps, and stays stale in the table', () =>
  inNetns(async (netns) => {
    // Otherwise the kernel begins to ask for it after 5 seconds.
    await play(netns, ['ntable change name arp_cache dev v0 delay_probe 600000'])
    await using table = await NeighborTable.open({ netns })
    const fold = new Fold(table)
    await play(netns, ['neigh add 10.0.0.9 lladdr 02:bb:00:00:00:09 dev v0 nud stale'])
    send(netns, '10.0.0.9')
    await table.waitForSync()
    assert.is(find(await dumped(table), '10.0.0.9')?.state, NeighborState.DELAY)
    assert.is(find([...table], '10.0.0.9')?.state, NeighborState.STALE)
    await table.resync()
    await turn()
    assert.is(find([...fold.entries.values()], '10.0.0.9')?.state, NeighborState.STALE)
    assert.is(fold.told.length, 1)
  }),
)

silence('deletion by hand is told as failed first, which is one removal', () =>
  inNetns(async (netns) => {
    await using table = await NeighborTable.open({ netns })
    const fold = new Fold(table)
    const index = ifindex(netns, 'v0')
    await play(netns, ['neigh add 10.0.0.9 lladdr 02:bb:00:00:00:09 dev v0', 'neigh del 10.0.0.9 dev v0'])
    await table.waitForSync()
    await turn()
    assert.equal(fold.told, [`added ${index} 10.0.0.9`, `removed ${index} 10.0.0.9`])
  }),
)

silence('another protocol alone shows when all is read again', () =>
  inNetns(async (netns) => {
    await using table = await NeighborTable.open({ netns })
    const key = { ifindex: ifindex(netns, 'v0'), dst: '10.0.0.9' }
    await play(netns, [
      'neigh add 10.0.0.9 lladdr 02:bb:00:00:00:09 dev v0 protocol 84',
      'neigh replace 10.0.0.9 lladdr 02:bb:00:00:00:09 dev v0 protocol 85',
    ])
    await table.waitForSync()
    assert.is(find(await dumped(table), '10.0.0.9')?.protocol, 85)
    assert.is(table.get(key)?.protocol, 84)
    await table.resync()
    assert.is(table.get(key)?.protocol, 85)
  }),
)

silence('what the kernel makes by itself on an interface without ARP shows when all is read again', () =>
  inNetns(async (netns) => {
    await play(netns, ['link set v0 arp off'])
    await using table = await NeighborTable.open({ netns })
    const key = { ifindex: ifindex(netns, 'v0'), dst: '10.0.0.9' }
    send(netns, '10.0.0.9')
    await table.waitForSync()
    assert.is(table.get(key), undefined)
    await table.resync()
    assert.is(table.get(key)?.state, NeighborState.NOARP)
    await play(netns, ['link set v0 arp on'])
    await table.waitForSync()
    assert.is(table.get(key), undefined)
  }),
)

silence('a refused replacement changes the state of all remotes; the next one that is told makes up for it', () =>
  inNetns(async (netns) => {
    const zero = '00:00:00:00:00:00'
    await play(
      netns,
      [2, 3].map((last) => `fdb append ${zero} dev vx0 dst 192.0.2.${last} static`),
    )
    await using table = await FdbTable.open({ netns })
    await play(netns, [`no fdb replace ${zero} dev vx0 dst 192.0.2.9`])
    await table.waitForSync()
    assert.not.equal(sorted([...table].map(asBridgeShows)), sorted(bridgeFdb(netns)))
    await play(netns, [`fdb append ${zero} dev vx0 dst 192.0.2.4`])
    await table.waitForSync()
    assert.equal(sorted([...table].map(asBridgeShows)), sorted(bridgeFdb(netns)))
  }),
)

silence.run()
