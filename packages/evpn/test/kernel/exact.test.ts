import { Evpn, type EvpnOptions } from '@rtnl/evpn'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batch, ifindex, inNetns, play } from '../support/netns.ts'

/** Where OVN is wrong, and what it does not look at. */
const exact = suite('exactly what the kernel does')

const scene = [
  'ip link set lo up',
  'ip link add B type bridge',
  'ip link add D type vxlan id 10 dstport 4789 local 192.0.2.100 nolearning',
  'ip link set D master B',
  'ip link set D up',
  'ip link add p0 type veth peer name p1',
  'ip link set p0 master B',
  'ip link set p0 up',
  'ip link set p1 up',
  'ip link set B up',
]

const group = [
  'ip nexthop add id 1 via 192.0.2.1 fdb',
  'ip nexthop add id 2 via 192.0.2.2 fdb',
  'ip nexthop add id 10 group 1/2 fdb',
]

const zero = '00:00:00:00:00:00'
const mac = '02:00:00:00:00:01'

function scenario(
  what: string,
  setup: readonly string[],
  test: (evpn: Evpn, step: (...lines: string[]) => Promise<void>, netns: string) => Promise<void>,
  options: EvpnOptions = {},
): void {
  exact(what, () =>
    inNetns(setup, async (netns) => {
      await using evpn = await Evpn.open({ netns, ...options })
      await test(
        evpn,
        async (...lines) => {
          play(netns, ...lines)
          await evpn.waitForSync()
        },
        netns,
      )
    }),
  )
}

function paths(evpn: Evpn, lladdr = mac, vni = 10): string[] {
  return (evpn.fdb.get({ vni, mac: lladdr })?.paths ?? []).map(({ remote, weight }) => `${remote.ip} ${weight}`)
}

function reasons(evpn: Evpn): string[] {
  return [...evpn.unresolved].map(({ table, row, reason }) => `${table} ${row} ${reason}`).sort()
}

function notices(evpn: Evpn): string[] {
  return [...evpn.notices].map(({ kind, subject }) => `${kind} ${subject}`).sort()
}

scenario(
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

scenario('rows that lead nowhere are named', scene, async (evpn, step, netns) => {
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
      `fdb ${index} ${zero} dst 0.0.0.0 no-remote`,
      `fdb ${index} 01:00:5e:00:00:01 dst 192.0.2.1 multicast-mac`,
      `fdb ${index} ${mac} no-remote`,
      `fdb ${index} 02:00:00:00:00:02 multicast-remote`,
    ].sort(),
  )
})

scenario(
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

scenario('addresses that FRR installs as sticky, without extern_learn', scene, async (evpn, step) => {
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

scenario('a member that is replaced by one of another family', [...scene, ...group], async (evpn, step) => {
  await step(`bridge fdb add ${mac} dev D nhid 10 extern_learn`)
  await step('ip nexthop replace id 2 via 2001:db8::9 fdb')
  assert.equal([paths(evpn), evpn.fdb.get({ vni: 10, mac })?.status], [['192.0.2.1 1'], 'partial'])
  assert.equal(reasons(evpn), ['nexthop 10 10 2 family'])
})

scenario(
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

scenario('two members with one address are two paths and one endpoint', scene, async (evpn, step) => {
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

scenario('what the bridge has at another port shadows the entry of the vxlan', scene, async (evpn, step, netns) => {
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
})

scenario('an endpoint that is not flooded to, among others that are', scene, async (evpn, step) => {
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

scenario(
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
  'neighbours at an interface that maps to no VNI',
  [...scene, 'ip link add vx type vxlan external dstport 4790 nolearning', 'ip link set vx up'],
  async (evpn, step, netns) => {
    await step('ip neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev vx nud noarp extern_learn')
    assert.equal(reasons(evpn), [`neighbor ${ifindex(netns, 'vx')} 10.0.0.1 no-svi-vni`])
    await using configured = await Evpn.open({ netns, segments: [{ vni: 5, vxlans: ['vx'], svi: 'vx' }] })
    assert.equal([[...configured.arps].map(({ vni, ip }) => [vni, ip]), reasons(configured)], [[[5, '10.0.0.1']], []])
  },
)

scenario(
  'segments that cannot be are named, the rest works, and what comes later is picked up',
  scene,
  async (evpn, step, netns) => {
    assert.equal(reasons(evpn), [
      'segment 0 E no-interface',
      'segment 1 B not-vxlan',
      'segment 2 invalid-vni',
      'segment 3 duplicate-vni',
      'segment 4 D vni-not-configured',
    ])
    assert.equal(evpn.vnis.get({ vni: 10 })?.devices, [ifindex(netns, 'D')])
    await step(
      'ip link add E0 type vxlan id 11 dstport 4789 nolearning',
      `bridge fdb append ${zero} dev E0 dst 192.0.2.1 permanent`,
    )
    assert.is(evpn.vteps.size, 0)
    await step('ip link set E0 name E')
    assert.equal(
      [...evpn.vteps].map(({ vni, ip }) => [vni, ip]),
      [[11, '192.0.2.1']],
    )
    assert.not.ok(reasons(evpn).includes('segment 0 E no-interface'))
    await step('ip link del E')
    assert.equal([evpn.vteps.size, evpn.floods.size], [0, 0])
    assert.ok(reasons(evpn).includes('segment 0 E no-interface'))
  },
  {
    segments: [
      { vni: 11, vxlans: ['E'] },
      { vni: 10, vxlans: ['D', 'B'] },
      { vni: 0x1000000, vxlans: [] },
      { vni: 10, vxlans: ['D'] },
      { vni: 12, vxlans: ['D'] },
    ],
  },
)

scenario('options that cannot be are refused before anything is opened', [], async () => {
  for (const [options, message] of [
    [{ defaultPort: 0 }, /^defaultPort: 0 is not in 1..65535/],
    [{ segments: [{ vni: 1 }] }, /^segments\[0\]\.vxlans: undefined is not an array/],
    [{ members: 1 }, /^members: 1 is not true or false/],
  ] as const) {
    try {
      await Evpn.open({ netns: 'there is none', ...(options as EvpnOptions) })
      assert.unreachable()
    } catch (error) {
      assert.match((error as Error).message, message)
    }
  }
})

scenario(
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

scenario('batches of changes, as those of any table', scene, async (evpn, step) => {
  const stream = evpn.fdb.changes()
  const next = async (): Promise<unknown[]> => {
    const { value } = await stream.next()
    return [
      value?.event,
      value?.table,
      value?.changes.map(({ kind, key }: { kind: string; key: string }) => `${kind} ${key}`),
    ]
  }
  assert.equal(await next(), ['synced', 'fdb', []])
  await step(`bridge fdb add ${mac} dev D dst 192.0.2.1 self static extern_learn`)
  assert.equal(await next(), ['change', 'fdb', [`added 10 ${mac}`]])
  await step(`bridge fdb del ${mac} dev D self`)
  assert.equal(await next(), ['change', 'fdb', [`removed 10 ${mac}`]])
  evpn.close()
  assert.is((await stream.next()).done, true)
  assert.is(evpn.state, 'closed')
  assert.throws(() => evpn.fdb.changes(), /closed/)
})

exact.run()
