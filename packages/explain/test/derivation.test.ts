import { VlanFlag } from '@rtnl/bridge'
import { explain, type Question, type Tables } from '@rtnl/explain'
import { LinkFlag } from '@rtnl/link'
import { NeighborFlag, NeighborState } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import { RouteType } from '@rtnl/route'
import { RuleAction } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/**
 * What the kernel does is in its sources: `br_dev_xmit`, `br_allowed_egress`, `br_forward` (`net/bridge`), `vxlan_xmit_one`
 * (`drivers/net/vxlan`), `fib_rule_match` and `l3mdev_fib_rule_match`. Tests with a kernel need one that has VLANs and VRFs.
 */
const derivation = suite('derivation from tables that are there')

const inet = AddressFamily.INET
const up = LinkFlag.UP | LinkFlag.RUNNING | LinkFlag.LOWER_UP
const mac = '02:00:00:00:06:02'

const link = (ifindex: number, ifname: string, rest: object) => ({
  ...{ family: 0, type: 1, ifindex, ifname, flags: up, carrier: 1 },
  ...rest,
})
const fdb = (ifindex: number, rest: object) => ({
  ...{ family: AddressFamily.BRIDGE, ifindex, state: NeighborState.NOARP, flags: 0, type: 0, lladdr: mac },
  ...rest,
})
const vlan = (ifindex: number, vid: number, rest: object = {}) => ({
  ...{ family: AddressFamily.BRIDGE, ifindex, vid, flags: 0 },
  ...rest,
})
const rule = (priority: number, table: number, rest: object = {}) => ({
  ...{ family: inet, tos: 0, action: RuleAction.LOOKUP, flags: 0, priority, table },
  ...rest,
})
const route = (dst: string, oif: number, table = 254) => ({
  ...{ family: inet, tos: 0, protocol: 4, scope: 253, type: RouteType.UNICAST, flags: 0, table, dst, oif },
})

/** A bridge that filters VLANs, with a VLAN device above, and an external vxlan as its port, which has a VNI for a VLAN. */
const bridged: Tables = {
  rules: [rule(0, 255), rule(32766, 254), rule(32767, 253)],
  routes: [route('10.6.0.0/24', 7)],
  nexthops: [],
  links: [
    link(5, 'br0', { kind: 'bridge', bridge: { vlanFiltering: 1 } }),
    link(6, 'vx', {
      ...{ kind: 'vxlan', master: 5, vxlan: { id: 0, collectMetadata: 1, port: 4789 } },
      bridgePort: { vlanTunnel: 1 },
    }),
    link(7, 'br0.10', { kind: 'vlan', link: 5, vlan: { id: 10 } }),
  ],
  addresses: [],
  neighbors: [
    { family: inet, ifindex: 7, dst: '10.6.0.2', lladdr: mac, state: NeighborState.PERMANENT, flags: 0, type: 1 },
  ],
  fdb: [
    fdb(6, { master: 5, vlan: 10 }),
    fdb(6, { flags: NeighborFlag.SELF, type: 1, srcVni: 999, dst: '192.0.2.9' }),
    fdb(6, { flags: NeighborFlag.SELF, type: 1, srcVni: 1000, vni: 2000, dst: '192.0.2.1' }),
  ],
  vlans: [vlan(5, 1, { flags: VlanFlag.PVID }), vlan(5, 10), vlan(6, 10, { tunnelId: 1000 })],
}

const last = (tables: Tables, question: Question = { dst: '10.6.0.2' }): string => {
  const step = explain(tables, question).steps.findLast(({ underlay }) => !underlay)
  return `${step?.kind} ${step?.outcome}: ${step?.text}`
}

derivation('a VLAN of a bridge leads to the VNI that an external vxlan has for it, and to that VNI on the wire', () => {
  assert.is(last(bridged), 'vtep next: vx puts the frame into a packet to 192.0.2.1, port 4789, VNI 2000')
})

derivation('a bridge that filters VLANs drops what it, or the port, is not in the VLAN for', () => {
  const without = (ifindex: number): Tables => ({
    ...bridged,
    vlans: Array.from(bridged.vlans).filter((each) => each.ifindex !== ifindex),
  })
  assert.ok(last(without(5)).startsWith('fdb stops: br0 itself is not in VLAN 10'))
  assert.ok(last(without(6)).startsWith('port stops: vx is not in VLAN 10'))
})

