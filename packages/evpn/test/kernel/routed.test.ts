// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import type { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkedScenario } from '../support/checked.ts'
import { ifindex } from '../support/netns.ts'

/** A VNI between the routers of VRFs: symmetric routing. */
const tests = suite('a VNI of a VRF')

const router = '02:00:00:00:ff:01'
const second = '02:00:00:00:ff:02'

const scene = [
  'ip link set lo up',
  'ip link add name red type vrf table 100',
  'ip link add name blue type vrf table 200',
  'ip link set red up',
  'ip link set blue up',
  'ip link add name br1000 type bridge',
  'ip link set br1000 addrgenmode none master red up',
  'ip link add vx1000 type vxlan id 1000 local 192.0.2.100 dstport 4789 nolearning',
  'ip link set vx1000 addrgenmode none master br1000 up',
]

const routerOf = (lladdr: string, ip: string): string[] => [
  `bridge fdb add ${lladdr} dev vx1000 dst ${ip} self extern_learn`,
  `bridge fdb add ${lladdr} dev vx1000 master extern_learn`,
  `ip neigh replace ${ip} lladdr ${lladdr} dev br1000 nud noarp extern_learn proto zebra`,
  `ip neigh replace ::ffff:${ip} lladdr ${lladdr} dev br1000 nud noarp extern_learn proto zebra`,
]

function arps({ arps: all }: Evpn): string[] {
  return Array.from(all, ({ ip, mac, role, protocol }) => `${ip} ${mac} ${role} ${protocol}`).sort()
}

whereThereAre(tests, ['VRFs'], () => {
  checkedScenario(
    tests,
    'has the router addresses of endpoints, and routes over them',
    scene,
    async (evpn, change, netns) => {
      assert.equal(
        [evpn.vnis.get({ vni: 1000 })?.vrf, evpn.vnis.get({ vni: 1000 })?.svi],
        [ifindex(netns, 'red'), ifindex(netns, 'br1000')],
      )
      await change(...routerOf(router, '192.0.2.1'), ...routerOf(second, '192.0.2.2'))
      assert.equal(arps(evpn), [
        `192.0.2.1 ${router} nexthop 11`,
        `192.0.2.2 ${second} nexthop 11`,
        `::ffff:192.0.2.1 ${router} nexthop 11`,
        `::ffff:192.0.2.2 ${second} nexthop 11`,
      ])
      // Nothing is flooded, and that is how it should be.
      assert.equal([evpn.floods.size, evpn.notices.size, evpn.vteps.size], [0, 0, 2])
      await change(`ip route add 10.9.0.0/16 vrf red via 192.0.2.1 dev br1000 onlink`)
      // An endpoint gets the router address of another one.
      await change(`ip neigh replace 192.0.2.2 lladdr ${router} dev br1000 nud noarp extern_learn proto zebra`)
      assert.ok(arps(evpn).includes(`192.0.2.2 ${router} host 11`))
      assert.equal(
        Array.from(evpn.notices, ({ kind, subject }) => `${kind} ${subject}`),
        [`router-mac-conflict 1000 ${router}`],
      )
      await change(`bridge fdb replace ${router} dev vx1000 dst 192.0.2.2 self extern_learn`)
      assert.ok(arps(evpn).includes(`192.0.2.2 ${router} nexthop 11`))
      assert.ok(arps(evpn).includes(`192.0.2.1 ${router} host 11`))
      assert.equal(
        Array.from(evpn.vteps, ({ ip, macs }) => [ip, macs]),
        [['192.0.2.2', 2]],
      )
    },
  )

  checkedScenario(tests, 'follows the VRF of its SVI', scene, async (evpn, change, netns) => {
    await change(...routerOf(router, '192.0.2.1'))
    const vrf = (): number | undefined => evpn.vnis.get({ vni: 1000 })?.vrf
    await change('ip link set br1000 master blue')
    assert.is(vrf(), ifindex(netns, 'blue'))
    await change('ip link set br1000 nomaster')
    assert.is(vrf(), undefined)
    await change('ip link set br1000 master red')
    await change('ip link set red down')
    assert.is(vrf(), ifindex(netns, 'red'))
    await change('ip link set dev red down', 'ip link set red name green')
    assert.is(vrf(), ifindex(netns, 'green'))
    await change('ip link del green')
    assert.is(vrf(), undefined)
  })
})

whereThereAre(tests, ['VLANs of bridges', 'VLAN devices', 'VRFs'], () => {
  checkedScenario(
    tests,
    'follows the VRF of a VLAN device',
    [
      'ip link add name red type vrf table 100',
      'ip link add name br0 type bridge vlan_filtering 1 vlan_default_pvid 0',
      'ip link add vx10 type vxlan id 10 local 192.0.2.100 dstport 4789 nolearning',
      'ip link set vx10 master br0',
      'bridge vlan add dev vx10 vid 100 pvid untagged',
      'ip link add link br0 name vlan100 type vlan id 100',
    ],
    async (evpn, change, netns) => {
      const vrf = (): number | undefined => evpn.vnis.get({ vni: 10 })?.vrf
      assert.is(vrf(), undefined)
      await change('ip link set vlan100 master red')
      assert.is(vrf(), ifindex(netns, 'red'))
      await change('bridge vlan add dev vx10 vid 200 pvid untagged')
      assert.is(vrf(), undefined)
      await change('ip link add link br0 name vlan200 type vlan id 200', 'ip link set vlan200 master red')
      assert.equal([vrf(), evpn.vnis.get({ vni: 10 })?.svi], [ifindex(netns, 'red'), ifindex(netns, 'vlan200')])
      await change('ip link del red')
      assert.is(vrf(), undefined)
    },
  )
})

tests.run()
