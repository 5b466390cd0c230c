import { VlanFlag } from '@rtnl/bridge'
import { derive, type EvpnConfig, type Snapshots } from '@rtnl/evpn'
import { NeighborFlag, NeighborState } from '@rtnl/neighbor'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  binding,
  bridge,
  filter,
  flood,
  group,
  link,
  local,
  nexthop,
  remote,
  sticky,
  vlan,
  vlanDevice,
  vxlan,
} from './support/scene.ts'

/** What kernels without VLANs of bridges cannot show, and what each kernel refuses. */
const derivation = suite('derivation from snapshots')

const mac = '02:00:00:00:00:01'

/** As a leaf with a vxlan of many VNIs: VLAN 100 is VNI 10 with the SVI vlan100 in a VRF, VLAN 200 is VNI 20. */
const leaf: Snapshots = {
  links: [
    bridge(1, 'br0', 1),
    vxlan(2, 'vxlan0', { collectMetadata: 1, vnifilter: 1, local: '192.0.2.100' }, { master: 1 }),
    vlanDevice(3, 1, 100, { master: 5 }),
    vlanDevice(4, 1, 200),
    link(5, 'red', { kind: 'vrf' }),
    link(6, 'swp1', { kind: 'veth', master: 1 }),
  ],
  vlans: [vlan(2, 100, { tunnelId: 10 }), vlan(2, 200, { tunnelId: 20 }), vlan(1, 100), vlan(1, 200)],
  filters: [filter(2, 10), filter(2, 20)],
}

function withRows(rows: Snapshots): Snapshots {
  return { ...leaf, ...rows }
}

function reasons(snapshots: Snapshots, config?: EvpnConfig): string[] {
  return derive(snapshots, config)
    .unresolved.map(({ table, row, reason }) => `${table} ${row} ${reason}`)
    .sort()
}

function notices(snapshots: Snapshots): string[] {
  return derive(snapshots)
    .notices.map(({ kind, subject }) => `${kind} ${subject}`)
    .sort()
}

derivation('a vxlan of many VNIs in a bridge with VLANs', () => {
  const { vnis, fdb, arps, unresolved } = derive(
    withRows({
      fdb: [
        remote(2, mac, { dst: '192.0.2.1', srcVni: 10 }),
        remote(2, mac, { dst: '192.0.2.2', srcVni: 20, vni: 777 }),
        local(1, 2, mac, { vlan: 100, flags: NeighborFlag.EXT_LEARNED }),
        local(1, 6, mac, { vlan: 200 }),
      ],
      neighbors: [binding(3, '10.0.0.1', mac), binding(4, '10.0.0.1', mac)],
    }),
  )
  assert.equal(vnis, [
    { vni: 10, devices: [2], bridge: 1, vlan: 100, svi: 3, vrf: 5, local: ['192.0.2.100'], ports: [4789] },
    { vni: 20, devices: [2], bridge: 1, vlan: 200, svi: 4, local: ['192.0.2.100'], ports: [4789] },
  ])
  assert.equal(
    fdb.map(({ vni, paths, shadowedBy }) => [vni, paths[0]?.remote, shadowedBy]),
    [
      [10, { ip: '192.0.2.1', port: 4789, encapVni: 10 }, undefined],
      [20, { ip: '192.0.2.2', port: 4789, encapVni: 777 }, 6],
    ],
  )
  assert.equal(
    arps.map(({ vni, ip, ifindex }) => [vni, ip, ifindex]),
    [
      [10, '10.0.0.1', 3],
      [20, '10.0.0.1', 4],
    ],
  )
  assert.equal(unresolved, [])
})

derivation('a vxlan of one VNI in a bridge with VLANs: by the VLAN of frames without a tag', () => {
  const { vnis } = derive({
    links: [bridge(1, 'br0', 1), vxlan(2, 'vx10', { id: 10 }, { master: 1 }), vlanDevice(3, 1, 100)],
    vlans: [vlan(2, 1), vlan(2, 100, { flags: VlanFlag.PVID | VlanFlag.UNTAGGED })],
  })
  assert.equal(
    vnis.map(({ vlan, svi }) => [vlan, svi]),
    [[100, 3]],
  )
})

