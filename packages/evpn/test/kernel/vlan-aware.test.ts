// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import type { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkedScenario } from '../support/checked.ts'
import { ifindex } from '../support/netns.ts'

/** One bridge for all VNIs: each vxlan is a port in a VLAN of its own, and each SVI a VLAN device. */
const tests = suite('a bridge with VLANs')

const mac = '02:00:00:00:00:01'
const zero = '00:00:00:00:00:00'

const scene = [
  'ip link set lo up',
  // With an address of its own: otherwise it changes with its ports, and the kernel drops the neighbours.
  'ip link add name br0 address 02:00:00:00:00:f0 type bridge vlan_filtering 1 vlan_default_pvid 0',
  'ip link set br0 addrgenmode none up',
  'ip link add p0 type veth peer name p1',
  'ip link set p0 addrgenmode none master br0 up',
  'ip link set p1 addrgenmode none up',
  ...[10, 20].flatMap((vni) => [
    `ip link add vx${vni} type vxlan id ${vni} local 192.0.2.100 dstport 4789 nolearning`,
    `ip link set vx${vni} addrgenmode none master br0 up`,
    `bridge vlan add dev vx${vni} vid ${vni}0 pvid untagged`,
    `bridge vlan add dev br0 vid ${vni}0 self`,
    `bridge vlan add dev p0 vid ${vni}0`,
    `ip link add link br0 name vlan${vni}0 type vlan id ${vni}0`,
    `ip link set vlan${vni}0 addrgenmode none up`,
  ]),
]

/** As zebra installs an address: at the vxlan without the VLAN, and at the bridge in it. */
const remote = (lladdr: string, vni: number, dst: string): string[] => [
  `bridge fdb add ${lladdr} dev vx${vni} dst ${dst} self extern_learn`,
  `bridge fdb add ${lladdr} dev vx${vni} master extern_learn vlan ${vni}0`,
]

function arps({ arps: all }: Evpn): string[] {
  return Array.from(all, ({ vni, ip, role }) => `${vni} ${ip} ${role}`).sort()
}

function notices({ notices: all }: Evpn): string[] {
  return Array.from(all, ({ kind, subject }) => `${kind} ${subject}`).sort()
}

