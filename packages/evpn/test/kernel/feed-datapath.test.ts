import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReadmeExample } from '../../../notifier/test/programs.ts'
import { inNetns, play } from '../support/netns.ts'

const example = suite('example that feeds a forwarding plane')

const feed = new ReadmeExample(
  new URL('../../README.md', import.meta.url),
  new URL('../../examples/feed-datapath.ts', import.meta.url),
)
const docs = readFileSync(new URL('../../../../docs/evpn.md', import.meta.url), 'utf8')
const [, chapter = ''] = docs.split('## Feed a datapath')
const [first = [], later = []] = [...chapter.matchAll(/```text\n([^`]+)```/g)].map(([, text = '']) =>
  text.trimEnd().split('\n'),
)

example('prints what the reference says, at first and when a group loses a member', () =>
  inNetns(
    [
      'ip link set lo up',
      'ip link add br10 type bridge',
      'ip link add vx10 type vxlan id 10 dstport 4789 nolearning',
      'ip link set vx10 master br10',
      'ip link set vx10 up',
      'ip link set br10 up',
      'bridge fdb append 00:00:00:00:00:00 dev vx10 dst 192.0.2.1 static permanent',
      'ip nexthop add id 1 via 192.0.2.1 fdb',
      'ip nexthop add id 2 via 192.0.2.2 fdb',
      'ip nexthop add id 10 group 1,10/2,30 fdb',
      'bridge fdb add 02:00:00:00:00:01 dev vx10 nhid 10 extern_learn',
      'ip neigh add 198.51.100.1 dev br10 lladdr 02:00:00:00:00:01 nud noarp extern_learn',
    ],
    async (netns) => {
      assert.ok(later.length > 0, 'the reference does not say what it prints')
      const expected = [...first, ...later]
      let count = 0
      const lines = await feed.run([netns], (line) => {
        if (line.trimEnd() === first.at(-1)) play(netns, 'ip nexthop replace id 10 group 1,20 fdb')
        return ++count === expected.length
      })
      // The index of the vxlan, which a flood names, is the third in a new namespace, or a later one.
      const named = (line: string): string => line.replace(/^(put bucket all 10) \d+/, '$1 3')
      assert.equal(lines.map(named), expected.map(named))
    },
  ),
)

example.run()