derivation('the bridge is the SVI of its own VLAN, if there is no VLAN device', () => {
  const { vnis } = derive({
    links: [bridge(1, 'br0', 1), vxlan(2, 'vx10', { id: 10 }, { master: 1 })],
    vlans: [vlan(2, 100, { flags: VlanFlag.PVID }), vlan(1, 100, { flags: VlanFlag.PVID })],
  })
  assert.is(vnis[0]?.svi, 1)
})

derivation('entries of a VNI that is not in the filter are kept, with a notice', () => {
  const rows = { filters: [filter(2, 10)], fdb: [remote(2, mac, { dst: '192.0.2.1', srcVni: 20 })] }
  assert.is(derive(withRows(rows)).fdb.length, 1)
  assert.ok(notices(withRows(rows)).includes('vni-filtered 20 2'))
})

derivation('two VNIs in one bridge without VLANs: its neighbours are of neither', () => {
  const links = [bridge(1, 'br0'), vxlan(2, 'a', { id: 10 }, { master: 1 }), vxlan(3, 'b', { id: 11 }, { master: 1 })]
  const neighbors = [binding(1, '10.0.0.1', mac)]
  assert.equal(
    [derive({ links, neighbors }).arps, reasons({ links, neighbors })],
    [[], ['neighbor 1 10.0.0.1 no-svi-vni']],
  )
  // Unless a segment says so.
  const segments = [{ vni: 10, vxlans: ['a'], svi: 'br0' }]
  assert.equal(
    derive({ links, neighbors }, { segments }).arps.map(({ vni }) => vni),
    [10],
  )
})