whereThereAre(tests, ['VLANs of bridges', 'VLAN devices'], () => {
  checkedScenario(tests, 'VNIs have the VLAN and the VLAN device of their port', scene, async (evpn, change, netns) => {
    for (const vni of [10, 20]) {
      const { vlan, svi, bridge } = evpn.vnis.get({ vni }) ?? {}
      assert.equal([vlan, svi, bridge], [vni * 10, ifindex(netns, `vlan${vni}0`), ifindex(netns, 'br0')])
    }
    await change('ip link del vlan200')
    assert.is(evpn.vnis.get({ vni: 20 })?.svi, undefined)
    // The bridge itself is the SVI of the VLAN of frames without a tag.
    await change('bridge vlan add dev br0 vid 200 self pvid untagged')
    assert.is(evpn.vnis.get({ vni: 20 })?.svi, ifindex(netns, 'br0'))
    await change('bridge vlan add dev br0 vid 100 self pvid untagged')
    assert.equal(
      [evpn.vnis.get({ vni: 10 })?.svi, evpn.vnis.get({ vni: 20 })?.svi],
      [ifindex(netns, 'vlan100'), undefined],
    )
    await change('ip link add link br0 name again type vlan id 200')
    assert.is(evpn.vnis.get({ vni: 20 })?.svi, ifindex(netns, 'again'))
    await change('ip link set br0 type bridge vlan_filtering 0')
    // Two VNIs in one segment of a bridge: neither has it for itself.
    assert.equal(
      [evpn.vnis.get({ vni: 10 })?.svi, evpn.vnis.get({ vni: 20 })?.vlan],
      [ifindex(netns, 'br0'), undefined],
    )
    await change('ip link set br0 type bridge vlan_filtering 1')
    await change('ip link del br0')
    assert.is(evpn.vnis.get({ vni: 10 })?.bridge, undefined)
  })

  checkedScenario(tests, 'bindings are of the VNI of their VLAN device', scene, async (evpn, change, netns) => {
    await change(
      ...remote(mac, 10, '192.0.2.1'),
      ...remote(mac, 20, '192.0.2.2'),
      `ip neigh replace 10.0.0.1 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
      `ip neigh replace 10.0.0.1 lladdr ${mac} dev vlan200 nud noarp extern_learn`,
      `ip neigh replace 192.0.2.2 lladdr ${mac} dev vlan200 nud noarp extern_learn`,
      `ip neigh replace fd00::1 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
    )
    const all = ['10 10.0.0.1 host', '10 fd00::1 host', '20 10.0.0.1 host', '20 192.0.2.2 nexthop']
    assert.equal(arps(evpn), all)
    assert.equal(notices(evpn), [`router-mac-conflict 20 ${mac}`])
    // In a VLAN that no VNI has.
    await change(
      'ip link add link br0 name vlan300 type vlan id 300',
      'ip link set vlan300 addrgenmode none up',
      `ip neigh replace 10.0.0.3 lladdr ${mac} dev vlan300 nud noarp extern_learn`,
    )
    assert.equal(arps(evpn), all)
    const lost = (): string[] => Array.from(evpn.unresolved, ({ reason, row }) => `${reason} ${row}`)
    assert.equal(lost(), [`no-svi-vni ${ifindex(netns, 'vlan300')} 10.0.0.3`])
    await change(
      'ip link add vx30 type vxlan id 30 local 192.0.2.100 dstport 4789 nolearning',
      'ip link set vx30 master br0',
    )
    await change('bridge vlan add dev vx30 vid 300 pvid untagged')
    assert.equal([arps(evpn), lost()], [[...all, '30 10.0.0.3 host'], []])
    await change('ip link del vx30')
    assert.equal([arps(evpn), lost()], [all, [`no-svi-vni ${ifindex(netns, 'vlan300')} 10.0.0.3`]])
  })

  checkedScenario(
    tests,
    'the entry of the bridge that shadows is the one of the VLAN',
    scene,
    async (evpn, change, netns) => {
      await change(...remote(mac, 10, '192.0.2.1'), ...remote(mac, 20, '192.0.2.2'))
      assert.equal(notices(evpn), [])
      // The host came home in one of the VLANs.
      await change(`bridge fdb replace ${mac} dev p0 master static vlan 100`)
      const shadows = (): unknown[] => [10, 20].map((vni) => evpn.fdb.get({ vni, mac })?.shadowedBy)
      assert.equal([shadows(), notices(evpn)], [[ifindex(netns, 'p0'), undefined], [`shadowed 10 ${mac}`]])
      await change(`bridge fdb replace ${mac} dev p0 master static vlan 200`)
      assert.equal(shadows(), [ifindex(netns, 'p0'), ifindex(netns, 'p0')])
      await change(`bridge fdb del ${mac} dev p0 master vlan 100`)
      assert.equal(notices(evpn), [`shadowed 20 ${mac}`, `vxlan-only 10 ${mac}`])
      // An entry without a VLAN is not asked for by a bridge with VLANs.
      await change(`bridge fdb add 02:00:00:00:00:02 dev vx10 dst 192.0.2.1 self extern_learn`)
      await change(`bridge fdb del ${mac} dev vx20 self`)
      assert.equal(notices(evpn), [`vxlan-only 10 ${mac}`, 'vxlan-only 10 02:00:00:00:00:02'].sort())
      await change(`bridge fdb replace ${mac} dev vx20 master extern_learn vlan 200`)
      assert.ok(notices(evpn).includes(`bridge-only 20 ${mac}`))
    },
  )

  checkedScenario(tests, 'a PVID that changes takes the VNI to another VLAN', scene, async (evpn, change, netns) => {
    await change(
      ...remote(mac, 10, '192.0.2.1'),
      `bridge fdb append ${zero} dev vx10 dst 192.0.2.1 permanent`,
      `ip neigh replace 10.0.0.1 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
      'bridge vlan add dev br0 vid 300 self',
      'bridge vlan add dev p0 vid 300',
      'ip link add link br0 name vlan300 type vlan id 300',
      'ip link set vlan300 addrgenmode none up',
      `ip neigh replace 10.0.0.3 lladdr ${mac} dev vlan300 nud noarp extern_learn`,
      `bridge fdb add ${mac} dev p0 master static vlan 300`,
    )
    assert.equal([arps(evpn), notices(evpn)], [['10 10.0.0.1 host'], []])
    await change('bridge vlan add dev vx10 vid 300 pvid untagged')
    assert.is(evpn.vnis.get({ vni: 10 })?.vlan, 300)
    assert.equal([arps(evpn), notices(evpn)], [['10 10.0.0.3 host'], [`shadowed 10 ${mac}`]])
    assert.is(evpn.fdb.get({ vni: 10, mac })?.shadowedBy, ifindex(netns, 'p0'))
    // No frame without a tag.
    await change('bridge vlan add dev vx10 vid 300')
    assert.equal(
      [evpn.vnis.get({ vni: 10 })?.vlan, evpn.vnis.get({ vni: 10 })?.svi, arps(evpn)],
      [undefined, undefined, []],
    )
    await change('bridge vlan add dev vx10 vid 100 pvid untagged')
    assert.equal([evpn.vnis.get({ vni: 10 })?.vlan, arps(evpn)], [100, ['10 10.0.0.1 host']])
    assert.is(evpn.vteps.get({ vni: 10, ip: '192.0.2.1', port: 4789, encapVni: 10 })?.flood, true)
  })

  checkedScenario(tests, 'a VLAN that is removed leaves what a speaker has written', scene, async (evpn, change) => {
    await change(
      ...remote(mac, 10, '192.0.2.1'),
      `ip neigh replace 10.0.0.1 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
    )
    assert.equal(notices(evpn), [])
    await change('bridge vlan del dev vx10 vid 100')
    assert.equal([evpn.vnis.get({ vni: 10 })?.vlan, arps(evpn), evpn.fdb.size], [undefined, [], 1])
    await change('bridge vlan add dev vx10 vid 100 pvid untagged')
    assert.equal([arps(evpn), notices(evpn)], [['10 10.0.0.1 host'], []])
    await change(`bridge fdb del ${mac} dev vx10 master vlan 100`)
    assert.equal(notices(evpn), [`vxlan-only 10 ${mac}`])
    await change('bridge vlan del dev br0 vid 100 self', 'bridge vlan del dev p0 vid 100')
    assert.equal(arps(evpn), ['10 10.0.0.1 host'])
    await change('bridge vlan add dev vx10 vid 2-4 untagged', 'bridge vlan del dev vx10 vid 3-100')
    assert.is(evpn.vnis.get({ vni: 10 })?.vlan, undefined)
    await change('bridge vlan add dev vx10 vid 2 pvid')
    assert.is(evpn.vnis.get({ vni: 10 })?.vlan, 2)
    await change('ip link set vx10 nomaster')
    assert.equal([evpn.vnis.get({ vni: 10 })?.vlan, evpn.vnis.get({ vni: 10 })?.bridge], [undefined, undefined])
    await change('ip link set vx10 master br0')
  })
})

tests.run()
