import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answers, assertNothingArrives, explained, makePair, outline, run, runAll, stepOf } from '../support/scene.ts'

const stops = suite('where a packet stops')

/** What `ip route get` says of an address that the kernel sends nothing to. */
function refusal(netns: string, words: string): string {
  try {
    return run(`ip -n ${netns} route get ${words}`)
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

for (const [name, route, dst, message] of [
  ['unreachable', 'route add unreachable 192.0.2.0/24', '192.0.2.1', 'No route to host'],
  ['prohibit', 'route add prohibit 192.0.2.0/24', '192.0.2.1', 'Permission denied'],
  ['blackhole', 'route add blackhole 192.0.2.0/24', '192.0.2.1', 'Invalid argument'],
  ['unreachable of IPv6', '-6 route add unreachable 2001:db8::/32', '2001:db8::1', 'No route to host'],
  ['prohibit of IPv6', '-6 route add prohibit 2001:db8::/32', '2001:db8::1', 'Permission denied'],
  ['blackhole of IPv6', '-6 route add blackhole 2001:db8::/32', '2001:db8::1', 'Invalid argument'],
  ['no route', 'link set v0 up', '198.51.100.1', 'Network is unreachable'],
  ['no route of IPv6', 'link set v0 up', '2001:db8::1', 'Network is unreachable'],
] as const) {
  stops(`a route: ${name}`, async () => {
    const netns = `route-${name.replaceAll(' ', '-')}`
    makePair(netns, [route])
    const explanation = await explained(netns, dst)
    assert.ok(refusal(netns, dst).includes(message))
    assert.is(explanation.outcome, 'stops')
    assert.is(stepOf(explanation, 'route').checked, 'same')
    assert.ok(message === 'Invalid argument' || explanation.text.includes(message.toLowerCase()), explanation.text)
  })
}

for (const [action, message] of [
  ['unreachable', 'Network is unreachable'],
  ['prohibit', 'Permission denied'],
  ['blackhole', 'Invalid argument'],
] as const) {
  for (const family of ['-4', '-6']) {
    stops(`a rule: ${action} ${family}`, async () => {
      const netns = `rule-${action}${family}`
      const dst = family === '-4' ? '10.0.0.2' : 'fd00::2'
      makePair(netns, [`${family} rule add to ${dst} priority 50 ${action}`])
      const explanation = await explained(netns, dst)
      assert.ok(refusal(netns, dst).includes(message))
      assert.is(stepOf(explanation, 'route').checked, 'same')
      assert.is(explanation.steps.find(({ outcome }) => outcome === 'stops')?.kind, 'rule')
      assert.is(explanation.outcome, 'stops')
    })
  }
}

stops('a nexthop object that is a blackhole', async () => {
  const netns = 'nexthop-blackhole'
  const far = makePair(netns, ['nexthop add id 7 blackhole', 'route add 192.0.2.0/24 nhid 7'])
  assert.ok(refusal(netns, '192.0.2.1').includes('Invalid argument'))
  const explanation = await explained(netns, '192.0.2.1')
  assert.is(explanation.outcome, 'stops')
  assert.is(stepOf(explanation, 'route').checked, 'same')
  assert.is(stepOf(explanation, 'route').entry?.nhId, 7)
  assertNothingArrives(netns, far, '192.0.2.1')
})

stops('a source that is no address of this host', async () => {
  makePair('source')
  assert.ok(refusal('source', '10.0.0.2 from 192.0.2.9').includes('Network is unreachable'))
  const explanation = await explained('source', '10.0.0.2', '192.0.2.9')
  assert.equal(outline(explanation), ['source next', 'route stops'])
  assert.is(stepOf(explanation, 'route').checked, 'same')
})

stops('an interface without carrier', async () => {
  const far = makePair('carrier', ['neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0'])
  run(`ip -n ${far} link set p0 down`)
  const explanation = await explained('carrier', '10.0.0.2')
  assert.equal(JSON.parse(run('ip -n carrier -j link show dev v0'))[0].flags.includes('NO-CARRIER'), true)
  assert.equal(outline(explanation).at(-1), 'interface stops')
  assert.ok(explanation.text.includes('v0 has no carrier'))
  assert.is(stepOf(explanation, 'route').checked, 'same')
  assert.not(answers('carrier', '10.0.0.2'))
})

stops('a neighbour that does not answer, and waits before for one that was not asked', async () => {
  makePair('neighbor')
  const before = await explained('neighbor', '10.0.0.77')
  assert.is(before.outcome, 'waits')
  assert.equal(JSON.parse(run('ip -n neighbor -j neigh show 10.0.0.77') || '[]'), [])
  assert.not(answers('neighbor', '10.0.0.77'))
  while (JSON.parse(run('ip -n neighbor -j neigh show 10.0.0.77'))[0]?.state[0] !== 'FAILED') {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const explanation = await explained('neighbor', '10.0.0.77')
  assert.equal(outline(explanation).at(-1), 'neighbor stops')
})

stops('a port of a bridge that is down', async () => {
  const far = makeBridge('bridge', [
    'link add q0 type veth peer name q1',
    'link set q1 up',
    'link set q0 master br0 up',
  ])
  assert.equal(outline(await explained('bridge', '10.5.0.2')), bridged('port delivered'))
  runAll('bridge', ['link set v0 down'])
  assert.equal(outline(await explained('bridge', '10.5.0.2')), bridged('port stops'))
  assertNothingArrives('bridge', far, '10.5.0.2')
})

stops('a port that the spanning tree blocks', async () => {
  makeBridge('tree', [
    // A port that leads back to its bridge.
    'link add q0 type veth peer name q1',
    'link set br0 type bridge stp_state 1 forward_delay 200',
    ...['q0', 'q1'].map((name) => `link set ${name} master br0 up`),
  ])
  const state = (name: string): string => JSON.parse(run(`bridge -n tree -j link show dev ${name}`))[0].state
  while (state('v0') !== 'forwarding' || state('q1') !== 'blocking') {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  runAll('tree', [
    'bridge fdb add 02:00:00:00:05:03 dev q1 master static',
    'neigh replace 10.5.0.3 lladdr 02:00:00:00:05:03 dev br0',
  ])
  const explanation = await explained('tree', '10.5.0.3')
  assert.equal(outline(explanation), bridged('port stops'))
  assert.ok(explanation.text.includes('q1 is blocking'))
  assert.is((await explained('tree', '10.5.0.2')).outcome, 'delivered')
})

stops('an address of the bridge itself', async () => {
  makeBridge('own', ['neigh replace 10.5.0.2 lladdr 02:00:00:00:00:aa dev br0'])
  assert.equal(outline(await explained('own', '10.5.0.2')).at(-1), 'fdb stops')
})

function makeBridge(netns: string, lines: readonly string[] = []): string {
  const far = makePair(netns, [
    'link add br0 address 02:00:00:00:00:aa type bridge',
    'link set v0 master br0',
    'link set br0 up',
    'address add 10.5.0.1/24 dev br0',
    'neigh replace 10.5.0.2 lladdr 02:00:00:00:00:02 dev br0',
    // The bridge may have learned it.
    'bridge fdb replace 02:00:00:00:00:02 dev v0 master static',
    ...lines,
  ])
  // The carrier of its ports is told to the bridge by a worker of the kernel, up to a second later, which lets them forward.
  while (!run(`ip -n ${netns} link show br0`).includes(' state UP ')) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
  return far
}

function bridged(last: string): string[] {
  return ['rule next', 'route next', 'interface next', 'neighbor next', 'fdb next', last]
}

const vxlan = [
  'link add vx type vxlan id 42 local 10.0.0.1 dev v0 dstport 4789 nolearning',
  'link set vx address 02:00:00:00:00:42',
  'link set vx up',
  'address add 10.6.0.1/24 dev vx',
  'neigh replace 10.6.0.2 lladdr 02:00:00:00:06:02 dev vx',
]

stops('a vxlan that does not know an address, and floods to nobody', async () => {
  const far = makePair('vxlan', vxlan)
  const explanation = await explained('vxlan', '10.6.0.2')
  assert.equal(outline(explanation).at(-1), 'fdb stops')
  assertNothingArrives('vxlan', far, '10.6.0.2')
})

stops('an endpoint of the other family', async () => {
  const far = makePair('family', [
    ...vxlan,
    'nexthop add id 1 via 10.0.0.2 fdb',
    'nexthop add id 10 group 1 fdb',
    'bridge fdb add 02:00:00:00:06:02 dev vx self static nhid 10',
    'nexthop replace id 1 via fd00::2 fdb',
    'neigh replace fd00::2 lladdr 02:00:00:00:00:02 dev v0',
  ])
  const explanation = await explained('family', '10.6.0.2')
  assert.equal(outline(explanation).at(-1), 'vtep stops')
  assertNothingArrives('family', far, '10.6.0.2')
})

stops('an endpoint without a route', async () => {
  const far = makePair('underlay', [...vxlan, 'bridge fdb add 02:00:00:00:06:02 dev vx self dst 10.0.0.2'])
  runAll('underlay', ['route add prohibit 10.0.0.2'])
  const explanation = await explained('underlay', '10.6.0.2')
  assert.equal(outline(explanation).at(-1), 'underlay route stops')
  assertNothingArrives('underlay', far, '10.6.0.2')
})

stops('an endpoint that is this host, where no vxlan has the VNI', async () => {
  const far = makePair('bypass', [...vxlan, 'bridge fdb add 02:00:00:00:06:02 dev vx self dst 10.0.0.1 vni 77'])
  const explanation = await explained('bypass', '10.6.0.2')
  assert.equal(outline(explanation).at(-1), 'vtep stops')
  assertNothingArrives('bypass', far, '10.6.0.2')
})

stops.run()