derivation('each reason for which a group or a member leads nowhere', () => {
  const links = [vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' })]
  const row = (last: number, nhId: number) => remote(2, `02:00:00:00:00:0${last}`, { nhId })
  const fdb = [row(1, 10), row(2, 11), row(3, 12), row(4, 13), row(5, 99)]
  const { fdb: _, ...notFdb } = nexthop(4, '192.0.2.4')
  const { fdb: __, ...groupNotFdb } = group(12, { 1: 1 })
  const { gateway: ___, ...noGateway } = nexthop(5, '192.0.2.5')
  const nexthops = [
    nexthop(1, '192.0.2.1'),
    nexthop(2, '2001:db8::2'),
    notFdb,
    noGateway,
    nexthop(11, '192.0.2.11'),
    group(10, { 1: 7, 2: 1, 3: 1, 4: 1, 5: 1, 13: 1 }),
    groupNotFdb,
    group(13, { 3: 1 }),
  ] as NonNullable<Snapshots['nexthops']>
  assert.equal(reasons({ links, fdb, nexthops }), [
    'fdb 2 02:00:00:00:00:02 nexthop-not-group',
    'fdb 2 02:00:00:00:00:03 nexthop-not-fdb',
    'fdb 2 02:00:00:00:00:04 no-members',
    'fdb 2 02:00:00:00:00:05 nexthop-missing',
    'nexthop 10 10 13 is-group',
    'nexthop 10 10 2 family',
    'nexthop 10 10 3 missing',
    'nexthop 10 10 4 not-fdb',
    'nexthop 10 10 5 no-gateway',
    'nexthop 10 13 3 missing',
  ])
  const { fdb: rows, groups, unresolved } = derive({ links, fdb, nexthops })
  assert.equal(
    rows.map(({ status }) => status),
    ['partial', 'unresolved', 'unresolved', 'unresolved', 'unresolved'],
  )
  assert.equal(groups.find(({ nhId }) => nhId === 10)?.paths, [
    { remote: { ip: '192.0.2.1', port: 4789, encapVni: 10 }, weight: 7, nexthopId: 1 },
  ])
  for (const { text } of unresolved) assert.match(text, /^[A-Z].*\.$/)
})

derivation('entries of VNIs that no segment has, and of vxlans that none names', () => {
  const fdb = [
    remote(2, mac, { dst: '192.0.2.1', srcVni: 10 }),
    remote(2, mac, { dst: '192.0.2.1', srcVni: 30 }),
    remote(7, mac, { dst: '192.0.2.1' }),
  ]
  const links = [...(leaf.links ?? []), vxlan(7, 'other', { id: 70 })]
  const snapshots = withRows({ links, fdb })
  const config = { segments: [{ vni: 10, vxlans: ['vxlan0'] }] }
  assert.equal(
    derive(snapshots, config).fdb.map(({ vni }) => vni),
    [10],
  )
  assert.equal(reasons(snapshots, config), [`fdb 2 ${mac} src_vni 30 vni-not-configured`])
})

derivation('paths are sorted by address, IPv4 first, then by weight and nexthop', () => {
  const links = [vxlan(2, 'vx10', { id: 10, local: '192.0.2.100' })]
  const nexthops = [
    nexthop(1, '192.0.2.20'),
    nexthop(2, '192.0.2.9'),
    nexthop(3, '192.0.2.9'),
    nexthop(4, '192.0.2.9'),
    group(10, { 1: 1, 2: 5, 3: 2, 4: 2 }),
  ]
  const [entry] = derive({ links, nexthops, fdb: [remote(2, mac, { nhId: 10 })] }).fdb
  assert.equal(
    entry?.paths.map(({ remote: { ip }, weight, nexthopId }) => [ip, weight, nexthopId]),
    [
      ['192.0.2.9', 2, 3],
      ['192.0.2.9', 2, 4],
      ['192.0.2.9', 5, 2],
      ['192.0.2.20', 1, 1],
    ],
  )
})

derivation('who has made an entry', () => {
  const links = [vxlan(2, 'vx10', { id: 10 })]
  const way = { dst: '192.0.2.1' }
  const { NOARP, REACHABLE, PERMANENT } = NeighborState
  const fdb = [
    remote(2, '02:00:00:00:00:01', way),
    sticky(2, '02:00:00:00:00:02', way),
    remote(2, '02:00:00:00:00:03', { ...way, flags: NeighborFlag.SELF, state: PERMANENT }),
    remote(2, '02:00:00:00:00:04', { ...way, flags: NeighborFlag.SELF, state: NOARP | REACHABLE }),
    remote(2, '02:00:00:00:00:05', { ...way, flags: NeighborFlag.SELF, state: REACHABLE }),
  ]
  const origins = (config?: EvpnConfig): string[] => derive({ links, fdb }, config).fdb.map(({ origin }) => origin)
  assert.equal(origins(), ['controlPlane', 'controlPlane', 'static', 'static'])
  assert.equal(origins({ learned: true }), ['controlPlane', 'controlPlane', 'static', 'static', 'learned'])
})

derivation('entries that flood, alike by a port that the kernel shows for one of them', () => {
  const links = [vxlan(2, 'vx10', { id: 10, port: 60010 })]
  const fdb = [flood(2, { dst: '192.0.2.1' }), flood(2, { dst: '192.0.2.1', port: 4789 })]
  assert.equal(
    derive({ links, fdb }).floods.map(({ remote: to }) => to?.port),
    [60010, 4789],
  )
  const { floods, vteps } = derive({ links, fdb }, { defaultPort: 4789 })
  assert.equal([floods.length, vteps.map(({ port }) => port)], [1, [4789]])
})

derivation('a bridge with VLANs has no entries for a VNI without one', () => {
  const rows = { fdb: [remote(2, mac, { srcVni: 30, dst: '192.0.2.1' }), local(1, 6, mac)] }
  const unmapped = withRows({ ...rows, filters: [filter(2, 10), filter(2, 20), filter(2, 30)] })
  assert.equal([derive(unmapped).fdb[0]?.shadowedBy, notices(unmapped)], [undefined, []])
  const plain = { ...unmapped, links: [bridge(1, 'br0'), ...Array.from(leaf.links ?? []).slice(1)] }
  assert.equal([derive(plain).fdb[0]?.shadowedBy, notices(plain)], [6, [`shadowed 30 ${mac}`]])
})

derivation.run()
