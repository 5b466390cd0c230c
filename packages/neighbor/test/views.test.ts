import {
  formatNeighbor,
  isKernelMade,
  isLearned,
  isOwned,
  isRemoteVtep,
  isStaticArp,
  isStaticFdb,
  type Neighbor,
  NeighborFlag,
  NeighborState,
  NeighborType,
  remoteVteps,
  staticArp,
  staticFdb,
  vniOf,
} from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const views = suite('views of neighbours')

const { NOARP, PERMANENT, REACHABLE, STALE } = NeighborState
const { EXT_LEARNED, SELF, STICKY } = NeighborFlag
const mac = '02:00:00:00:00:01'
const zero = '00:00:00:00:00:00'

function arp(fields: Partial<Neighbor> = {}): Neighbor {
  const type = NeighborType.UNICAST
  return { family: 2, ifindex: 3, state: NOARP, flags: 0, type, dst: '10.0.0.1', lladdr: mac, ...fields }
}

function fdb(fields: Partial<Neighbor> = {}): Neighbor {
  return { family: 7, ifindex: 5, state: NOARP, flags: 0, type: 0, lladdr: mac, ...fields }
}

const endpoint = (fields: Partial<Neighbor> = {}): Neighbor =>
  fdb({ lladdr: zero, state: NOARP | PERMANENT, flags: SELF, type: 1, dst: '192.0.2.1', ...fields })

const learned = (fields: Partial<Neighbor> = {}): Neighbor =>
  fdb({ state: NOARP | REACHABLE, flags: SELF | EXT_LEARNED, type: 1, dst: '192.0.2.1', ...fields })

const { dst: _, ...byNexthops } = learned({ nhId: 10 })

/** An entry, and whether it is owned, learned, and made by the kernel. */
const kinds: readonly [what: string, entry: Neighbor, owned: boolean, learned: boolean, kernelMade: boolean][] = [
  ['a static neighbour', arp(), true, false, false],
  ['a static neighbour of IPv6', arp({ family: 10, dst: 'fd00::1' }), true, false, false],
  ['a static neighbour learned from elsewhere', arp({ flags: EXT_LEARNED }), false, true, false],
  ['a permanent neighbour', arp({ state: PERMANENT }), false, true, false],
  ['a stale neighbour', arp({ state: STALE }), false, true, false],
  ['what the kernel makes for multicast', arp({ type: 5, dst: '224.0.0.22' }), false, false, true],
  ['what the kernel makes for broadcast', arp({ type: 3, dst: '10.0.0.255' }), false, false, true],
  ['one learned from elsewhere for broadcast', arp({ flags: EXT_LEARNED, type: 3 }), false, true, false],
  ['a permanent neighbour for multicast', arp({ type: 5, state: PERMANENT }), false, true, false],
  ['a static entry of a bridge', fdb(), true, false, false],
  ['a static entry of a bridge in a VLAN', fdb({ vlan: 10 }), true, false, false],
  ['a permanent entry of a bridge', fdb({ state: PERMANENT }), false, true, false],
  ['a permanent entry of a bridge in a VLAN', fdb({ state: PERMANENT, vlan: 10 }), false, false, false],
  ['a static entry of a vxlan', learned({ flags: SELF }), false, true, false],
  ['an entry of a vxlan learned from elsewhere', learned(), false, true, false],
  ['a tunnel endpoint', endpoint(), false, true, false],
]

for (const [what, entry, owned, isLearnedFrom, kernelMade] of kinds) {
  views(`${what} is ${owned ? '' : 'not '}owned, and ${isLearnedFrom ? '' : 'not '}learned from`, () => {
    assert.equal([isOwned(entry), isLearned(entry), isKernelMade(entry)], [owned, isLearnedFrom, kernelMade])
  })
}

