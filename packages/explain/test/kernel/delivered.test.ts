import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answers, explained, makePair, outline, received, run, runAll, stepOf } from '../support/scene.ts'

const delivered = suite('how a packet is delivered')

/** `ip -j route get`: what the kernel makes of the route. */
function routeGet(netns: string, dst: string): { gateway?: string; dev?: string; prefsrc?: string } {
  return JSON.parse(run(`ip -n ${netns} -j route get ${dst}`))[0]
}

for (const [family, dst, far] of [
  ['IPv4', '10.0.0.2', '10.0.0.1'],
  ['IPv6', 'fd00::2', 'fd00::1'],
] as const) {
  delivered(`by a neighbour of ${family}, with the state that ip shows`, async () => {
    const netns = `plain-${family}`
    makePair(netns)
    assert.is((await explained(netns, dst)).outcome, 'waits')
    assert.ok(answers(netns, dst))
    const explanation = await explained(netns, dst)
    assert.is(explanation.outcome, 'delivered')
    assert.equal(outline(explanation).slice(-3), ['interface next', 'neighbor next', 'interface delivered'])
    const [neighbor] = JSON.parse(run(`ip -n ${netns} -j neigh show ${dst}`))
    assert.is(stepOf(explanation, 'neighbor').entry?.lladdr, neighbor.lladdr)
    const own = await explained(netns, far, far.toUpperCase())
    assert.is(own.outcome, 'delivered')
    assert.equal(outline(own).at(-1), 'route delivered')
  })
}

delivered('by the leg of a multipath route that ip route get names', async () => {
  makePair('legs', [
    'link add v1 type veth peer name w1',
    'link set v1 up',
    'link set w1 up',
    'address add 10.1.0.1/24 dev v1',
    'route add 10.8.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 10.1.0.2 dev v1',
  ])
  const taken = new Set<string>()
  for (let host = 1; host <= 40; host++) {
    const dst = `10.8.${host}.1`
    const route = stepOf(await explained('legs', dst), 'route')
    assert.is(route.checked, 'same')
    assert.equal(
      route.legs.map(({ weight, share }) => [weight, share]),
      [
        [3, 0.75],
        [1, 0.25],
      ],
    )
    const chosen = route.legs.filter((leg) => leg.chosen)
    assert.equal(
      chosen.map(({ gateway }) => gateway),
      [routeGet('legs', dst).gateway],
    )
    taken.add(chosen[0]!.gateway!)
  }
  assert.is(taken.size, 2)
  // The kernel weighs the legs anew when one loses its carrier, and not when the setting changes.
  run('ip netns exec legs sysctl -qw net.ipv4.conf.v1.ignore_routes_with_linkdown=1')
  runAll('legs', ['link set w1 down'])
  while (!run('ip -n legs route show 10.8.0.0/16').includes('linkdown')) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const [first, second] = stepOf(await explained('legs', '10.8.1.1'), 'route').legs
  assert.equal([first?.share, first?.chosen, second?.share], [1, true, 0])
  assert.ok(second?.unusable?.includes('v1'))
  assert.is(routeGet('legs', '10.8.1.1').gateway, first?.gateway)
})

delivered('by the member of a group that ip route get names', async () => {
  makePair('members', [
    'nexthop add id 1 via 10.0.0.2 dev v0',
    'nexthop add id 2 via 10.0.0.3 dev v0',
    'nexthop add id 10 group 1,3/2',
    'route add 10.8.0.0/16 nhid 10',
    '-6 nexthop add id 21 via fd00::2 dev v0',
    '-6 nexthop add id 22 via fd00::3 dev v0',
    'nexthop add id 30 group 21/22',
    '-6 route add 2001:db8::/32 nhid 30',
    'neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
    'neigh replace 10.0.0.3 lladdr 02:00:00:00:00:02 dev v0',
  ])
  const taken = new Set<string | undefined>()
  for (let host = 1; host <= 20; host++) {
    for (const dst of [`10.8.${host}.1`, `2001:db8::${host}`]) {
      const explanation = await explained('members', dst)
      const route = stepOf(explanation, 'route')
      assert.is(route.checked, 'same')
      const chosen = route.legs.find((leg) => leg.chosen)
      assert.is(chosen?.gateway, routeGet('members', dst).gateway)
      const [group, member] = explanation.steps.filter(({ kind }) => kind === 'nexthop').map(({ entry }) => entry)
      assert.is(group !== undefined && 'id' in group && group.id, dst.includes(':') ? 30 : 10)
      assert.is(member !== undefined && 'id' in member && member.id, chosen?.nexthopId)
      taken.add(chosen?.gateway)
    }
  }
  assert.is(taken.size, 4)
})

