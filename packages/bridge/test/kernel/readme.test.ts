import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example of the README')

const watch = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/watch-vnis.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(watch.isShown)
})

const setup = [
  'ip link add vx0 type vxlan dstport 4789 nolearning external vnifilter',
  'bridge vni add vni 100-101 dev vx0',
]

example('prints what it says in the README, after the commands in it', () =>
  inNetns(setup, async (netns) => {
    const { printed, readme } = watch
    const steps = [...readme.matchAll(/`(bridge vni (?:add|delete)[^`]+)`/g)].map(([, step = '']) => step)
    assert.is(steps.length, 3)
    let count = 0
    const lines = await watch.run(['vx0', netns], (line) => {
      if (line.includes('VNIs of')) play(netns, steps.slice(0, 1))
      // Changes that come together are one: 201 would never have been without a remote.
      if (line.startsWith('added 202')) play(netns, steps.slice(1))
      return ++count === printed.length
    })
    assert.equal(lines, printed)
  }),
)

example.run()
