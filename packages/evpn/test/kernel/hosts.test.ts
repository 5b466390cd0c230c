import { Evpn } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex } from '../support/netns.ts'
import { group, mac, notices, paths, reasons, scenario, scene } from '../support/scenario.ts'

/** Where hardware addresses are, and bindings of IP addresses. */
const hosts = suite('hosts')

scenario(hosts, 'addresses that FRR installs as sticky, without extern_learn', scene, async (evpn, step) => {
  await step(`bridge fdb add ${mac} dev D dst 192.0.2.1 self sticky static`)
  // Only the remote of such an entry follows what is learned from elsewhere.
  await step(`bridge fdb replace ${mac} dev D dst 192.0.2.2 self dynamic extern_learn`)
  const { sticky, origin } = evpn.fdb.get({ vni: 10, mac }) ?? {}
  assert.equal([paths(evpn), sticky, origin], [['192.0.2.2 1'], true, 'controlPlane'])
  // What a vxlan learns by itself.
  await step('bridge fdb add 02:00:00:00:00:02 dev D dst 192.0.2.3 self dynamic')
  assert.is(evpn.fdb.size, 1)
})

scenario(
  hosts,
  'a remote that is written over an entry of a group is ignored by the kernel, and here',
  [...scene, ...group],
  async (evpn, step) => {
    await step(
      `bridge fdb add ${mac} dev D nhid 10 static extern_learn`,
      `bridge fdb replace ${mac} dev D dst 192.0.2.9 static extern_learn`,
      `bridge fdb del ${mac} dev D dst 192.0.2.9`,
    )
    assert.equal([evpn.fdb.get({ vni: 10, mac })?.nhId, paths(evpn)], [10, ['192.0.2.1 1', '192.0.2.2 1']])
  },
)

scenario(
  hosts,
  'one address at two vxlans: the one that the bridge names, else the one that changed last',
  [
    ...scene,
    'ip link add D6 type vxlan id 10 dstport 4789 local 2001:db8::100 nolearning',
    'ip link set D6 master B',
    'ip link set D6 up',
  ],
  async (evpn, step, netns) => {
    const [d, d6] = [ifindex(netns, 'D'), ifindex(netns, 'D6')]
    await step(
      `bridge fdb add ${mac} dev D6 dst 2001:db8::1 self static extern_learn`,
      `bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`,
    )
    assert.equal(paths(evpn), ['192.0.2.1 1'])
    await step(`bridge fdb replace ${mac} dev D6 dst 2001:db8::2 self static extern_learn`)
    assert.equal(paths(evpn), ['2001:db8::2 1'])
    await step(`bridge fdb add ${mac} dev D master extern_learn`)
    assert.equal(paths(evpn), ['192.0.2.1 1'])
    const remote = { ip: '2001:db8::2', port: 4789, encapVni: 10 }
    assert.equal(
      [evpn.fdb.get({ vni: 10, mac })?.ifindex, evpn.fdb.get({ vni: 10, mac })?.others],
      [d, [{ ifindex: d6, remote }]],
    )
    assert.equal(notices(evpn), [`duplicate-mac 10 ${mac}`])
  },
)

scenario(
  hosts,
  'what the bridge has at another port shadows the entry of the vxlan',
  scene,
  async (evpn, step, netns) => {
    await step(`bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`)
    assert.equal(notices(evpn), [`vxlan-only 10 ${mac}`])
    await step(`bridge fdb add ${mac} dev D master extern_learn`)
    assert.equal(notices(evpn), [])
    // The host came home, and the entry of the vxlan stayed.
    await step(`bridge fdb replace ${mac} dev p0 master static sticky`)
    assert.is(evpn.fdb.get({ vni: 10, mac })?.shadowedBy, ifindex(netns, 'p0'))
    assert.equal(notices(evpn), [`shadowed 10 ${mac}`])
    assert.is([...evpn.notices][0]?.ifindex, ifindex(netns, 'p0'))
    await step(
      `bridge fdb del ${mac} dev p0 master`,
      `bridge fdb del ${mac} dev D self`,
      `bridge fdb add ${mac} dev D master extern_learn`,
    )
    assert.equal([notices(evpn), evpn.fdb.size], [[`bridge-only 10 ${mac}`], 0])
  },
)

scenario(
  hosts,
  'an address and the same one mapped into IPv6 are two bindings, of the router of an endpoint',
  scene,
  async (evpn, step) => {
    await step(
      `bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`,
      `ip neigh add 192.0.2.1 lladdr ${mac} dev B nud noarp extern_learn router proto zebra`,
      `ip neigh add ::ffff:192.0.2.1 lladdr ${mac} dev B nud noarp extern_learn router proto zebra`,
      `ip neigh add 10.0.0.1 lladdr ${mac} dev B nud noarp extern_learn`,
    )
    const arps = (): unknown[] =>
      [...evpn.arps]
        .map(({ family, ip, role, router, protocol }) => `${family} ${ip} ${role} ${router} ${protocol}`)
        .sort()
    assert.equal(arps(), [
      '10 ::ffff:192.0.2.1 nexthop true 11',
      '2 10.0.0.1 host false undefined',
      '2 192.0.2.1 nexthop true 11',
    ])
    assert.ok(notices(evpn).includes(`router-mac-conflict 10 ${mac}`))
    await step('ip neigh del 192.0.2.1 dev B', 'ip neigh del 10.0.0.1 dev B')
    assert.equal(arps(), ['10 ::ffff:192.0.2.1 nexthop true 11'])
    assert.not.ok(notices(evpn).includes(`router-mac-conflict 10 ${mac}`))
    // The binding stays when its address is behind no endpoint any more.
    await step(`bridge fdb del ${mac} dev D self`)
    assert.equal(arps(), ['10 ::ffff:192.0.2.1 host true 11'])
  },
)

scenario(
  hosts,
  'neighbours at an interface that maps to no VNI',
  [...scene, 'ip link add vx type vxlan external dstport 4790 nolearning', 'ip link set vx up'],
  async (evpn, step, netns) => {
    await step('ip neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev vx nud noarp extern_learn')
    assert.equal(reasons(evpn), [`neighbor ${ifindex(netns, 'vx')} 10.0.0.1 no-svi-vni`])
    await using configured = await Evpn.open({ netns, segments: [{ vni: 5, vxlans: ['vx'], svi: 'vx' }] })
    assert.equal([[...configured.arps].map(({ vni, ip }) => [vni, ip]), reasons(configured)], [[[5, '10.0.0.1']], []])
  },
)

hosts.run()
