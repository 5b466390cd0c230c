// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import type { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkedScenario } from '../support/checked.ts'
import { ifindex } from '../support/netns.ts'

/** One vxlan for all VNIs (`external vnifilter`), a port of a bridge whose VLANs are mapped to them (`tunnel_info`). */
const tests = suite('a single vxlan')

const mac = '02:00:00:00:00:01'
const other = '02:00:00:00:00:02'
const zero = '00:00:00:00:00:00'

const scene = [
  'ip link set lo up',
  'ip link add name br0 type bridge vlan_filtering 1 vlan_default_pvid 0',
  'ip link set br0 addrgenmode none up',
  'ip link add svd type vxlan external vnifilter local 192.0.2.100 dstport 4789 nolearning',
  'ip link set svd addrgenmode none master br0 up',
  'bridge link set dev svd vlan_tunnel on',
  'ip link add p0 type veth peer name p1',
  'ip link set p0 addrgenmode none master br0 up',
  'ip link set p1 addrgenmode none up',
  ...[10, 20].flatMap((vni) => [
    `bridge vni add dev svd vni ${vni}`,
    `bridge vlan add dev svd vid ${vni}0`,
    `bridge vlan add dev svd vid ${vni}0 tunnel_info id ${vni}`,
    `bridge vlan add dev br0 vid ${vni}0 self`,
    `bridge vlan add dev p0 vid ${vni}0`,
    `ip link add link br0 name vlan${vni}0 type vlan id ${vni}0`,
    `ip link set vlan${vni}0 addrgenmode none up`,
  ]),
]

const remote = (lladdr: string, vni: number, dst: string): string[] => [
  `bridge fdb add ${lladdr} dev svd dst ${dst} src_vni ${vni} self extern_learn`,
  `bridge fdb add ${lladdr} dev svd master extern_learn vlan ${vni}0`,
]

function notices({ notices: all }: Evpn): string[] {
  return Array.from(all, ({ kind, subject }) => `${kind} ${subject}`).sort()
}

function lost({ unresolved }: Evpn): string[] {
  return Array.from(unresolved, ({ reason, row }) => `${reason} ${row}`).sort()
}

function vlansOf({ vnis }: Evpn): string[] {
  return Array.from(vnis, ({ vni, vlan }) => `${vni} ${vlan}`).sort()
}

