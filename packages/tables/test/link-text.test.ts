import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lineText } from '../src/line-module.ts'
import { InterfaceNames } from '../src/tables/interface-names.ts'
import { linkModule } from '../src/tables/link.ts'

const text = suite('text of links')
const names = new InterfaceNames([
  [2, 'p0'],
  [3, 'v0'],
  [6, 'br0'],
  [11, 'red'],
])
const plain = { family: 0, type: 1, flags: 0x1002, mtu: 1500, operstate: 2, carrier: 0, address: '02:00:00:00:00:01' }
const ether = 'link/ether 02:00:00:00:00:01'

// The words are those of `ip -o -d link` of iproute2 6.1, less those of what an entry does not have.
const cases: [line: string, entry: Parameters<typeof linkModule.words>[0]][] = [
  [
    '11: g0@NONE: <NOARP,UP,LOWER_UP> mtu 1476 state UNKNOWN link/gre 192.0.2.1',
    {
      family: 0,
      type: 778,
      ifindex: 11,
      ifname: 'g0',
      flags: 0x100c1,
      mtu: 1476,
      link: 0,
      operstate: 0,
      address: 'c0:00:02:01',
    },
  ],
  [
    '15: i6@NONE: <NOARP,UP,LOWER_UP> mtu 1452 state UNKNOWN link/tunnel6 fd00::1',
    {
      family: 0,
      type: 769,
      ifindex: 15,
      ifname: 'i6',
      flags: 0x100c1,
      mtu: 1452,
      link: 0,
      operstate: 0,
      address: 'fd:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01',
    },
  ],
  [
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN link/loopback 00:00:00:00:00:00',
    {
      family: 0,
      type: 772,
      ifindex: 1,
      ifname: 'lo',
      flags: 0x10049,
      mtu: 65536,
      operstate: 0,
      address: '00:00:00:00:00:00',
    },
  ],
  [
    `3: v0@p0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state UP ${ether} veth altname other altname another`,
    {
      ...plain,
      ifindex: 3,
      ifname: 'v0',
      link: 2,
      flags: 0x11043,
      master: 6,
      operstate: 6,
      kind: 'veth',
      altnames: ['other', 'another'],
    },
  ],
  [
    `5: v1@if9: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state LOWERLAYERDOWN ${ether} veth`,
    { ...plain, ifindex: 5, ifname: 'v1', link: 9, flags: 0x1003, operstate: 3, kind: 'veth' },
  ],
  [
    `5: v1@if3: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} link-netnsid 0 veth`,
    { ...plain, ifindex: 5, ifname: 'v1', link: 3, linkNetnsid: 0, kind: 'veth' },
  ],
  [
    `6: br0: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} bridge ageing_time 30000 stp_state 0 vlan_filtering 1 vlan_protocol 802.1Q mcast_snooping 0`,
    {
      ...plain,
      ifindex: 6,
      ifname: 'br0',
      kind: 'bridge',
      bridge: { ageingTime: 30000, stpState: 0, vlanFiltering: 1, vlanProtocol: 0x8100, mcastSnooping: 0 },
    },
  ],
  [
    `7: vx: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} vxlan id 42 remote 10.0.0.9 local 10.0.0.1 dev v0 dstport 4789 nolearning`,
    {
      ...plain,
      ifindex: 7,
      ifname: 'vx',
      kind: 'vxlan',
      vxlan: { id: 42, group: '10.0.0.9', local: '10.0.0.1', link: 3, port: 4789, learning: 0, collectMetadata: 0 },
    },
  ],
  [
    `8: ext: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} vxlan external id 0 dstport 4790`,
    {
      ...plain,
      ifindex: 8,
      ifname: 'ext',
      kind: 'vxlan',
      vxlan: { id: 0, port: 4790, learning: 1, collectMetadata: 1 },
    },
  ],
  [
    `10: vx6: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} vxlan id 43 group ff05::1 dstport 8472`,
    { ...plain, ifindex: 10, ifname: 'vx6', kind: 'vxlan', vxlan: { id: 43, group: 'ff05::1', port: 8472 } },
  ],
  [
    `9: mac0@v0: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} macvlan mode bridge`,
    { ...plain, ifindex: 9, ifname: 'mac0', link: 3, kind: 'macvlan', macvlan: { mode: 4 } },
  ],
  [
    `11: red: <NOARP,MASTER> mtu 1500 state DOWN ${ether} vrf table 10`,
    { ...plain, ifindex: 11, ifname: 'red', flags: 0x480, kind: 'vrf', vrf: { table: 10 } },
  ],
  [
    '12: sit0@NONE: <NOARP,80000> mtu 1480 state 0x9 link/sit sit',
    {
      family: 0,
      type: 776,
      ifindex: 12,
      ifname: 'sit0',
      link: 0,
      flags: 0x80080,
      mtu: 1480,
      operstate: 9,
      kind: 'sit',
    },
  ],
  [
    `14: vf: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} vxlan external vnifilter id 0 dstport 4790 nolearning gbp`,
    {
      ...plain,
      ifindex: 14,
      ifname: 'vf',
      kind: 'vxlan',
      vxlan: { id: 0, port: 4790, learning: 0, gbp: true, collectMetadata: 1, vnifilter: 1 },
    },
  ],
  [
    `15: v0.5@v0: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} vlan protocol 802.1Q id 5 <REORDER_HDR,MVRP,LOOSE_BINDING>`,
    {
      ...plain,
      ifindex: 15,
      ifname: 'v0.5',
      link: 3,
      kind: 'vlan',
      vlan: { id: 5, flags: 0xd, protocol: 0x8100 },
    },
  ],
  [
    `16: bond0: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} bond mode active-backup active_slave v0 miimon 100 ` +
      'updelay 0 downdelay 0 primary p0 xmit_hash_policy layer2 min_links 0 lacp_rate slow',
    {
      ...plain,
      ifindex: 16,
      ifname: 'bond0',
      kind: 'bond',
      bond: {
        mode: 1,
        activeSlave: 3,
        miimon: 100,
        updelay: 0,
        downdelay: 0,
        primary: 2,
        xmitHashPolicy: 0,
        minLinks: 0,
        adLacpRate: 0,
      },
    },
  ],
  [
    `16: bond0: <BROADCAST,MULTICAST> mtu 1500 state DOWN ${ether} bond mode 802.3ad miimon 0 xmit_hash_policy encap3+4 ` +
      'lacp_rate fast ad_aggregator 1 ad_num_ports 2 ad_actor_key 15 ad_partner_key 1 ad_partner_mac 00:00:00:00:00:00',
    {
      ...plain,
      ifindex: 16,
      ifname: 'bond0',
      kind: 'bond',
      bond: {
        mode: 4,
        miimon: 0,
        xmitHashPolicy: 4,
        adLacpRate: 1,
        adInfo: { aggregator: 1, numPorts: 2, actorKey: 15, partnerKey: 1, partnerMac: '00:00:00:00:00:00' },
      },
    },
  ],
  [
    `3: v0: <BROADCAST,MULTICAST> mtu 1500 master br0 state DOWN ${ether} veth bond_slave state BACKUP mii_status GOING_BACK ` +
      'link_failure_count 2 queue_id 3 ad_aggregator_id 1',
    {
      ...plain,
      ifindex: 3,
      ifname: 'v0',
      master: 6,
      kind: 'veth',
      slaveKind: 'bond',
      bondSlave: {
        state: 1,
        miiStatus: 3,
        linkFailureCount: 2,
        queueId: 3,
        adAggregatorId: 1,
      },
    },
  ],
  [
    `3: v0: <BROADCAST,MULTICAST> mtu 1500 master br0 state DOWN ${ether} veth bridge_slave state blocking priority 5 cost 77 ` +
      'hairpin off learning on flood on mcast_router 1 neigh_suppress on vlan_tunnel on isolated off locked on ' +
      'backup_port p0 mab on neigh_vlan_suppress on backup_nhid 42 mcast_n_groups 3 mcast_max_groups 10',
    {
      ...plain,
      ifindex: 3,
      ifname: 'v0',
      master: 6,
      kind: 'veth',
      slaveKind: 'bridge',
      bridgePort: {
        state: 4,
        priority: 5,
        cost: 77,
        mode: 0,
        learning: 1,
        unicastFlood: 1,
        multicastRouter: 1,
        mcastNGroups: 3,
        mcastMaxGroups: 10,
        vlanTunnel: 1,
        neighSuppress: 1,
        neighVlanSuppress: 1,
        isolated: 0,
        locked: 1,
        mab: 1,
        backupPort: 2,
        backupNhid: 42,
      },
    },
  ],
  [
    `3: v0: <BROADCAST,MULTICAST> mtu 1500 master red state DOWN ${ether} veth vrf_slave`,
    { ...plain, ifindex: 3, ifname: 'v0', master: 11, kind: 'veth', slaveKind: 'vrf' },
  ],
  ['13: x: <> link/[4711]', { family: 0, type: 4711, ifindex: 13, ifname: 'x', flags: 0 }],
]

for (const [line, entry] of cases) text(line, () => assert.is(lineText(linkModule, entry, names), line))

text.run()
