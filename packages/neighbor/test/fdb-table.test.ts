import {
  dumpFdb,
  type FdbKey,
  FdbTable,
  type Neighbor,
  NeighborFlag,
  NeighborMessage,
  NeighborState,
  neighborMessage,
} from '@rtnl/neighbor'
import { Connection, MulticastGroup } from '@rtnl/netlink-core'
import { FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge, keys, link, mac, ofBridge, ofVxlan, opened, remote, vxlan, world, zero } from './support/fdb-world.ts'
import { Fold, gather, sorted, turn } from './support/fold.ts'

const fdb = suite('forwarding table')

const { REACHABLE, STALE, PERMANENT } = NeighborState

fdb('an entry of a bridge moves from port to port', async () => {
  const scene = world(ofBridge(mac(1)))
  await opened(scene, async (table) => {
    const fold = new Fold(table)
    scene.entries.put(ofBridge(mac(1), { ifindex: 6 }))
    await table.waitForSync()
    await turn()
    assert.equal(fold.told, [`changed master 4 ${mac(1)}`])
    assert.is(table.get({ master: bridge, lladdr: mac(1) })?.ifindex, 6)
    // As when a port leaves: the entry was the port's, and is told as the bridge's.
    scene.entries.putSilently(ofBridge(mac(1), { ifindex: bridge }))
    scene.entries.delete(`master 4 ${mac(1)}`)
    await table.waitForSync()
    assert.is(table.size, 0)
  })
})

fdb('in a table of one port an entry is gone that moves to another, and is there when it comes back', async () => {
  const here = ofBridge(mac(1))
  const scene = world(here)
  await using table = await FdbTable.open({ transports: scene.kernel, ifindex: here.ifindex })
  assert.equal([...table], [here])
  scene.entries.put({ ...here, ifindex: 6 })
  // Entries of a vxlan belong to it for good.
  scene.entries.put(remote(1))
  await table.waitForSync()
  assert.equal([...table], [])
  scene.entries.put(here)
  await table.waitForSync()
  assert.equal([...table], [here])
})

fdb('a vxlan with an index that there cannot be: the table goes on', async () => {
  const scene = world()
  await opened(scene, async (table) => {
    scene.links.put(link(-7, 'vxlan'))
    scene.links.delete('-7')
    await table.waitForSync()
    assert.is(table.state, 'live')
    scene.entries.put(remote(1))
    await table.waitForSync()
    assert.equal([...table], [remote(1)])
  })
})

