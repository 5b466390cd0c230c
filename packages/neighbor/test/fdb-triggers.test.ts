import { FdbTable, fdbDefinition, NeighborFlag, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { group, keys, link, mac, ofBridge, ofVxlan, opened, remote, vxlan, world } from './support/fdb-world.ts'
import { sorted } from './support/fold.ts'

const fdb = suite('forwarding table: nexthop groups, vxlans and remotes')

const { REACHABLE } = NeighborState

fdb('a nexthop group that is gone takes its entries along', async () => {
  const scene = world(
    ofVxlan(mac(1), { nhId: 10 }),
    ofVxlan(mac(2), { nhId: 11 }),
    ofVxlan(mac(3), { ifindex: 7, nhId: 10 }),
    ofBridge(mac(4)),
  )
  await opened(scene, async (table) => {
    scene.nexthops.put(group(12))
    scene.nexthops.put(group(11, { fdb: true, group: [{ id: 2, weight: 1 }] }))
    scene.nexthops.delete('12')
    await table.waitForSync()
    assert.equal(scene.asked, [])
    scene.nexthops.delete('10')
    for (const entry of [...scene.entries.entries.values()]) {
      if (entry.nhId === 10) scene.entries.deleteSilently(fdbDefinition.keyText(entry))
    }
    await table.waitForSync()
    assert.equal(new Set(scene.asked), new Set([vxlan, 7]))
    assert.equal(sorted(table), sorted([ofVxlan(mac(2), { nhId: 11 }), ofBridge(mac(4))]))
    // A second time there is nothing left to be taken.
    scene.nexthops.putSilently(group(10))
    scene.asked.length = 0
    scene.nexthops.put(group(10))
    scene.nexthops.delete('10')
    await table.waitForSync()
    assert.equal(scene.asked, [])
  })
})

fdb('a vxlan that comes or goes is read; other links, and what happens to it, are not', async () => {
  const scene = world(remote(1), ofBridge(mac(1)))
  await opened(scene, async (table) => {
    scene.links.put({ ...link(vxlan, 'vxlan'), flags: 0x1002 })
    scene.links.put(link(8, 'veth'))
    scene.links.delete('8')
    scene.links.delete('3')
    scene.links.put(link(7, 'vxlan'))
    await table.waitForSync()
    assert.equal(scene.asked, [7])
    // One of which there never was an entry.
    scene.links.delete('7')
    await table.waitForSync()
    assert.equal(scene.asked, [7])
    scene.links.delete(String(vxlan))
    scene.entries.deleteSilently(fdbDefinition.keyText(remote(1)))
    await table.waitForSync()
    assert.equal(scene.asked, [7, vxlan])
    assert.equal(keys(table), [`master 4 ${mac(1)}`])
  })
})

fdb('a vxlan that the kernel does not know any more has no entries', async () => {
  const scene = world(remote(1), ofBridge(mac(1)))
  await opened(scene, async (table) => {
    scene.kernel.on(NeighborMessage.GET, (request) => {
      scene.asked.push(request.decode(neighborMessage).ifindex)
      return answer.error(19)
    })
    scene.links.delete(String(vxlan))
    await table.waitForSync()
    assert.equal(scene.asked, [vxlan])
    assert.equal(keys(table), [`master 4 ${mac(1)}`])
  })
})

fdb('remotes share their state, and are read when it becomes another', async () => {
  const multicast = ofVxlan('01:00:5e:00:00:01', { dst: '192.0.2.1', state: REACHABLE })
  const scene = world(remote(1), remote(2), multicast, remote(1, { srcVni: 100 }))
  await opened(scene, async (table) => {
    scene.entries.put(remote(3))
    scene.entries.put(remote(1))
    scene.entries.put(remote(2, { srcVni: 100 }))
    // One of its own, and unicast addresses, which have one remote.
    scene.entries.put(remote(1, { srcVni: 101, state: REACHABLE }))
    scene.entries.put(ofVxlan(mac(1), { dst: '192.0.2.1' }))
    scene.entries.put(ofVxlan(mac(1), { dst: '192.0.2.1', state: REACHABLE }))
    await table.waitForSync()
    assert.equal(scene.asked, [])
    for (const last of [1, 2, 3]) scene.entries.putSilently(remote(last, { state: REACHABLE }))
    scene.entries.put(remote(1, { state: REACHABLE }))
    await table.waitForSync()
    assert.equal(scene.asked, [vxlan])
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
    // What was read is known: the same state is no reason to read again.
    scene.entries.put(remote(4, { state: REACHABLE }))
    await table.waitForSync()
    assert.equal(scene.asked, [vxlan])
    scene.entries.putSilently({ ...multicast, flags: NeighborFlag.SELF | NeighborFlag.ROUTER })
    scene.entries.put({ ...multicast, dst: '192.0.2.2', flags: NeighborFlag.SELF | NeighborFlag.ROUTER })
    await table.waitForSync()
    assert.equal(scene.asked, [vxlan, vxlan])
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
  })
})

fdb('remotes of which another state is told while the table is read', async () => {
  const scene = world(remote(1), remote(2))
  let asked = 0
  scene.kernel.on(NeighborMessage.GET, (request) => {
    const wanted = scene.entries.handle(request)
    // The dump is made before, and arrives after the kernel told of the change.
    const datagrams = wanted(request)
    if (asked++ === 0) {
      scene.kernel.hold('dump')
      for (const last of [1, 2]) scene.entries.putSilently(remote(last, { state: REACHABLE }))
      scene.entries.put(remote(1, { state: REACHABLE }))
      scene.entries.put(remote(1, { state: REACHABLE }))
      setTimeout(() => scene.kernel.resume('dump'), 10)
    }
    return () => datagrams
  })
  await using table = await FdbTable.open({ transports: scene.kernel })
  await table.waitForSync()
  assert.equal(sorted(table), sorted(scene.entries.entries.values()))
  assert.is(asked, 2)
})

fdb('a nexthop group that is gone while the table is read', async () => {
  const scene = world(ofVxlan(mac(1), { nhId: 10 }), ofVxlan(mac(2), { dst: '192.0.2.1' }))
  let asked = 0
  scene.kernel.on(NeighborMessage.GET, (request) => {
    const datagrams = scene.entries.handle(request)(request)
    if (asked++ === 0) {
      scene.kernel.hold('dump')
      scene.nexthops.delete('10')
      scene.entries.deleteSilently(fdbDefinition.keyText(ofVxlan(mac(1))))
      setTimeout(() => scene.kernel.resume('dump'), 10)
    }
    return () => datagrams
  })
  await using table = await FdbTable.open({ transports: scene.kernel })
  await table.waitForSync()
  assert.equal(sorted(table), sorted(scene.entries.entries.values()))
})

fdb.run()