whereThereAre(tests, ['VLANs of bridges', 'VLAN devices'], () => {
  checkedScenario(
    tests,
    'rows are of the VNI that they name, and bindings of their VLAN device',
    scene,
    async (evpn, change, netns) => {
      await change(
        `bridge fdb append ${zero} dev svd dst 192.0.2.1 src_vni 10 permanent`,
        `bridge fdb append ${zero} dev svd dst 192.0.2.2 src_vni 20 permanent`,
        ...remote(mac, 10, '192.0.2.1'),
        ...remote(mac, 20, '192.0.2.2'),
        'ip nexthop add id 1 via 192.0.2.1 fdb',
        'ip nexthop add id 2 via 192.0.2.2 fdb',
        'ip nexthop add id 10 group 1/2 fdb',
        `bridge fdb add ${other} dev svd nhid 10 src_vni 20 self extern_learn`,
        `bridge fdb add ${other} dev svd master extern_learn vlan 200`,
        `ip neigh replace 172.16.1.10 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
        `ip neigh replace 172.16.1.10 lladdr ${mac} dev vlan200 nud noarp extern_learn`,
        `ip neigh replace 172:16::10 lladdr ${other} dev vlan200 nud noarp extern_learn`,
      )
      assert.equal(vlansOf(evpn), ['10 100', '20 200'])
      assert.equal(
        Array.from(
          evpn.fdb,
          ({ vni, mac: address, paths }) => `${vni} ${address} ${paths.map(({ remote: { ip } }) => ip)}`,
        ).sort(),
        [`10 ${mac} 192.0.2.1`, `20 ${mac} 192.0.2.2`, `20 ${other} 192.0.2.1,192.0.2.2`],
      )
      assert.equal(Array.from(evpn.arps, ({ vni, ip, ifindex: svi }) => `${vni} ${ip} ${svi}`).sort(), [
        `10 172.16.1.10 ${ifindex(netns, 'vlan100')}`,
        `20 172.16.1.10 ${ifindex(netns, 'vlan200')}`,
        `20 172:16::10 ${ifindex(netns, 'vlan200')}`,
      ])
      assert.equal(Array.from(evpn.vteps, ({ vni, ip, flood, groups }) => `${vni} ${ip} ${flood} ${groups}`).sort(), [
        '10 192.0.2.1 true 0',
        '20 192.0.2.1 false 1',
        '20 192.0.2.2 true 1',
      ])
      assert.equal([notices(evpn), lost(evpn)], [['vtep-not-flooded 20 192.0.2.1 4789 20'], []])
      // A VNI of its own on the wire.
      await change(`bridge fdb replace ${mac} dev svd dst 192.0.2.1 src_vni 10 vni 777 self extern_learn`)
      assert.is(evpn.fdb.get({ vni: 10, mac })?.paths[0]?.remote.encapVni, 777)
      await change(`bridge fdb replace ${mac} dev p0 master static vlan 200`)
      assert.equal(
        [10, 20].map((vni) => evpn.fdb.get({ vni, mac })?.shadowedBy),
        [undefined, ifindex(netns, 'p0')],
      )
      await change(`bridge fdb del ${mac} dev svd src_vni 20 self`, `ip neigh del 172.16.1.10 dev vlan200`)
      await change('ip link del svd')
      assert.equal([evpn.vnis.size, evpn.fdb.size, evpn.arps.size, evpn.vteps.size], [0, 0, 0, 0])
    },
  )

  checkedScenario(
    tests,
    'VNIs that the filter does not have, and rows without a VNI, are named',
    scene,
    async (evpn, change, netns) => {
      const svd = ifindex(netns, 'svd')
      await change(`bridge fdb add ${mac} dev svd dst 192.0.2.1 self extern_learn`)
      assert.equal(lost(evpn), [`no-vni ${svd} ${mac}`])
      // What goes on the wire says nothing of where a row belongs.
      await change(`bridge fdb add ${other} dev svd dst 192.0.2.1 vni 10 self extern_learn`)
      assert.equal([lost(evpn), evpn.fdb.size], [[`no-vni ${svd} ${mac}`, `no-vni ${svd} ${other}`], 0])
      await change(`bridge fdb add ${mac} dev svd dst 192.0.2.1 src_vni 30 self extern_learn`)
      assert.equal(notices(evpn), [`vni-filtered 30 ${svd}`])
      assert.equal(vlansOf(evpn), ['10 100', '20 200', '30 undefined'])
      await change('bridge vni add dev svd vni 30')
      assert.equal(notices(evpn), [])
      await change('bridge vlan add dev svd vid 300', 'bridge vlan add dev svd vid 300 tunnel_info id 30')
      assert.equal([vlansOf(evpn).at(-1), notices(evpn)], ['30 300', [`vxlan-only 30 ${mac}`]])
      await change('bridge vni delete dev svd vni 10', `bridge fdb del ${mac} dev svd src_vni 30 self`)
      assert.equal([vlansOf(evpn), notices(evpn)], [['10 100', '20 200', '30 300'], [`vni-filtered 10 ${svd}`]])
      await change('bridge vlan del dev svd vid 100 tunnel_info id 10')
      assert.equal([vlansOf(evpn), notices(evpn)], [['20 200', '30 300'], []])
    },
  )

  checkedScenario(tests, 'ranges of VLANs are mapped to ranges of VNIs', scene, async (evpn, change, netns) => {
    await change(
      'bridge vni add dev svd vni 30-39',
      'bridge vlan add dev svd vid 300-309',
      'bridge vlan add dev svd vid 300-309 tunnel_info id 30-39',
      'ip link add link br0 name vlan305 type vlan id 305',
      `bridge fdb add ${mac} dev svd dst 192.0.2.1 src_vni 35 self extern_learn`,
      'ip link set vlan305 addrgenmode none up',
      `ip neigh replace 172.16.1.10 lladdr ${mac} dev vlan305 nud noarp extern_learn`,
    )
    assert.equal(vlansOf(evpn), [
      ...['10 100', '20 200'],
      ...Array.from({ length: 10 }, (_, more) => `${30 + more} ${300 + more}`),
    ])
    assert.equal(
      Array.from(evpn.arps, ({ vni, ifindex: svi }) => [vni, svi]),
      [[35, ifindex(netns, 'vlan305')]],
    )
    // A part of a range, which another VLAN gets.
    await change('bridge vlan del dev svd vid 304-306 tunnel_info id 34-36')
    assert.equal(
      [33, 34, 35, 36, 37].map((vni) => evpn.vnis.get({ vni })?.vlan),
      [303, undefined, undefined, undefined, 307],
    )
    assert.is(evpn.arps.size, 0)
    await change('bridge vlan add dev svd vid 305 tunnel_info id 34')
    assert.equal([evpn.vnis.get({ vni: 34 })?.vlan, evpn.arps.size], [305, 1])
    await change('bridge vlan del dev svd vid 300-309', 'bridge vni delete dev svd vni 31-38')
    assert.equal(vlansOf(evpn), ['10 100', '20 200', '30 undefined', '35 undefined', '39 undefined'])
  })
})

tests.run()
