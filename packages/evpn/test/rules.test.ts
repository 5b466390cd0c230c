import { type Derived, datapathObjects, derive, type EvpnConfig, type Snapshots } from '@rtnl/evpn'
import { NeighborFlag, NeighborState } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { binding, bridge, flood, group, nexthop, remote, sticky, vxlan } from './support/scene.ts'

/** What entries of a kernel mean, where datapaths and speakers take them for something else. */
const rules = suite('rules of the derivation')

const mac = '02:00:00:00:00:01'
const links = [bridge(1, 'br0'), vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' }, { master: 1 })]
const dual = [...links, vxlan(3, 'vx10b', { id: 10, local: '2001:db8::100' }, { master: 1 })]

const from = (rows: Snapshots, config?: EvpnConfig): Derived => derive({ links, ...rows }, config)
const ips = ({ vteps }: Derived): string[] => vteps.map(({ ip }) => ip).sort()

rules('the remote of every entry that is followed is an endpoint, also of one that does not move', () => {
  const { PERMANENT } = NeighborState
  const fdb = [
    remote(2, '02:00:00:00:00:01', { dst: '192.0.2.1' }),
    sticky(2, '02:00:00:00:00:02', { dst: '192.0.2.2' }),
    remote(2, '02:00:00:00:00:03', { dst: '192.0.2.3', flags: NeighborFlag.SELF, state: PERMANENT }),
    remote(2, '02:00:00:00:00:04', { dst: '192.0.2.4', flags: NeighborFlag.SELF, state: NeighborState.REACHABLE }),
  ]
  // The last one is what the vxlan has learned by itself.
  assert.equal(ips(from({ fdb })), ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  assert.equal(ips(from({ fdb }, { learned: true })), ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'])
})

rules('a VNI floods to what is said to be flooded to, and to no other endpoint', () => {
  const derived = from({ fdb: [remote(2, mac, { dst: '192.0.2.1' })] })
  assert.equal(
    derived.vteps.map(({ ip, flood: isFlooded, macs }) => [ip, isFlooded, macs]),
    [['192.0.2.1', false, 1]],
  )
  // A routed VNI floods to nobody, and nothing is wrong with that.
  assert.equal([derived.floods, derived.notices.filter(({ kind }) => kind === 'vtep-not-flooded')], [[], []])
})

rules('a VNI with local addresses of both families floods once to each endpoint', () => {
  const fdb = [flood(2, { dst: '192.0.2.1' }), flood(3, { dst: '2001:db8::1' })]
  const { floods } = from({ links: dual, fdb })
  const buckets = floods.flatMap((row) => datapathObjects('floods', row).map(({ key }) => key))
  assert.equal(buckets.length, 2)
  assert.is(new Set(buckets).size, 2)
})

rules('entries to no address lead nowhere, in either family, or without any', () => {
  const zero = { flags: NeighborFlag.SELF }
  const fdb = [flood(2, { dst: '::' }), flood(3, zero), remote(2, mac, { dst: '::' }), remote(3, mac, {})]
  const { vteps, floods, fdb: rows, unresolved } = from({ links: dual, fdb })
  assert.equal([vteps, floods, rows], [[], [], []])
  assert.equal(
    unresolved.map(({ reason }) => reason),
    ['no-remote', 'no-remote', 'no-remote', 'no-remote'],
  )
})

rules(
  'of two vxlans neither of which the bridge names, nor is known to have changed last, the lowest index counts',
  () => {
    const fdb = [remote(3, mac, { dst: '2001:db8::1' }), remote(2, mac, { dst: '192.0.2.1' })]
    assert.is(from({ links: dual, fdb }).fdb[0]?.ifindex, 2)
    assert.is(from({ links: dual, fdb, latest: new Map([[`10 ${mac}`, 3]]) }).fdb[0]?.ifindex, 3)
  },
)

rules('a neighbour is a binding if it needs no looking for and is learned from elsewhere, with an address', () => {
  const { NOARP, PERMANENT, FAILED, REACHABLE } = NeighborState
  const { EXT_LEARNED } = NeighborFlag
  const { lladdr: _, ...unknown } = binding(1, '10.0.0.5', mac)
  const neighbors = [
    binding(1, '10.0.0.1', mac),
    binding(1, '10.0.0.2', mac, { state: PERMANENT }),
    binding(1, '10.0.0.3', mac, { flags: 0 }),
    binding(1, '10.0.0.4', mac, { state: FAILED }),
    unknown,
    binding(1, '10.0.0.6', mac, { state: REACHABLE, flags: EXT_LEARNED }),
    // Addresses of the link count, and who is said to be a router is.
    binding(1, 'fe80::1', mac, { state: NOARP, flags: EXT_LEARNED | NeighborFlag.ROUTER }),
  ]
  assert.equal(
    from({ neighbors }).arps.map(({ ip, router, role }) => [ip, router, role]),
    [
      ['10.0.0.1', false, 'host'],
      ['fe80::1', true, 'host'],
    ],
  )
})

rules('a binding whose address is one of the endpoints of its group is that of a router', () => {
  const nexthops = [nexthop(1, '192.0.2.1'), nexthop(2, '192.0.2.2'), group(10, { 1: 1, 2: 1 })]
  const fdb = [remote(2, mac, { nhId: 10 })]
  const neighbors = ['192.0.2.2', '::ffff:192.0.2.1', '192.0.2.3'].map((ip) => binding(1, ip, mac))
  assert.equal(
    from({ nexthops, fdb, neighbors }).arps.map(({ ip, role }) => [ip, role]),
    [
      ['192.0.2.2', 'nexthop'],
      ['::ffff:192.0.2.1', 'nexthop'],
      ['192.0.2.3', 'host'],
    ],
  )
})

rules('a group that became one of the other family leads nowhere on a vxlan that cannot send it', () => {
  const fdb = [remote(2, mac, { nhId: 10 })]
  const nexthops = [nexthop(1, '2001:db8::1'), nexthop(2, '2001:db8::2'), group(10, { 1: 1, 2: 1 })]
  const [entry] = from({ fdb, nexthops }).groups
  assert.equal([entry?.status, entry?.reason, entry?.paths], ['unresolved', 'no-members', []])
  assert.equal(entry?.failures, [
    { member: 1, reason: 'family' },
    { member: 2, reason: 'family' },
  ])
  // Where an entry of the vxlan of that family uses it, it works.
  const both = from({ links: dual, fdb: [remote(3, mac, { nhId: 10 })], nexthops })
  assert.is(both.groups[0]?.status, 'resolved')
})

rules('groups and nexthops that nothing uses, and groups of one, are nothing to speak of', () => {
  const nexthops = [nexthop(1, '192.0.2.1'), nexthop(2, '192.0.2.2'), group(10, { 1: 1 }), group(11, { 2: 1, 9: 1 })]
  const fdb = [remote(2, mac, { nhId: 10 })]
  const { groups, vteps, unresolved, notices, fdb: rows } = from({ nexthops, fdb })
  assert.equal(
    groups.map(({ nhId, status }) => [nhId, status]),
    [[10, 'resolved']],
  )
  assert.equal(
    [vteps.map(({ ip }) => ip), unresolved, rows[0]?.kind, notices.map(({ kind }) => kind)],
    [['192.0.2.1'], [], 'group', ['vxlan-only']],
  )
})

rules('the default port is that of the vxlan, or the one that is given, also of members of groups', () => {
  const own = [vxlan(2, 'vx10', { id: 10, port: 60010 })]
  const nexthops = [nexthop(1, '192.0.2.1'), group(10, { 1: 1 })]
  const fdb = [remote(2, mac, { nhId: 10 }), flood(2, { dst: '192.0.2.2' }), flood(2, { dst: '192.0.2.3', port: 1 })]
  const ports = (config?: EvpnConfig): number[] =>
    derive({ links: own, nexthops, fdb }, config)
      .vteps.map(({ port }) => port)
      .sort()
  assert.equal(ports(), [1, 60010, 60010])
  assert.equal(ports({ defaultPort: 4789 }), [1, 4789, 4789])
})

rules('what cannot be of a segment is named by its place, and the others work', () => {
  const segments = [
    { vni: 2 ** 24, vxlans: ['vx10'] },
    { vni: -1, vxlans: ['vx10'] },
    { vni: 1.5, vxlans: ['vx10'] },
    { vni: Number.NaN, vxlans: ['vx10'] },
    { vni: '10' as unknown as number, vxlans: ['vx10'] },
    { vni: 10, vxlans: ['vx10', 'nothing', 'br0'], svi: 'none' },
    { vni: 10, vxlans: ['vx10b'] },
    { vni: 2 ** 24 - 1, vxlans: ['alone'] },
    { vni: 0, vxlans: ['zero'] },
  ]
  const all = [...links, vxlan(4, 'alone', { id: 2 ** 24 - 1 }), vxlan(5, 'zero', { id: 0 }, { master: 1 })]
  const { unresolved, vnis } = from({ links: all }, { segments })
  assert.equal(unresolved.map(({ table, row, reason }) => `${table} ${row} ${reason}`).sort(), [
    ...[0, 1, 2, 3, 4].map((place) => `segment ${place} invalid-vni`),
    'segment 5 br0 not-vxlan',
    'segment 5 none no-interface',
    'segment 5 nothing no-interface',
    'segment 6 duplicate-vni',
    'segment 7 alone no-bridge',
  ])
  for (const { text } of unresolved) assert.match(text, /^.+\.$/)
  assert.equal(
    vnis.map(({ vni, devices }) => [vni, devices]).sort(([one = 0], [other = 0]) => Number(one) - Number(other)),
    [
      [0, [5]],
      [10, [2]],
      [2 ** 24 - 1, [4]],
    ],
  )
})

rules.run()
