import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rtnl } from '../support/rtnl.ts'

const addresses = suite('addresses on the command line')
const folder = mkdtempSync(join(tmpdir(), 'rtnl-addresses-'))

const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })

/** Lines of `ip -o addr` without its columns, what of them runs, and what iproute2 6.1 does not print. */
const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[\\\s]+/g, ' ')
        .replaceAll(/_lft \d+sec/g, '_lft Nsec')
        .replace(/ proto \S+/, '')
        .trim(),
    )
    .filter((line) => line !== '')

addresses.before(async () => {
  for (const words of [
    'link set lo up',
    'link add v0 type veth peer name p0',
    'link set v0 up',
    'link set p0 up',
    'addr add 10.0.0.1/24 dev v0 broadcast + metric 5',
    'addr add 10.0.0.2/24 dev v0 label v0:x valid_lft 5000 preferred_lft 0',
    'addr add 10.0.1.4 peer 10.0.1.5/30 dev v0 scope link noprefixroute',
    'addr add fd00::3 peer fd00::4/64 dev v0 nodad',
    'addr add fd00::5/64 dev v0 mngtmpaddr home nodad valid_lft 9000 preferred_lft 8000',
  ]) {
    ip(words)
  }
  while (ip('-6 addr').includes('tentative')) await new Promise((resolve) => setTimeout(resolve, 100))
})

for (const filter of [[], ['--family', 'inet'], ['--family', 'inet6'], ['--dev', 'v0']]) {
  addresses(`show ${filter.join(' ')} prints them as ip does`, async () => {
    const { code, stdout, stderr } = await rtnl(['show', 'address', ...filter])
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    const options = filter[0] === '--family' ? (filter[1] === 'inet' ? '-4 -o addr' : '-6 -o addr') : '-o addr'
    assert.equal(lines(stdout), lines(ip(filter[0] === '--dev' ? '-o addr show dev v0' : options)))
  })
}

addresses('sync puts addresses in and takes them out', async () => {
  const file = join(folder, 'ours.json')
  const ours = [
    { address: '10.5.0.1', prefixlen: 24 },
    { address: 'fd05::1', prefixlen: 64, flags: 'nodad' },
  ]
  writeFileSync(file, JSON.stringify(ours))
  const { code, stdout } = await rtnl(['sync', 'address', '--dev', 'p0', '--file', file])
  assert.is(code, 0)
  assert.match(stdout, 'done: 2 added, 0 replaced, 0 removed')
  assert.match(ip('addr show dev p0'), /inet 10\.5\.0\.1\/24 .*[\s\S]*inet6 fd05::1\/64 /)
  writeFileSync(file, JSON.stringify(ours.slice(1)))
  const { stdout: after } = await rtnl(['sync', 'address', '--dev', 'p0', '--file', file])
  assert.match(after, 'done: 0 added, 0 replaced, 1 removed, 1 as they should be')
  assert.not.match(ip('addr show dev p0'), '10.5.0.1')
  // The address that the kernel made is not ours.
  assert.match(ip('addr show dev p0'), 'inet6 fe80::')
})

addresses('what show prints is put back by sync --additive', async () => {
  const file = join(folder, 'all.json')
  const { stdout } = await rtnl(['show', 'address', '--json', '--dev', 'v0'])
  writeFileSync(file, stdout)
  const before = lines(ip('-o addr show dev v0'))
  ip('addr del 10.0.0.1/24 dev v0')
  ip('addr del fd00::3/64 dev v0')
  const { code, stderr } = await rtnl(['sync', 'address', '--additive', '--file', file])
  assert.is(code, 0)
  assert.match(
    stderr,
    /^rtnl: 1 address left out, which only the kernel makes: from the links themselves and what routers advertise\n$/,
  )
  const secondary = (all: string[]): string[] => all.map((line) => line.replace(' secondary', '')).sort()
  assert.equal(secondary(lines(ip('-o addr show dev v0'))), secondary(before))
})

addresses.after(() => rmSync(folder, { recursive: true }))

addresses.run()
