// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  answers,
  assertArrives,
  assertNothingArrives,
  explained,
  makePair,
  outline,
  received,
  run,
  runAll,
  stepOf,
  wayOf,
} from '../support/scene.ts'

const devices = suite('a packet over devices that only some kernels have')

interface ShownRoute {
  readonly dev?: string
  readonly gateway?: string
}

/** `ip -j route get`: what the kernel makes of the route; the error of a packet that it does not send. */
function routeGet(netns: string, words: string): ShownRoute | string {
  try {
    return JSON.parse(run(`ip -n ${netns} -j route get ${words}`))[0]
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

function ifindexOf(netns: string, name: string): number {
  return JSON.parse(run(`ip -n ${netns} -j link show ${name}`))[0].ifindex
}

whereThereAre(devices, ['VLAN devices'], () => {
  devices('a VLAN device gives it a VLAN, and hands it to the interface below', async () => {
    const far = makePair('tagged', [
      'link add link v0 name v0.5 type vlan id 5',
      'link set v0.5 up',
      'address add 10.5.0.1/24 dev v0.5',
    ])
    runAll(far, ['link add link p0 name p0.5 type vlan id 5', 'link set p0.5 up', 'address add 10.5.0.2/24 dev p0.5'])
    assert.is((await explained('tagged', '10.5.0.2')).outcome, 'waits')
    assertArrives('tagged', far, '10.5.0.2')
    const explanation = await explained('tagged', '10.5.0.2')
    assert.equal(outline(explanation).slice(-4), [
      'interface next',
      'neighbor next',
      'interface next',
      'interface delivered',
    ])
    assert.is(stepOf(explanation, 'route').checked, 'same')
    assert.is((routeGet('tagged', '10.5.0.2') as ShownRoute).dev, 'v0.5')
    assert.equal((await wayOf('tagged', '10.5.0.2')).slice(1), [
      'v0.5 gives the frame VLAN 5 and hands it to v0',
      'the frame leaves by v0 in VLAN 5',
    ])
    runAll('tagged', [
      'link add link v0 name v0.6 type vlan id 6',
      'link set v0.6 up',
      'address add 10.60.0.1/24 dev v0.6',
    ])
    runAll('tagged', ['neigh replace 10.60.0.2 lladdr 02:00:00:00:00:02 dev v0.6'])
    // Nobody at the other end has this VLAN: the frame leaves, and is dropped there.
    assert.is((await explained('tagged', '10.60.0.2')).outcome, 'delivered')
    assertNothingArrives('tagged', far, '10.60.0.2')
    runAll('tagged', ['link set v0 down'])
    const down = await explained('tagged', '10.5.0.2')
    assert.is(down.outcome, 'stops')
    assert.is(routeGet('tagged', '10.5.0.2'), 'RTNETLINK answers: Network is unreachable')
  })
})

/** Frames that an interface has sent. */
function sentBy(netns: string, name: string): number {
  return JSON.parse(run(`ip -n ${netns} -j -s link show ${name}`))[0].stats64.tx.packets
}

async function untilIsUsed(netns: string, name: string): Promise<void> {
  while (!run(`ip -n ${netns} -d link show bond0`).includes(`active_slave ${name} `)) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

whereThereAre(devices, ['bonds'], () => {
  devices('a bond hands it to the port in use', async () => {
    const far = makePair('bonded', [
      'link add v1 type veth peer name p1 netns bonded-far',
      'link add name bond0 type bond mode active-backup miimon 20',
      'link set v0 down',
      'link set v0 master bond0',
      'link set v1 master bond0',
      'link set bond0 up',
      'address add 10.7.0.1/24 dev bond0',
    ])
    // What is flooded back comes to the other port, which takes nothing.
    runAll(far, [
      'link add name fabric type bridge',
      'link set fabric up',
      'link set p0 master fabric',
      'link set p1 master fabric up',
      'address add 10.7.0.2/24 dev fabric',
    ])
    runAll('bonded', ['link set bond0 type bond active_slave v0'])
    for (const [used, other] of [
      ['v0', 'v1'],
      ['v1', 'v0'],
    ] as const) {
      await untilIsUsed('bonded', used)
      assertArrives('bonded', far, '10.7.0.2')
      const [before, unused] = [sentBy('bonded', used), sentBy('bonded', other)]
      assertArrives('bonded', far, '10.7.0.2')
      assert.ok(sentBy('bonded', used) > before)
      assert.is(sentBy('bonded', other), unused)
      assert.equal(await wayOf('bonded', '10.7.0.2'), [
        'bond0 takes the packet',
        `bond0 hands the frame to ${used}, its port in use`,
        `the frame leaves by ${used}`,
      ])
      if (used === 'v0') runAll('bonded', ['link set v0 down'])
    }
    runAll('bonded', ['link set v1 down'])
    while (!run('ip -n bonded link show bond0').includes('NO-CARRIER')) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.is((await explained('bonded', '10.7.0.2')).outcome, 'stops')
    assertNothingArrives('bonded', far, '10.7.0.2')
  })

  devices('a bond that spreads frames over its ports', async () => {
    makePair('spread', [
      'link add v1 type veth peer name p1 netns spread-far',
      'link set v0 down',
      'link add name bond0 type bond mode balance-xor miimon 20',
      'link set v0 master bond0',
      'link set v1 master bond0',
      'link set bond0 up',
      'address add 10.7.0.1/24 dev bond0',
      'neigh replace 10.7.0.2 lladdr 02:00:00:00:00:02 dev bond0',
    ])
    runAll('spread-far', ['link set p1 up'])
    const ways: string[][] = []
    while (ways.at(-1)?.at(-1) !== 'the frame leaves by one of the ports of bond0: v0, v1') {
      ways.push(await wayOf('spread', '10.7.0.2'))
      assert.ok(ways.length < 500, ways.at(-1)?.join())
    }
    runAll('spread', ['link set v1 down'])
    assert.equal((await wayOf('spread', '10.7.0.2')).at(-1), 'the frame leaves by v0')
  })
})

whereThereAre(devices, ['VRFs'], () => {
  devices('a VRF has its own table, for what is bound to it or to one of its interfaces', async () => {
    const far = makePair('vrf', [
      'link add name red type vrf table 100',
      'link set red up',
      'link set v0 master red',
      'route add 10.9.0.0/16 via 10.0.0.2 vrf red',
      'route add unreachable default metric 4278198272 vrf red',
      '-6 address replace fd00::1/64 dev v0 nodad',
      '-6 route add fd09::/32 via fd00::2 vrf red',
      'link add v1 type veth peer name w1',
      'link set v1 up',
      'link set w1 up',
      'address add 10.1.0.1/24 dev v1',
      'route add default via 10.1.0.2',
      'route add 10.20.0.0/16 dev red',
    ])
    runAll(far, ['address add 10.9.0.9/32 dev p0', '-6 address add fd09::9/128 dev p0 nodad'])
    const [red, v0] = ['red', 'v0'].map((name) => ifindexOf('vrf', name))
    for (const [oif, dst, words] of [
      [red, '10.9.0.9', 'vrf red'],
      [red, '10.9.0.9', 'oif red'],
      [v0, '10.9.0.9', 'oif v0'],
      [red, '10.0.0.2', 'oif red'],
      [red, '10.0.0.1', 'oif red'],
      [red, '192.0.2.1', 'oif red'],
      [undefined, '10.9.0.9', ''],
      [undefined, '10.0.0.2', ''],
      [red, 'fd09::9', 'oif red'],
      [undefined, 'fd09::9', ''],
    ] as const) {
      const asked = `${dst}${words === '' ? '' : ` ${words}`}`
      const explanation = await explained('vrf', dst, undefined, oif === undefined ? {} : { oif })
      const route = stepOf(explanation, 'route')
      const expected = routeGet('vrf', asked)
      assert.is(route.checked, 'same', `${asked}: ${explanation.text}`)
      if (typeof expected === 'string') assert.is(explanation.outcome, 'stops', asked)
      else assert.is(route.entry?.gateway, expected.gateway, asked)
    }
    const rules = (await explained('vrf', '10.9.0.9', undefined, { oif: red! })).steps.filter(
      ({ kind }) => kind === 'rule',
    )
    assert.is(rules.at(-1)?.text, 'rule 1000 looks up table 100, which has 10.9.0.0/16')
    assertArrives('vrf', far, '10.9.0.9', '-I red ')
    assert.is((await explained('vrf', '10.9.0.9', undefined, { oif: red! })).outcome, 'delivered')
    assertNothingArrives('vrf', far, '10.9.0.9')
    // A route of another table leads into the VRF, whose table is then asked.
    runAll('vrf', ['route add 10.20.0.0/16 via 10.0.0.2 vrf red'])
    const into = await explained('vrf', '10.20.0.1')
    assert.is(into.outcome, 'delivered')
    assert.is(into.steps.filter(({ kind }) => kind === 'route').length, 2)
    assert.ok(into.steps.some(({ text }) => text === 'red is a VRF: table 100 says where to'))
    const before = received(far)
    answers('vrf', '10.20.0.1')
    assert.ok(received(far) > before, 'what is led into the VRF did not arrive')
  })
})

devices.run()
