import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { makeNetns, play } from '../support/ip.ts'

const example = suite('example of the README')

const watch = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../../../examples/watch-nexthops.ts', import.meta.url),
)

example('is the file that runs here', () => {
  assert.ok(watch.isShown)
})

example('prints what it says in the README', async () => {
  await makeNetns('watched')
  await play('watched', ['nexthop add id 1 via 10.0.0.2 dev v0', 'nexthop add id 2 via 10.0.1.2 dev v1'])
  const lines = await watch.run(['watched'], async (line) => {
    if (line.startsWith('synced')) {
      await play('watched', [
        'nexthop add id 10 group 1,100/2,200',
        'nexthop replace id 1 via 10.0.0.9 dev v0',
        'link set v0 down',
      ])
    }
    return line.startsWith('resync')
  })
  assert.equal(lines, watch.printed)
})

example.run()
