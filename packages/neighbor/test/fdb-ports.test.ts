import { type Link, LinkMessage, linkMessage } from '@rtnl/link'
import { type Neighbor, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { MulticastGroup } from '@rtnl/netlink-core'
import { messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridge, link, mac, ofBridge, opened, remote, type World, world } from './support/fdb-world.ts'
import { sorted } from './support/fold.ts'

const fdb = suite('forwarding table: addresses of ports')

const { PERMANENT } = NeighborState

function port(ifindex: number, address: string, fields: Partial<Link> = {}): Link {
  return { ...link(ifindex, 'veth'), master: bridge, address, ...fields }
}

/** `RTM_DELVLAN` of an interface, with ranges of VLANs. */
function vlansGone(ifindex: number, ...ranges: (readonly [first: number, last: number])[]): Uint8Array {
  const bytes = new Uint8Array(16 + 8 + ranges.length * 20)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, bytes.length, true)
  view.setUint16(4, 113, true)
  view.setUint8(16, 7)
  view.setUint32(20, ifindex, true)
  ranges.forEach(([first, last], index) => {
    const at = 24 + index * 20
    // BRIDGE_VLANDB_ENTRY with BRIDGE_VLANDB_ENTRY_INFO and BRIDGE_VLANDB_ENTRY_RANGE, nested.
    const words = [20, 0x8001, 8, 1, 0, first, 6, 2, last]
    for (const [place, word] of words.entries()) view.setUint16(at + place * 2, word, true)
  })
  return bytes
}

const local = (lladdr: string, fields: Partial<Neighbor> = {}): Neighbor =>
  ofBridge(lladdr, { state: PERMANENT, ...fields })

/** The bridges that are asked for; 0 for the whole. */
function askedBridges(scene: World): number[] {
  const asked: number[] = []
  scene.entries.wanted = (entry, { master }) => master === undefined || entry.master === master
  scene.kernel.on(NeighborMessage.GET, (request) => {
    asked.push(request.decode(neighborMessage).master ?? 0)
    return scene.entries.handle(request)
  })
  return asked
}

fdb('the address of a port that leaves, or takes another address, may be that of another port', async () => {
  const scene = world(local(mac(1)), local(mac(2), { ifindex: 6 }), local(mac(3), { ifindex: bridge }), remote(1))
  for (const ifindex of [3, 6, 8]) scene.links.putSilently(port(ifindex, mac(ifindex === 6 ? 2 : 1)))
  scene.links.putSilently({ ...link(bridge, 'bridge'), address: mac(3) })
  const asked = askedBridges(scene)
  await opened(scene, async (table) => {
    asked.length = 0
    // What has no local entry, and what is told of.
    scene.links.delete('8')
    scene.entries.delete(`master ${bridge} ${mac(2)}`)
    scene.links.put({ ...link(6, 'veth'), address: mac(2) })
    scene.links.put({ ...port(3, mac(1)), mtu: 1400 })
    await table.waitForSync()
    assert.equal(asked, [])
    scene.entries.putSilently(local(mac(1), { ifindex: 9 }))
    scene.links.put(port(3, mac(9)))
    await table.waitForSync()
    assert.equal(asked, [bridge])
    assert.is(table.get({ master: bridge, lladdr: mac(1) })?.ifindex, 9)
    scene.entries.putSilently(local(mac(3), { ifindex: 9 }))
    scene.links.put({ ...link(bridge, 'bridge'), address: mac(8) })
    await table.waitForSync()
    assert.equal(asked, [bridge, bridge])
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
  })
})

fdb('the address of a port in a VLAN that it leaves may be that of another, or of the bridge', async () => {
  const scene = world(
    local(mac(1), { vlan: 30 }),
    local(mac(1), { vlan: 31 }),
    local(mac(2), { vlan: 40, ifindex: bridge }),
    ofBridge(mac(3), { vlan: 30 }),
    local(mac(1), { vlan: 30, master: 9, ifindex: 8 }),
  )
  const asked = askedBridges(scene)
  await opened(scene, async (table) => {
    asked.length = 0
    const tell = (bytes: Uint8Array): void => scene.kernel.notify(MulticastGroup.BRVLAN, bytes)
    tell(vlansGone(3, [1, 29], [32, 39]))
    tell(vlansGone(6, [30, 31]))
    await table.waitForSync()
    assert.equal(asked, [])
    scene.entries.putSilently(local(mac(1), { vlan: 31, ifindex: 6 }))
    tell(vlansGone(3, [1, 1], [31, 35]))
    await table.waitForSync()
    assert.equal(asked, [bridge])
    assert.is(table.get({ master: bridge, lladdr: mac(1), vlan: 31 })?.ifindex, 6)
    // Told of the port, and done to the bridge too.
    scene.entries.putSilently(local(mac(2), { vlan: 40, ifindex: 6 }))
    tell(vlansGone(3, [40, 40]))
    await table.waitForSync()
    assert.equal(asked, [bridge, bridge])
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
    // A port that leaves its bridge is told of first, then its VLANs; what becomes of its entries is told before the link.
    asked.length = 0
    const leaves = messageBytes(linkMessage, { type: LinkMessage.DEL }, { ...port(3, mac(1)), family: 7 })
    scene.kernel.notify(MulticastGroup.LINK, leaves)
    tell(vlansGone(3, [30, 30]))
    scene.entries.delete(`master ${bridge} ${mac(1)} vlan 30`)
    scene.links.put({ ...link(3, 'veth'), address: mac(1) })
    await table.waitForSync()
    assert.equal(asked, [])
    scene.links.put(port(6, mac(1)))
    scene.kernel.notify(
      MulticastGroup.LINK,
      messageBytes(linkMessage, { type: LinkMessage.DEL }, { ...port(6, mac(1)), family: 7 }),
    )
    tell(vlansGone(6, [31, 31]))
    scene.entries.putSilently(local(mac(1), { vlan: 31, ifindex: 8 }))
    scene.links.put({ ...link(6, 'veth'), address: mac(1) })
    await table.waitForSync()
    assert.equal(asked, [bridge])
    assert.equal(sorted(table), sorted(scene.entries.entries.values()))
    asked.length = 0
    // A message that is cut off says nothing that one could rely on.
    tell(vlansGone(3, [50, 50]).subarray(0, 30))
    await table.waitForSync()
    assert.equal(asked, [0])
  })
})

fdb.run()
