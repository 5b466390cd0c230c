// timeout: 900
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipNexthops, withoutFamily } from '../support/ip.ts'
import { rtnl, rtnlProcess } from '../support/rtnl.ts'

const show = suite('show')

/** `ip` puts spaces at the end of a line, and two before an encapsulation. */
function squeezed(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd().replaceAll(/ +/g, ' '))
}

const plain = [
  'id 1 via 10.0.0.2 dev v0',
  'id 2 via 10.9.9.9 dev v0 onlink',
  'id 3 dev v0 proto static',
  'id 4 blackhole',
  'id 5 blackhole proto 84',
  'id 6 via fd00::2 dev v0 proto bgp',
  'id 10 group 1/2,5',
  'id 20 via 192.0.2.1 fdb',
  'id 21 via 2001:db8::1 fdb',
  'id 22 group 20,200 fdb proto zebra',
]
const beyondIpJson = [
  'id 11 group 1/3 type resilient buckets 32 idle_timer 60 unbalanced_timer 300',
  'id 12 group 1,3/3 type resilient buckets 8 idle_timer 0',
  'id 30 encap seg6 mode encap segs fd00::9,fd00::8 via fd00::2 dev v0',
  'id 31 encap ip id 5 dst 10.0.0.9 seq csum key via 10.0.0.2 dev v0',
  'id 32 encap ip6 id 7 dst fd00::7 hoplimit 9 via fd00::2 dev v0',
]

show.before(() => {
  ip('netns add a')
  ip('-n a link set lo up')
  ip('-n a link add v0 type veth peer name p0')
  ip('-n a link set v0 up')
  ip('-n a link set p0 up')
  ip('-n a address add 10.0.0.1/24 dev v0')
  ip('-n a address add fd00::1/64 dev v0 nodad')
})

show('an empty table', async () => {
  assert.equal(await rtnl(['show', 'nexthop', '--json', '--netns', 'a']), {
    code: 0,
    signal: null,
    stdout: '[]\n',
    stderr: '',
  })
  assert.equal(await rtnl(['show', 'nexthop', '--netns', 'a']), { code: 0, signal: null, stdout: '', stderr: '' })
})

show('routes of labels are refused on a kernel without MPLS, and none on others at first', async () => {
  const { code, stdout, stderr } = await rtnl(['show', 'route', '--family', 'mpls', '--json', '--netns', 'a'])
  if (execFileSync('sysctl', ['-aN'], { encoding: 'utf8' }).includes('net.mpls.platform_labels')) {
    assert.equal({ code, stdout, stderr }, { code: 0, stdout: '[]\n', stderr: '' })
  } else {
    assert.equal([code, stdout], [1, ''])
    assert.match(stderr, /^rtnl: route: this kernel has no MPLS: .*\n$/)
  }
})

show('--json is what ip -j says', async () => {
  for (const nexthop of plain) ip(`-n a nexthop add ${nexthop}`)
  const { code, stdout, stderr } = await rtnl(['show', 'nexthop', '--json', '--netns', 'a'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  const entries: Record<string, unknown>[] = JSON.parse(stdout)
  assert.equal(withoutFamily(entries.map((entry) => [String(entry.id), entry])), ipNexthops('a'))
  assert.equal(
    entries.map(({ id, family }) => [id, family]),
    [1, 2, 3, 4, 5, 6, 10, 20, 21, 22].map((id) => [id, [6, 21].includes(id) ? 10 : [10, 22].includes(id) ? 0 : 2]),
  )
})

show('the text is what ip prints, line for line', async () => {
  for (const nexthop of beyondIpJson) ip(`-n a nexthop add ${nexthop}`)
  const { code, stdout, stderr } = await rtnl(['show', 'nexthop', '--netns', '/run/netns/a'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(stdout.trimEnd().split('\n'), squeezed(ip('-n a nexthop')))
})

show('a namespace that does not exist', async () => {
  const { code, stdout, stderr } = await rtnl(['show', 'nexthop', '--netns', 'nowhere'])
  assert.equal({ code, stdout }, { code: 1, stdout: '' })
  assert.match(stderr, /^rtnl: [^\n]*'nowhere'[^\n]*\n$/)
})

show('RTNL_DEBUG=netlink prints the messages, and not on standard output', async () => {
  const { code, stdout, stderr } = await rtnlProcess(['show', 'nexthop', '--json', '--netns', 'a'], {
    env: { RTNL_DEBUG: 'netlink' },
  })
  assert.is(code, 0)
  assert.is(JSON.parse(stdout).length, plain.length + beyondIpJson.length)
  assert.match(stderr, /send type=106 .*\n/)
})

show.run()