derivation('a bond hands a frame to its port in use, also where it is a port of a bridge', () => {
  const [bridge, , upper] = [...bridged.links]
  const bonded = (mode: number, flags: number, ...ports: readonly object[]): Tables => ({
    ...bridged,
    links: [
      ...[bridge!, upper!, link(6, 'bond0', { kind: 'bond', master: 5, bond: { mode } })],
      ...ports.map((rest, place) => link(20 + place, `eth${place}`, { master: 6, ...rest })),
    ],
    vlans: [vlan(5, 10), vlan(6, 10, { flags })],
  })
  const inUse = { bondSlave: { state: 0 } }
  const backup = { bondSlave: { state: 1 } }
  assert.is(last(bonded(1, 0, backup, inUse)), 'interface delivered: the frame leaves by eth1 in VLAN 10')
  assert.is(last(bonded(1, VlanFlag.UNTAGGED, inUse, backup)), 'interface delivered: the frame leaves by eth0')
  assert.is(
    last(bonded(2, 0, inUse, { ...inUse, carrier: 0 })),
    'interface delivered: the frame leaves by eth0 in VLAN 10',
  )
  const several = (which: string): string =>
    `interface delivered: the frame leaves by ${which} of the ports of bond0: eth0, eth1`
  assert.is(last(bonded(2, 0, inUse, inUse)), several('one'))
  assert.is(last(bonded(3, 0, inUse, inUse)), several('each'))
  assert.is(last(bonded(1, 0, backup)), 'interface stops: bond0 has no port in use: the frame is dropped')
})

derivation('a port without carrier gives the frame to its backup port', () => {
  const [bridge, port, upper] = [...bridged.links]
  const links = [
    bridge!,
    { ...port!, ifindex: 8, ifname: 'vx2' },
    upper!,
    link(6, 'eth0', { master: 5, carrier: 0, bridgePort: { backupPort: 8 } }),
  ]
  const tables = {
    ...bridged,
    links,
    fdb: [fdb(6, { master: 5, vlan: 10 }), fdb(8, { flags: NeighborFlag.SELF, type: 1, srcVni: 7, dst: '192.0.2.1' })],
    vlans: [vlan(5, 10), vlan(6, 10), vlan(8, 10, { tunnelId: 7 })],
  }
  assert.ok(last(tables).startsWith('vtep next: vx2 puts'))
  // With a group of its own the vxlan is not asked where the address is.
  const [group, member] = [
    { id: 9, fdb: true, group: [{ id: 1, weight: 1 }] },
    { id: 1, fdb: true, gateway: '192.0.2.7' },
  ].map((each) => ({ family: 0, scope: 0, protocol: 0, flags: 0, ...each }) as never)
  const grouped = {
    ...tables,
    links: links.map((each) => (each.ifindex === 6 ? { ...each, bridgePort: { backupPort: 8, backupNhid: 9 } } : each)),
    nexthops: [group!, member!],
  }
  assert.is(last(grouped), 'vtep next: vx2 puts the frame into a packet to 192.0.2.7, port 4789, VNI 7')
  assert.ok(last({ ...grouped, nexthops: [] }).startsWith('nexthop stops: there is no nexthop 9'))
})

derivation('a vxlan of many VNIs drops what no VLAN of its port is mapped for', () => {
  const links = Array.from(bridged.links, (each) => (each.ifindex === 6 ? { ...each, bridgePort: {} } : each))
  assert.is(
    last({ ...bridged, links }),
    'port stops: vx carries many VNIs, and as a port it maps no VLANs to them (vlan_tunnel)',
  )
  const [neighbor] = bridged.neighbors
  const direct = { ...bridged, routes: [route('10.6.0.0/24', 6)], neighbors: [{ ...neighbor!, ifindex: 6 }] }
  assert.ok(last(direct).startsWith('fdb stops: vx carries many VNIs, and the frame is of none'))
})

derivation('a VRF has a table of its own, for what is bound to it', () => {
  const tables: Tables = {
    ...bridged,
    rules: [rule(0, 255), { ...rule(1000, 0, { l3mdev: 1 }), table: undefined } as never, rule(32766, 254)],
    links: [link(3, 'blue', { kind: 'vrf', vrf: { table: 77 } }), link(4, 'eth0', { master: 3 })],
    routes: [route('10.6.0.0/24', 4, 77)],
    neighbors: [],
  }
  assert.ok(last(tables).startsWith('route stops'))
  assert.ok(last(tables, { dst: '10.6.0.2', oif: 3 }).startsWith('neighbor waits'))
})

derivation('devices that are above each other end the way', () => {
  const links = [link(7, 'a', { kind: 'vlan', link: 8, vlan: { id: 1 } }), link(8, 'b', { kind: 'vlan', link: 7 })]
  const { outcome, text } = explain({ ...bridged, links }, { dst: '10.6.0.2' })
  assert.equal([outcome, text], ['stops', 'the way does not end: interfaces lead to each other'])
})

derivation('a question that does not fit is named', () => {
  const bad: readonly (readonly [Question, RegExp])[] = [
    [{ dst: '10.0.0.0/8' }, /question\.dst: .*10\.0\.0\.0\/8/],
    [{ dst: undefined as never }, /question\.dst: undefined/],
    [{ dst: '10.0.0.1', src: 'fd00::1' }, /question\.src: fd00::1 is not of the family of 10\.0\.0\.1/],
    [{ dst: '10.0.0.1', oif: -1 }, /question\.oif/],
  ]
  for (const [question, message] of bad) assert.throws(() => explain(bridged, question), message)
})

derivation('what the kernel would be asked is named, and an answer is found however the address is written', () => {
  const { unasked } = explain(bridged, { dst: '2001:DB8:0::1' })
  assert.equal(unasked, [{ dst: '2001:db8::1' }])
})

derivation.run()
