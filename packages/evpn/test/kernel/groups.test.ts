import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batch, ifindex } from '../support/netns.ts'
import { group, mac, paths, reasons, scenario, scene } from '../support/scenario.ts'

/** Groups of nexthops that lose members, are replaced, and go. */
const groups = suite('groups of nexthops')

scenario(
  groups,
  'members that go one by one take their paths along, and the last one the group',
  [...scene, ...group],
  async (evpn, step, netns) => {
    await step(`bridge fdb add ${mac} dev D nhid 10 extern_learn`)
    assert.equal(paths(evpn), ['192.0.2.1 1', '192.0.2.2 1'])
    await step('ip nexthop del id 2')
    assert.equal([paths(evpn), evpn.groups.get({ vni: 10, nhId: 10 })?.status], [['192.0.2.1 1'], 'resolved'])
    await step('ip nexthop replace id 1 via 192.0.2.9 fdb')
    assert.equal(paths(evpn), ['192.0.2.9 1'])
    // The kernel removes the entry without a message.
    await step('ip nexthop del id 1')
    assert.equal([evpn.fdb.size, evpn.groups.size, evpn.vteps.size, reasons(evpn)], [0, 0, 0, []])
    assert.ok(ifindex(netns, 'D') > 0)
  },
)

scenario(
  groups,
  'no path is shown over a nexthop that has been deleted, at any time',
  [...scene, ...group],
  async (evpn, step) => {
    await step(`bridge fdb add ${mac} dev D nhid 10 extern_learn`)
    const seen: string[][] = []
    evpn.groups.observe(({ kind, entry }) => {
      seen.push(kind === 'removed' ? [kind] : entry.paths.map(({ remote }) => remote.ip))
    })
    await step('ip nexthop del id 1', 'ip nexthop del id 2')
    assert.ok(
      seen.every((ips) => !ips.includes('192.0.2.1')),
      JSON.stringify(seen),
    )
    assert.equal(seen.at(-1), ['removed'])
  },
)

scenario(groups, 'a member that is replaced by one of another family', [...scene, ...group], async (evpn, step) => {
  await step(`bridge fdb add ${mac} dev D nhid 10 extern_learn`)
  await step('ip nexthop replace id 2 via 2001:db8::9 fdb')
  assert.equal([paths(evpn), evpn.fdb.get({ vni: 10, mac })?.status], [['192.0.2.1 1'], 'partial'])
  assert.equal(reasons(evpn), ['nexthop 10 10 2 family'])
})

scenario(
  groups,
  'a group that is replaced by one that is not for forwarding entries',
  [...scene, ...group, 'ip addr add 192.0.2.77/24 dev p1', 'ip nexthop add id 20 via 192.0.2.78 dev p1'],
  async (evpn, step, netns) => {
    await step(`bridge fdb add ${mac} dev D nhid 10 extern_learn`)
    await step('ip nexthop replace id 10 group 20')
    assert.equal([paths(evpn), evpn.fdb.get({ vni: 10, mac })?.status], [[], 'unresolved'])
    assert.equal(reasons(evpn), [`fdb ${ifindex(netns, 'D')} ${mac} nexthop-not-fdb`])
    await step('ip nexthop replace id 10 group 1/2 fdb')
    assert.equal([paths(evpn), reasons(evpn)], [['192.0.2.1 1', '192.0.2.2 1'], []])
  },
)

scenario(groups, 'two members with one address are two paths and one endpoint', scene, async (evpn, step) => {
  await step(
    'ip nexthop add id 1 via 192.0.2.1 fdb',
    'ip nexthop add id 2 via 192.0.2.1 fdb',
    'ip nexthop add id 10 group 1,3/2,5 fdb',
    `bridge fdb add ${mac} dev D nhid 10 extern_learn`,
  )
  assert.equal(paths(evpn), ['192.0.2.1 3', '192.0.2.1 5'])
  assert.equal(
    [...evpn.vteps].map(({ ip, groups }) => [ip, groups]),
    [['192.0.2.1', 1]],
  )
})

scenario(
  groups,
  'a change of a group does not touch the addresses behind it',
  [...scene, ...group],
  async (evpn, step, netns) => {
    const count = 5000
    const address = (index: number): string =>
      `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`
    batch(
      'bridge',
      netns,
      Array.from({ length: count }, (_, index) => `fdb add ${address(index)} dev D nhid 10 extern_learn`),
    )
    await evpn.waitForSync()
    const before = evpn.derived
    await step('ip nexthop replace id 10 group 1,7/2,9 fdb')
    const after = evpn.derived
    assert.equal([after.fdb - before.fdb, after.groups - before.groups, after.arps - before.arps], [0, 1, 0])
    assert.equal(paths(evpn, address(17)), ['192.0.2.1 7', '192.0.2.2 9'])
    assert.is(evpn.groups.get({ vni: 10, nhId: 10 })?.macs, count)
    const [one, other] = [1, 2].map((index) => evpn.fdb.get({ vni: 10, mac: address(index) }))
    assert.is(one?.paths, other?.paths)
    // A link that goes down and comes up: of the bridge's entries only those at its port.
    const flat = evpn.derived
    await step('ip link set p1 down', 'ip link set p1 up')
    assert.ok(evpn.derived.fdb - flat.fdb < 100)
  },
)

groups.run()
