import { type Link, LinkMessage, linkDefinition, linkMessage } from '@rtnl/link'
import {
  dumpFdb,
  FdbTable,
  fdbDefinition,
  type Neighbor,
  NeighborFlag,
  NeighborMessage,
  NeighborState,
  NeighborType,
  neighborMessage,
} from '@rtnl/neighbor'
import { Connection, MulticastGroup } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Fold, gather, sorted, turn } from './support/fold.ts'

const fdb = suite('forwarding table')

const { REACHABLE, STALE, NOARP, PERMANENT } = NeighborState
const zero = '00:00:00:00:00:00'
const vxlan = 5
const bridge = 4

function ofBridge(lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  return { family: 7, ifindex: 3, state: NOARP, flags: 0, type: 0, lladdr, master: bridge, ...fields }
}

function ofVxlan(lladdr: string, fields: Partial<Neighbor> = {}): Neighbor {
  const { SELF } = NeighborFlag
  return {
    family: 7,
    ifindex: vxlan,
    state: NOARP | PERMANENT,
    flags: SELF,
    type: NeighborType.UNICAST,
    lladdr,
    ...fields,
  }
}

const remote = (last: number, fields: Partial<Neighbor> = {}): Neighbor =>
  ofVxlan(zero, { dst: `192.0.2.${last}`, ...fields })

const mac = (last: number): string => `02:00:00:00:00:0${last}`

interface World {
  readonly kernel: FakeKernel
  readonly entries: FakeTable<Neighbor>
  readonly links: FakeTable<Link>
  readonly nexthops: FakeTable<Nexthop>
  /** The interfaces that were asked for; 0 for all. */
  readonly asked: number[]
}

function link(ifindex: number, kind: string): Link {
  return { family: 0, type: 1, ifindex, flags: 0x11043, ifname: `v${ifindex}`, kind, mtu: 1500, operstate: 6 }
}

function group(id: number, fields: Partial<Nexthop> = { fdb: true }): Nexthop {
  return { family: 0, scope: 0, protocol: 0, flags: 0, id, groupType: 0, group: [{ id: 1, weight: 1 }], ...fields }
}

function world(...entries: Neighbor[]): World {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, fdbDefinition)
  const links = new FakeTable(kernel, linkDefinition)
  const nexthops = new FakeTable(kernel, nexthopDefinition)
  const asked: number[] = []
  table.wanted = (entry, { ifindex }) => ifindex === 0 || entry.ifindex === ifindex
  kernel.on(NeighborMessage.GET, (request) => {
    asked.push(request.decode(neighborMessage).ifindex)
    return table.handle(request)
  })
  for (const [ifindex, kind] of [
    [3, 'veth'],
    [bridge, 'bridge'],
    [vxlan, 'vxlan'],
  ] as const) {
    links.putSilently(link(ifindex, kind))
  }
  for (const id of [10, 11]) nexthops.putSilently(group(id))
  for (const entry of entries) table.putSilently(entry)
  return { kernel, entries: table, links, nexthops, asked }
}

async function opened(scene: World, test: (table: FdbTable) => Promise<void>): Promise<void> {
  await using table = await FdbTable.open({ transports: scene.kernel })
  scene.asked.length = 0
  await test(table)
}

function keys(entries: Iterable<Neighbor>): string[] {
  return [...entries].map(fdbDefinition.keyText).sort()
}

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
  })
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
