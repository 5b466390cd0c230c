// timeout: 900
import { whereThereAre } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bridgeBatch } from '../support/bridge.ts'
import { ip, ipBatch } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'

const tests = suite('evpn and explain on the command line, over a bridge with VLANs')
const netns = ['--netns', 'a']
const mac = '02:00:00:00:00:01'

whereThereAre(tests, ['VLANs of bridges', 'VLAN devices'], () => {
  tests.before(() => {
    ip('netns add a')
    ipBatch('a', [
      'link set lo up',
      'link add v0 type veth peer name p0',
      'link set v0 up',
      'link set p0 up',
      'address add 192.0.2.9/24 dev v0',
      'neigh replace 192.0.2.1 lladdr 02:00:00:00:01:01 dev v0',
      // With an address of its own, which does not change with its ports.
      'link add name br0 address 02:00:00:00:00:f0 type bridge vlan_filtering 1 vlan_default_pvid 0',
      'link set br0 up',
      'link add vx10 type vxlan id 10 local 192.0.2.9 dstport 4789 nolearning',
      'link set vx10 master br0 up',
    ])
    bridgeBatch('a', ['vlan add dev vx10 vid 100 pvid untagged', 'vlan add dev br0 vid 100 self'])
    ipBatch('a', [
      'link add link br0 name vlan100 type vlan id 100',
      'link set vlan100 up',
      'address add 10.0.0.9/24 dev vlan100',
      `neigh add 10.0.0.1 lladdr ${mac} dev vlan100 nud noarp extern_learn`,
    ])
    bridgeBatch('a', [
      `fdb add ${mac} dev vx10 dst 192.0.2.1 self extern_learn`,
      `fdb add ${mac} dev vx10 master extern_learn vlan 100`,
    ])
  })

  const indexOf = (name: string): number => JSON.parse(ip(`-n a -j link show ${name}`))[0].ifindex

  tests('evpn show has the VLAN and the SVI of a VNI, and the binding of the VLAN device', async () => {
    const { code, stdout, stderr } = await rtnl(['evpn', 'show', '--json', ...netns])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const { vnis, arps, fdb, unresolved, notices } = JSON.parse(stdout)
    assert.equal(
      vnis.map(({ vni, vlan, svi, bridge }: Record<string, number>) => [vni, vlan, svi, bridge]),
      [[10, 100, indexOf('vlan100'), indexOf('br0')]],
    )
    assert.equal(
      arps.map((arp: Record<string, unknown>) => [arp.vni, arp.ip, arp.mac, arp.ifindex]),
      [[10, '10.0.0.1', mac, indexOf('vlan100')]],
    )
    assert.equal([fdb.length, unresolved, notices], [1, [], []])
    const text = (await rtnl(['evpn', 'show', 'vnis', 'fdb', ...netns])).stdout
    assert.match(text, /^vnis +vni 10 .*vlan 100 svi vlan100/m)
    assert.match(text, new RegExp(`^fdb .*${mac}.*192\\.0\\.2\\.1.*10\\.0\\.0\\.1`, 'm'))
  })

  tests('explain goes over the VLAN device and the bridge to the endpoint', async () => {
    const { code, stdout, stderr } = await rtnl(['explain', '10.0.0.1', '--json', ...netns])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const { outcome, steps } = JSON.parse(stdout)
    const texts: readonly string[] = steps.map(({ text }: { text: string }) => text)
    const first = texts.indexOf('vlan100 gives the frame VLAN 100 and hands it to br0')
    assert.is(outcome, 'delivered')
    assert.equal(texts.slice(first, first + 4), [
      'vlan100 gives the frame VLAN 100 and hands it to br0',
      `br0 has ${mac} in VLAN 100 at vx10`,
      'vx10 is a vxlan of VNI 10',
      `vx10 has ${mac} behind 192.0.2.1`,
    ])
    assert.match((await rtnl(['explain', '10.0.0.1', ...netns])).stdout, 'delivered: the frame leaves by v0')
  })
})

tests.run()
