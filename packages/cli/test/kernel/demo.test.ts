// timeout: 900
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { rtnl } from '../support/rtnl.ts'

const demo = suite('demo')

demo('shows groups changing live, ends by itself, and touches nothing here', async () => {
  const before = ip('-o link')
  const { code, stdout, stderr } = await rtnl(['demo'])
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  assert.is(ip('-o link'), before)

  const lines = stdout.split('\n')
  const place = (line: string, after: number) => {
    const found = lines.indexOf(line, after)
    assert.ok(found >= 0, `no line "${line}" after line ${after} of:\n${stdout}`)
    return found
  }
  let at = place('  $ ip nexthop delete id 2', 0)
  at = place('  ~ nexthop id 10 group 1 fdb (was id 10 group 1/2 fdb)', at)
  at = place('    group 10 leads to 192.0.2.1 (100 %)', at)
  at = place('    group 10 leads to 192.0.2.9 (100 %)', at)
  at = place('  $ ip link set uplink1 down', at)
  place('  - nexthop id 21 via 10.1.0.1 dev uplink1 scope link [inferred]', at)
  at = place('  ~ nexthop id 20 group 22 (was id 20 group 21/22) [inferred]', at)
  at = place('    group 11 is gone', at)
  place('  - fdb 02:00:00:00:00:0b dev vx100 nhid 11 self static [inferred]', at)
  // With VLAN filtering the kernel adds an entry of its own.
  assert.match(stdout, /^The live tables equal fresh dumps: 4 nexthops and [23] forwarding entries\.$/m)
  assert.not.match(stdout, '\x1b')
})

demo.run()