delivered('by rules in their order: goto, suppress_prefixlength, throw, not, from', async () => {
  makePair('rules', [
    'route add default via 10.0.0.2',
    'route add default via 10.0.0.3 table 9',
    'route add throw 10.9.0.0/16 table 9',
    'rule add priority 10 goto 30',
    'rule add priority 20 unreachable',
    'rule add priority 30 table main suppress_prefixlength 0',
    'rule add priority 40 not from 0.0.0.0/32 blackhole',
    'rule add priority 50 to 10.0.0.0/8 table 9',
    'rule add priority 60 from 10.0.0.1 table 9',
    '-6 rule add priority 60 from fd00::1 table 9',
    '-6 route add default via fd00::3 table 9',
    '-6 route add default via fd00::2',
  ])
  const cases = [
    ['192.0.2.1', undefined],
    ['10.77.0.1', undefined],
    ['10.9.0.1', undefined],
    ['10.0.0.9', undefined],
    ['2001:db8::1', undefined],
    ['2001:db8::1', 'fd00::1'],
  ] as const
  for (const [dst, src] of cases) {
    const route = stepOf(await explained('rules', dst, src), 'route')
    const [expected] = JSON.parse(run(`ip -n rules -j route get ${dst}${src === undefined ? '' : ` from ${src}`}`))
    assert.is(route.checked, 'same', dst)
    assert.is(route.entry?.gateway, expected.gateway, dst)
  }
  const bound = await explained('rules', '192.0.2.1', '10.0.0.1')
  assert.equal(outline(bound).at(-1), 'route stops')
  assert.equal(
    bound.steps
      .filter(({ kind }) => kind === 'rule')
      .map(({ entry }) => entry !== undefined && 'priority' in entry && entry.priority),
    [0, 10, 30, 40],
  )
})

for (const [name, forwarding] of [
  ['an endpoint', ['bridge fdb add 02:00:00:00:06:02 dev vx self dst 10.0.0.2']],
  [
    'a nexthop group',
    [
      'nexthop add id 1 via 10.0.0.2 fdb',
      'nexthop add id 10 group 1 fdb',
      'bridge fdb add 02:00:00:00:06:02 dev vx self static nhid 10',
    ],
  ],
  [
    'a group that became one for routes',
    [
      'nexthop add id 1 via 10.0.0.2 fdb',
      'nexthop add id 2 via 10.0.0.2 dev v0',
      'nexthop add id 10 group 1 fdb',
      'bridge fdb add 02:00:00:00:06:02 dev vx self static nhid 10',
      'nexthop replace id 10 group 2',
    ],
  ],
  ['what is flooded to', ['bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.2']],
] as const) {
  delivered(`through a bridge and a vxlan to ${name}, and arrives`, async () => {
    const netns = `vxlan-${name.replaceAll(' ', '-')}`
    const far = makePair(netns, [
      'link add br0 address 02:00:00:00:06:01 type bridge',
      'link add vx type vxlan id 42 local 10.0.0.1 dev v0 dstport 4789 nolearning',
      'link set vx master br0',
      'link set br0 up',
      'link set vx up',
      'address add 10.6.0.1/24 dev br0',
      'neigh replace 10.6.0.2 lladdr 02:00:00:00:06:02 dev br0',
      'bridge fdb add 02:00:00:00:06:02 dev vx master static',
      ...forwarding,
      'neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
    ])
    runAll(far, [
      'link add vx address 02:00:00:00:06:02 type vxlan id 42 local 10.0.0.2 remote 10.0.0.1 dev p0 dstport 4789',
      'link set vx up',
      'address add 10.6.0.2/24 dev vx',
    ])
    const explanation = await explained(netns, '10.6.0.2')
    assert.is(explanation.outcome, 'delivered')
    assert.equal(
      outline(explanation).filter((line) => !line.includes('nexthop')),
      [
        ...[
          'rule next',
          'route next',
          'interface next',
          'neighbor next',
          'fdb next',
          'port next',
          'fdb next',
          'vtep next',
        ],
        ...['source', 'rule', 'route', 'interface', 'neighbor'].map((kind) => `underlay ${kind} next`),
        'underlay interface delivered',
      ],
    )
    assert.equal(stepOf(explanation, 'vtep').remote, { ip: '10.0.0.2', port: 4789, vni: 42 })
    const [entry] = JSON.parse(run(`bridge -n ${netns} -j fdb show br br0`)).filter(
      (each: { mac: string }) => each.mac === '02:00:00:00:06:02',
    )
    assert.is(entry.ifname, 'vx')
    const before = received(far)
    assert.ok(answers(netns, '10.6.0.2'))
    // The packet of the tunnel, and the one inside of it.
    assert.ok(received(far) >= before + 2)
  })
}

delivered('over a bridge that floods to two ports', async () => {
  makePair('flood', [
    'link add br0 type bridge',
    'link add q0 type veth peer name q1',
    'link set q0 master br0',
    'link set q0 up',
    'link set q1 up',
    'link set v0 master br0',
    'link set br0 up',
    'address add 10.7.0.1/24 dev br0',
    'neigh replace 10.7.0.2 lladdr 02:00:00:00:07:02 dev br0',
  ])
  const explanation = await explained('flood', '10.7.0.2')
  assert.equal(outline(explanation).slice(2), ['interface next', 'neighbor next', 'fdb delivered'])
  assert.equal(stepOf(explanation, 'fdb').legs.length, 2)
})

delivered.run()
