import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ifindex } from '../support/netns.ts'
import { group, mac, notices, reasons, scenario, scene, zero } from '../support/scenario.ts'

/** Tunnel endpoints, what is flooded to, and entries that lead nowhere. */
const endpoints = suite('endpoints and floods')

scenario(
  endpoints,
  'endpoints survive that the state of all remotes of the zero address changes with one of them',
  scene,
  async (evpn, step) => {
    await step(...[1, 2, 3].map((last) => `bridge fdb append ${zero} dev D dst 192.0.2.${last} permanent`))
    await step(`bridge fdb append ${zero} dev D dst 192.0.2.4 static`)
    assert.equal(
      [...evpn.vteps].map(({ ip, flood }) => `${ip} ${flood}`).sort(),
      [1, 2, 3, 4].map((last) => `192.0.2.${last} true`),
    )
  },
)

scenario(
  endpoints,
  'the multicast group of a vxlan is flooded to, and is no endpoint',
  [
    'ip link add under type veth peer name other',
    'ip link set under up',
    'ip link add D type vxlan id 10 dstport 4789 group 239.1.1.100 dev under',
  ],
  async (evpn, _step, netns) => {
    const remote = { ip: '239.1.1.100', port: 4789, encapVni: 10, via: ifindex(netns, 'under') }
    assert.equal([...evpn.floods], [{ vni: 10, ifindex: ifindex(netns, 'D'), kind: 'multicast', remote }])
    assert.is(evpn.vteps.size, 0)
  },
)

scenario(endpoints, 'rows that lead nowhere are named', scene, async (evpn, step, netns) => {
  const index = ifindex(netns, 'D')
  await step(
    `bridge fdb append ${zero} dev D dst 0.0.0.0 permanent`,
    `bridge fdb add ${mac} dev D dst 0.0.0.0 static extern_learn`,
    'bridge fdb add 02:00:00:00:00:02 dev D dst 239.1.1.1 static extern_learn',
    'bridge fdb append 01:00:5e:00:00:01 dev D dst 192.0.2.1 static extern_learn',
  )
  assert.equal([evpn.vteps.size, evpn.fdb.size, evpn.floods.size], [0, 0, 0])
  assert.equal(
    reasons(evpn),
    [
      `fdb ${index} ${zero} no-remote`,
      `fdb ${index} 01:00:5e:00:00:01 dst 192.0.2.1 multicast-mac`,
      `fdb ${index} ${mac} no-remote`,
      `fdb ${index} 02:00:00:00:00:02 multicast-remote`,
    ].sort(),
  )
})

scenario(
  endpoints,
  'the zero address behind a group of nexthops is flooded to',
  [...scene, ...group],
  async (evpn, step, netns) => {
    await step(`bridge fdb add ${zero} dev D nhid 10 permanent`)
    assert.equal([...evpn.floods], [{ vni: 10, ifindex: ifindex(netns, 'D'), kind: 'group', nhId: 10 }])
    assert.equal(
      [...evpn.vteps].map(({ ip, flood, groups }) => [ip, flood, groups]),
      [
        ['192.0.2.1', false, 1],
        ['192.0.2.2', false, 1],
      ],
    )
  },
)

scenario(endpoints, 'an endpoint that is not flooded to, among others that are', scene, async (evpn, step) => {
  await step(
    `bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`,
    `bridge fdb add ${mac} dev D master extern_learn`,
  )
  assert.equal(notices(evpn), [])
  await step(`bridge fdb append ${zero} dev D dst 192.0.2.2 permanent`)
  assert.equal(notices(evpn), ['vtep-not-flooded 10 192.0.2.1 4789 10'])
  await step(`bridge fdb append ${zero} dev D dst 192.0.2.1 permanent`)
  assert.equal(notices(evpn), [])
})

endpoints.run()
