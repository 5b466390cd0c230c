import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const namespace = suite('namespace of a kernel test')

const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' })

namespace('holds the loopback alone, and it is up', () => {
  const links: { ifname: string; flags: string[] }[] = JSON.parse(ip('-j', 'link'))
  assert.equal(
    links.map((link) => link.ifname),
    ['lo'],
  )
  assert.ok(links[0]?.flags.includes('UP'))
})

namespace('starts with no nexthop and takes new ones', () => {
  assert.is(ip('nexthop'), '')
  ip('nexthop', 'add', 'id', '1', 'blackhole')
  assert.match(ip('nexthop'), /^id 1 blackhole/)
})

namespace('has names of its own for further namespaces', () => {
  assert.is(ip('netns', 'list'), '')
  ip('netns', 'add', 'inner')
  ip('link', 'add', 'outside', 'type', 'veth', 'peer', 'name', 'inside', 'netns', 'inner')
  assert.match(ip('-n', 'inner', 'link'), /inside/)
  ip('netns', 'exec', 'inner', 'ip', 'link', 'set', 'inside', 'up')
  ip('netns', 'del', 'inner')
  assert.not.ok(existsSync('/var/run/netns/inner'))
})

namespace.run()
