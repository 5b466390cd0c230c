// runtimes: node
import { whereThereAre } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answers, explained, makePair, outline, received, run, runAll, stepOf } from '../support/scene.ts'

const tests = suite('a packet over a VLAN device')

interface ShownRoute {
  readonly dev?: string
}

/** `ip -j route get`: what the kernel makes of the route; the error of a packet that it does not send. */
function routeGet(netns: string, words: string): ShownRoute | string {
  try {
    return JSON.parse(run(`ip -n ${netns} -j route get ${words}`))[0]
  } catch (error) {
    return (error as { stderr: string }).stderr.trim()
  }
}

/** Looks that a ping is answered, and that a packet arrived at the other end. */
function assertArrives(netns: string, far: string, dst: string): void {
  const before = received(far)
  assert.ok(answers(netns, dst), `${dst} does not answer`)
  assert.ok(received(far) > before, `${dst} did not arrive`)
}

function assertNothingArrives(netns: string, far: string, dst: string): void {
  const before = received(far)
  assert.not(answers(netns, dst))
  assert.is(received(far), before, `${dst} arrived`)
}

/** The words of the steps about interfaces. */
async function wayOf(netns: string, dst: string): Promise<string[]> {
  const { steps } = await explained(netns, dst)
  return steps.filter(({ kind }) => kind === 'interface').map(({ text }) => text)
}

whereThereAre(tests, ['VLAN devices'], () => {
  tests('a VLAN device gives it a VLAN, and hands it to the interface below', async () => {
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

tests.run()
