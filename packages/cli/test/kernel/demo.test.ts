// timeout: 900
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { rtnlProcess } from '../support/rtnl.ts'

const demo = suite('demo')

demo('shows groups changing live, ends by itself, and touches nothing here', async () => {
  const before = ip('-o link')
  const { code, stdout, stderr } = await rtnlProcess(['demo'])
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

  at = place('Second act, EVPN: the same switch, with a vxlan device for VNI 200', at)
  const halves = 'dst 192.0.2.1 weight 1 (50 %) dst 192.0.2.2 weight 1 (50 %)'
  at = place('  + vteps vni 200 vtep 192.0.2.3 dev vx200 id 0x80000003 macs 0 groups 1', at)
  at = place('  $ ip nexthop delete id 2', at)
  const failed = at
  at = place(`  ~ groups vni 200 nhid 10 dev vx200 dst 192.0.2.1 macs 2 (was ${halves})`, at)
  at = place('  - vteps vni 200 vtep 192.0.2.2 dev vx200 id 0x80000002 macs 0 groups 2', at)
  at = place(`  ~ groups vni 200 nhid 10 dev vx200 ${halves} macs 2 (was dst 192.0.2.1)`, at)
  at = place('  + vteps vni 200 vtep 192.0.2.2 dev vx200 id 0x80000002 macs 0 groups 1', at)
  const quarters = 'dst 192.0.2.1 weight 1 (25 %) dst 192.0.2.2 weight 3 (75 %)'
  at = place(`  ~ groups vni 200 nhid 10 dev vx200 ${quarters} macs 2 (was ${halves})`, at)
  const others = 'dst 192.0.2.2 weight 1 (50 %) dst 192.0.2.3 weight 1 (50 %)'
  const moved = '02:00:00:00:00:0b dev vx200 nhid 11'
  at = place(`  ~ fdb vni 200 ${moved} ${others} extern_learn (was nhid 10 ${quarters})`, at)
  // That groups change changes no host.
  assert.not.ok(
    lines.slice(failed, at).some((line) => /^ {2}[-+~] fdb /.test(line)),
    stdout,
  )
  at = place('  + unresolved vni 200 fdb 02:00:00:00:00:2a dev vx200 no-remote: The entry names no remote address.', at)
  at = place('  $ ip nexthop delete id 3', at)
  at = place(`  ~ fdb vni 200 ${moved} extern_learn unresolved (was dst 192.0.2.3)`, at)
  place(`  - fdb vni 200 ${moved} extern_learn unresolved [inferred]`, at)
  at = place('  - groups vni 200 nhid 11 dev vx200 macs 3 unresolved, nexthop-missing [inferred]', at)
  place(
    'The collections equal what is derived from fresh dumps, and what bridge and ip say: 1 endpoint, 1 group, 1 host, 1 unresolved.',
    at,
  )
  const docs = readFileSync(new URL('../../../../docs/evpn.md', import.meta.url), 'utf8')
  const [shown = ''] = docs.split('`rtnl demo` has an act')[1]?.split('```text\n')[1]?.split('```') ?? []
  const missing = shown.split('\n').filter((line) => !lines.includes(line))
  assert.equal([missing, shown.length > 1000], [[], true], 'docs/evpn.md shows another run')
  assert.not.match(stdout, '\x1b')
})

demo('says in one line what a kernel refuses, and what it needs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-demo-'))
  try {
    const [real = ''] = (process.env.PATH ?? '')
      .split(':')
      .map((path) => join(path, 'ip'))
      .filter(existsSync)
    // So iproute2 says it of a kernel without vxlan.
    const refusal = 'case "$*" in *vxlan*) echo "Error: Unknown device type." >&2; exit 2 ;; esac'
    writeFileSync(join(folder, 'ip'), `#!/bin/sh\n${refusal}\nexec ${real} "$@"\n`, { mode: 0o755 })
    const { code, stderr } = await rtnlProcess(['demo'], { env: { PATH: `${folder}:${process.env.PATH}` } })
    assert.is(code, 1)
    assert.match(
      stderr,
      /^rtnl: ip link add vx100 type vxlan [^\n]*: Error: Unknown device type\. \(the [^\n]*5\.8[^\n]*\)\n$/,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

demo.run()
