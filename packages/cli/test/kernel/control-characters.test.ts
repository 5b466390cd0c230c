// timeout: 600
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'

const tests = suite('interfaces with control characters in their names')

// The kernel takes any character but blanks, `/` and `:`.
const name = 'a\x1b[31m'
const other = 'b\u009b2J'

tests('are escaped in text and in JSON', async () => {
  ip('netns add control')
  execFileSync('ip', ['-n', 'control', 'link', 'add', name, 'type', 'veth', 'peer', 'name', other])
  const text = await rtnl(['show', 'link', '--netns', 'control'])
  assert.match(text.stdout, /^\d+: a\\u001b\[31m@b\\u009b2J: </m)
  const json = await rtnl(['show', 'link', '--json', '--netns', 'control'])
  const links: { readonly ifname: string }[] = JSON.parse(json.stdout)
  assert.equal(links.map(({ ifname }) => ifname).sort(), [name, other, 'lo'])
  for (const { stdout } of [text, json]) assert.not.match(stdout, /(?!\n)\p{Cc}/u)
  const refused = await rtnl(['show', 'route', '--dev', `c${name}`, '--netns', 'control'])
  assert.is(refused.code, 1)
  assert.match(refused.stderr, /^rtnl: .*ca\\u001b\[31m/)
  ip('netns del control')
})

tests.run()