views('which entries tell of what', () => {
  const entries: Readonly<Record<string, Neighbor>> = {
    endpoint: endpoint(),
    'endpoint that may age': endpoint({ state: REACHABLE }),
    learned: learned(),
    'learned, by nexthops': byNexthops,
    'learned, nowhere': learned({ dst: '0.0.0.0' }),
    'learned, of a bridge': fdb({ flags: EXT_LEARNED }),
    'sticky and static': learned({ flags: SELF | STICKY }),
    sticky: learned({ flags: SELF | STICKY, state: REACHABLE }),
    static: learned({ flags: SELF }),
    'seen by the vxlan itself': learned({ flags: SELF, state: REACHABLE }),
    arp: arp({ flags: EXT_LEARNED }),
    'arp that may age': arp({ flags: EXT_LEARNED, state: REACHABLE }),
    'arp without hardware address': arp({ flags: EXT_LEARNED, lladdr: zero }),
    'arp not learned': arp(),
  }
  const those = (is: (entry: Neighbor) => boolean): string[] =>
    Object.entries(entries).flatMap(([name, entry]) => (is(entry) ? [name] : []))
  assert.equal(those(isRemoteVtep), ['endpoint', 'learned', 'sticky and static', 'sticky', 'static'])
  assert.equal(those(isStaticFdb), ['learned', 'learned, by nexthops', 'sticky and static', 'sticky', 'static'])
  assert.equal(those(isStaticArp), ['arp'])
})

views('the VNI of an entry', () => {
  assert.is(vniOf(endpoint({ srcVni: 100, vni: 200 }), 10), 100)
  // The VNI on the wire says nothing of the segment.
  assert.is(vniOf(endpoint({ vni: 200 }), 10), 10)
  assert.is(vniOf(endpoint({ vni: 200 })), undefined)
  assert.is(vniOf(endpoint(), 10), 10)
  assert.is(vniOf(endpoint()), undefined)
})

views('tunnel endpoints, each once', () => {
  const entries = [
    endpoint(),
    endpoint({ lladdr: '02:00:00:00:00:09', flags: SELF | EXT_LEARNED }),
    endpoint({ port: 4790 }),
    endpoint({ srcVni: 100 }),
    endpoint({ srcVni: 101, vni: 200 }),
    endpoint({ dst: '2001:db8::1' }),
    endpoint({ vlan: 7, dst: '192.0.2.7' }),
    endpoint({ state: REACHABLE, dst: '192.0.2.8' }),
    learned({ dst: '192.0.2.1' }),
    arp({ flags: EXT_LEARNED }),
  ]
  assert.equal(remoteVteps(entries, 10), [
    { dst: '192.0.2.1', port: 4789, vni: 10 },
    { dst: '192.0.2.1', port: 4790, vni: 10 },
    { dst: '192.0.2.1', port: 4789, vni: 100 },
    { dst: '192.0.2.1', port: 4789, vni: 101 },
    { dst: '2001:db8::1', port: 4789, vni: 10 },
  ])
  const { dst: _, ...nowhere } = endpoint()
  assert.equal(remoteVteps([nowhere]), [])
  assert.equal(remoteVteps([endpoint()]), [{ dst: '192.0.2.1', port: 4789, vni: undefined }])
})

views('remote addresses and neighbours, each once', () => {
  assert.equal(staticFdb([learned(), learned({ ifindex: 9 }), byNexthops, endpoint(), learned({ srcVni: 100 })], 10), [
    { lladdr: mac, vni: 10, dst: '192.0.2.1', nhId: undefined },
    { lladdr: mac, vni: 10, dst: undefined, nhId: 10 },
    { lladdr: mac, vni: 100, dst: '192.0.2.1', nhId: undefined },
  ])
  const known = arp({ flags: EXT_LEARNED })
  assert.equal(staticArp([known, { ...known, ifindex: 9 }, arp(), learned()], 10), [
    { lladdr: mac, dst: '10.0.0.1', vni: 10 },
  ])
})

views('text form', () => {
  const { lladdr: _, ...failed } = arp()
  assert.is(formatNeighbor(arp()), `ifindex=3 vlan=0 eth=${mac} dst=10.0.0.1 port=0 nh_id=0`)
  assert.is(formatNeighbor(failed), `ifindex=3 vlan=0 eth=${zero} dst=10.0.0.1 port=0 nh_id=0`)
  assert.is(
    formatNeighbor(arp({ family: 10, dst: '::ffff:10.0.0.1', vlan: 7 })),
    `ifindex=3 vlan=0 eth=${mac} dst=10.0.0.1 port=0 nh_id=0`,
  )
  assert.is(formatNeighbor(fdb({ vlan: 7 })), `ifindex=5 vlan=7 eth=${mac} dst=:: port=0 nh_id=0`)
  assert.is(
    formatNeighbor(endpoint({ port: 4790, nhId: 4294967295 })),
    `ifindex=5 vlan=0 eth=${zero} dst=192.0.2.1 port=4790 nh_id=4294967295`,
  )
})

views.run()
