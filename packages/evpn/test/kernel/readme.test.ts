import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example of the README')

const watch = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/watch-evpn.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(watch.isShown)
})

example('prints what it says in the README, after the commands in it', () =>
  inNetns(['ip link add vx10 type vxlan id 10 dstport 4789 nolearning', 'ip link set vx10 up'], async (netns) => {
    const { printed, readme } = watch
    const steps = (pattern: RegExp): string[] => [...readme.matchAll(pattern)].map(([, step = '']) => step)
    const added = steps(/`((?:ip nexthop|bridge fdb) add [^`]+)`/g)
    const deleted = steps(/`(ip nexthop (?:replace|del) [^`]+)`/g)
    assert.equal([added.length, deleted.length], [4, 2])
    let count = 0
    const lines = await watch.run([netns], (line) => {
      if (line.includes('remote addresses in')) play(netns, ...added)
      if (line.startsWith('added')) play(netns, ...deleted)
      return ++count === printed.length
    })
    assert.equal(lines, printed)
  }),
)

example.run()
