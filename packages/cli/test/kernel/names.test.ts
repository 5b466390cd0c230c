// timeout: 120
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip } from '../support/ip.ts'
import { rtnl, rtnlProcess } from '../support/rtnl.ts'

const named = suite('names that an administrator gives')

named.before(() => {
  // The mount namespace of this file is its own.
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/etc/iproute2'])
  writeFileSync('/etc/iproute2/rt_tables', '254\tmain\n255\tlocal\n300\tblue\n')
  mkdirSync('/etc/iproute2/rt_protos.d')
  writeFileSync('/etc/iproute2/rt_protos.d/ours.conf', '84\tovn\n')
  ip('link set lo up')
})

/** The routes of table 300 as `ip` prints them, from the same files, but for its spaces at the ends of lines. */
function ipRoutes(): string {
  return ip('route show table all')
    .split('\n')
    .filter((line) => line.includes(' table blue '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

named('options take them, and entries are printed with them', async () => {
  ip('route add 20.0.0.0/24 dev lo table blue proto ovn')
  ip('route add 20.0.1.0/24 dev lo table blue proto bgp')
  assert.match(ipRoutes(), /^20\.0\.0\.0\/24 dev lo table blue proto ovn scope link\n/)
  const shown = await rtnl(['show', 'route', '--table', 'blue'])
  assert.equal(shown, { code: 0, signal: null, stdout: ipRoutes(), stderr: '' })
  const numbers = await rtnl(['show', 'route', '--table', 'blue', '--json'])
  assert.equal(
    JSON.parse(numbers.stdout).map(({ table, protocol }: { table: number; protocol: number }) => [table, protocol]),
    [
      [300, 84],
      [300, 186],
    ],
  )
  writeFileSync('/etc/iproute2/none.json', '[]')
  const args = ['sync', 'route', '--table', 'blue', '--protocol', 'ovn', '--file', '/etc/iproute2/none.json']
  assert.is((await rtnl(args)).code, 0)
  assert.not.match(ipRoutes(), /ovn/)
  assert.match(ipRoutes(), /bgp/)
})

named('the same lines of the same files count as for ip', async () => {
  const write = (file: string, text: string): void => writeFileSync(`/etc/iproute2/${file}`, text)
  for (const folder of ['rt_tables.d', 'rt_scopes.d', 'rt_realms.d']) mkdirSync(`/etc/iproute2/${folder}`)
  write(
    'rt_tables',
    '# tables\n254 main\n255\tlocal\n300 blue\n 0x12d\tpink # comment\n302 green more words\n#303 no\n70000 big\n',
  )
  write('rt_tables.d/a.conf', '304 extra\n')
  write('rt_tables.d/.b.conf', '305 hidden\n')
  write('rt_tables.d/c.txt', '306 other\n')
  write('rt_protos', '84 ours\n300 beyond\n')
  write('rt_scopes', '100 campus\n')
  write('rt_scopes.d/a.conf', '101 near\n')
  write('rt_realms', '5 five\n')
  write('rt_realms.d/a.conf', '6 six\n')
  const tables = [300, 301, 302, 303, 304, 305, 306, 70000]
  for (const [place, table] of tables.entries()) {
    const scope = place % 2 === 0 ? 100 : 101
    ip(`route add 21.0.${place}.0/24 dev lo table ${table} proto ${84 + place} scope ${scope} realms 5/6`)
  }
  const ours = (text: string): string[] =>
    text.split('\n').flatMap((line) => (line.startsWith('21.') ? [line.trimEnd()] : []))
  const expected = ours(ip('route show table all'))
  assert.is(expected.length, tables.length)
  assert.match(expected.join('\n'), / table pink .* scope 101 realms five\/6/)
  // A process reads the files once.
  assert.equal(ours((await rtnlProcess(['show', 'route'])).stdout), expected)
})

named('one that is not there is refused', async () => {
  const { code, stderr } = await rtnl(['sync', 'route', '--protocol', 'nobody', '--file', '/dev/null'])
  assert.is(code, 2)
  assert.match(stderr, /^rtnl: --protocol: 'nobody' is neither the name of a protocol .* nor a number from 1 to 255\n$/)
})

named.run()