fdb('keys of entries', async () => {
  const different = [
    ofBridge(mac(1)),
    ofBridge(mac(1), { vlan: 10 }),
    ofBridge(mac(1), { master: 9 }),
    ofBridge(mac(2)),
    ofVxlan(mac(1), { dst: '192.0.2.1' }),
    ofVxlan(mac(1), { ifindex: bridge, dst: '192.0.2.1' }),
    ofVxlan(mac(1), { srcVni: 100, dst: '192.0.2.1' }),
    ofVxlan(mac(1), { srcVni: 101, dst: '192.0.2.1' }),
    ofVxlan(mac(2), { nhId: 10 }),
    remote(1),
    remote(2),
    remote(1, { port: 8472 }),
    remote(1, { vni: 20 }),
    // Not that of the vxlan, which one without has.
    remote(1, { vni: 0 }),
    remote(1, { viaIfindex: 3 }),
    remote(1, { srcVni: 100 }),
    remote(1, { lladdr: '01:00:5e:00:00:01' }),
    ofVxlan(zero, { dst: '2001:db8::1' }),
    ofVxlan('33:33:00:00:00:01', { dst: '2001:db8::1' }),
  ]
  const scene = world(...different)
  await opened(scene, async (table) => {
    assert.is(table.size, different.length)
    assert.equal(sorted(table), sorted(different))
    assert.is(new Set(keys(table)).size, different.length)
    for (const entry of different) assert.equal(table.get(entry), entry)
    for (const entry of different.filter(({ lladdr }) => lladdr === mac(1) || lladdr === mac(2))) {
      const { ifindex, master, lladdr = '', vlan, srcVni } = entry
      const place = master === undefined ? { ifindex, srcVni } : { master, vlan }
      // Fields of the other kind of entries do not belong to the key.
      const foreign = master === undefined ? { vlan: 3 } : { ifindex: 8, srcVni: 3 }
      assert.equal(table.get({ lladdr, ...place } as FdbKey), entry)
      assert.equal(table.get({ lladdr: lladdr.toUpperCase(), ...place } as FdbKey), entry)
      assert.equal(table.get({ lladdr, ...place, ...foreign } as FdbKey), entry)
    }
    assert.is(table.get({ master: bridge, lladdr: mac(3) }), undefined)
    assert.is(table.get({ master: bridge, lladdr: mac(1), vlan: 11 }), undefined)
    assert.is(table.get({ ifindex: vxlan, lladdr: mac(1), srcVni: 102 }), undefined)
    for (const lladdr of ['02:00:00:00:00:0g', '02-00-00-00-00-01', '02:00:00:00:00:001']) {
      assert.throws(() => table.get({ master: bridge, lladdr }), /lladdr/)
    }
    assert.throws(() => table.get({ master: bridge, lladdr: mac(1), vlan: 65_536 }), /vlan/)
    assert.throws(() => table.get({ ifindex: 2 ** 31, lladdr: mac(1) }), /ifindex/)
    assert.throws(() => table.get({ ifindex: vxlan, lladdr: mac(1), srcVni: -1 }), /srcVni/)
  })
})

fdb('a group takes the place of an address of zeros, under the same key', async () => {
  for (const dst of ['0.0.0.0', '::']) {
    const scene = world(ofVxlan(zero, { dst }))
    await opened(scene, async (table) => {
      const fold = new Fold(table)
      scene.entries.put(ofVxlan(zero, { nhId: 10 }))
      await table.waitForSync()
      await turn()
      assert.equal(fold.told, [`changed ${vxlan} ${zero}`])
      assert.equal([...fold.entries.values()], [...table])
      assert.equal([...table], [ofVxlan(zero, { nhId: 10 })])
    })
  }
})

fdb('values of entries', async () => {
  const first = [
    ofBridge(mac(1)),
    ofVxlan(mac(1), { dst: '192.0.2.1' }),
    ofVxlan(mac(2), { dst: '192.0.2.1' }),
    remote(1),
  ]
  const then = [
    ofBridge(mac(1), { ifindex: 6, state: REACHABLE, flags: NeighborFlag.STICKY, flagsExt: 2 }),
    ofVxlan(mac(1), { dst: '192.0.2.2', port: 8472, vni: 20, viaIfindex: 3, vlan: 7 }),
    ofVxlan(mac(2), { nhId: 10 }),
    remote(1, { state: REACHABLE }),
  ]
  const scene = world(...first)
  await opened(scene, async (table) => {
    for (const entry of then) scene.entries.put(entry)
    await table.waitForSync()
    assert.equal(sorted(table), sorted(then))
  })
})

fdb('address lists of interfaces are left out, and what has aged is still reachable', async () => {
  const list = ofVxlan('33:33:00:00:00:01', { type: 0, state: PERMANENT })
  const scene = world(list, ofBridge(mac(1), { state: STALE }))
  await opened(scene, async (table) => {
    scene.entries.put(list)
    scene.entries.put(ofBridge(mac(1), { state: STALE }))
    await table.waitForSync()
    assert.equal([...table], [ofBridge(mac(1), { state: REACHABLE })])
    assert.equal(await gather(dumpFdb(table.notifier.connection)), [...scene.entries.entries.values()])
  })
})

for (const [what, type, readings] of [
  ['an entry that goes makes the reading worthless', NeighborMessage.DEL, 2],
  ['an entry that comes does not', NeighborMessage.NEW, 1],
] as const) {
  fdb(`while the table is read, ${what}`, async () => {
    const scene = world(ofBridge(mac(1)))
    let asked = 0
    scene.kernel.on(NeighborMessage.GET, (request) => {
      if (asked++ === 0) {
        scene.kernel.hold('dump')
        const bytes = messageBytes(neighborMessage, { type }, ofBridge(mac(2)))
        setTimeout(() => scene.kernel.notify(MulticastGroup.NEIGH, bytes), 1)
        setTimeout(() => scene.kernel.resume('dump'), 10)
      }
      return scene.entries.handle(request)
    })
    await using table = await FdbTable.open({ transports: scene.kernel })
    assert.is(asked, readings)
    assert.ok(table.get({ master: bridge, lladdr: mac(1) }))
  })
}

/** A port, and the address that it shares with others. */

fdb('a malformed message is a reason to read all, not to end', async () => {
  const scene = world(remote(1))
  await opened(scene, async (table) => {
    const bytes = messageBytes(neighborMessage, { type: NeighborMessage.NEW }, remote(2))
    const cut = bytes.slice()
    // The length of the first attribute, behind two headers.
    cut[28] = 0xff
    scene.kernel.notify(MulticastGroup.NEIGH, cut)
    scene.kernel.notify(MulticastGroup.NEIGH, messageBytes(neighborMessage, { type: NeighborMessage.NEW }, remote(3)))
    scene.entries.putSilently(remote(3))
    await table.waitForSync()
    assert.equal(new Set(scene.asked), new Set([0]))
    assert.is(table.state, 'live')
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
  })
})

fdb('with an interface or a bridge: the kernel is asked for it, and what it says beyond does not count', async () => {
  const scene = world(
    remote(1),
    ofBridge(mac(1)),
    ofBridge(mac(2), { ifindex: vxlan }),
    ofBridge(mac(3), { master: 9, ifindex: 8 }),
  )
  scene.entries.wanted = () => true
  const filters: Partial<Neighbor>[] = []
  scene.kernel.on(NeighborMessage.GET, (request) => {
    const { family, ifindex, master } = request.decode(neighborMessage)
    filters.push({ family, ifindex, ...(master === undefined ? {} : { master }) })
    return scene.entries.handle(request)
  })
  const { kernel } = scene
  await using one = await FdbTable.open({ transports: kernel, ifindex: vxlan })
  await using all = await FdbTable.open({ transports: kernel, master: bridge })
  await using both = await FdbTable.open({ transports: kernel, master: bridge, ifindex: vxlan })
  assert.equal(filters, [
    { family: 7, ifindex: vxlan },
    { family: 7, ifindex: 0, master: bridge },
    { family: 7, ifindex: vxlan, master: bridge },
  ])
  assert.equal(sorted(one), sorted([remote(1), ofBridge(mac(2), { ifindex: vxlan })]))
  assert.equal(sorted(all), sorted([ofBridge(mac(1)), ofBridge(mac(2), { ifindex: vxlan })]))
  assert.equal([...both], [ofBridge(mac(2), { ifindex: vxlan })])
  // Out of the part: it is another port's now.
  scene.entries.put(ofBridge(mac(2)))
  for (const table of [one, all, both]) await table.waitForSync()
  assert.equal([one.size, all.size, both.size], [1, 2, 0])
  await using connection = await Connection.open({ transports: kernel })
  assert.equal(await gather(dumpFdb(connection, { ifindex: vxlan })), [remote(1)])
})

fdb('refuses what there cannot be', async () => {
  const refused = await FdbTable.open({ transports: new FakeKernel(), master: 0 }).catch((error) => error)
  assert.instance(refused, RangeError)
  assert.is(refused.message, 'master: 0 is not a whole number in 1..2147483647')
  await using connection = await Connection.open({ transports: new FakeKernel() })
  assert.throws(() => dumpFdb(connection, { ifindex: -3 }), /ifindex: -3 is not/)
})

fdb.run()
