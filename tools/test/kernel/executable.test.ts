// The command as one file: it needs no Node.js, nothing on the PATH and no file beside it.
// timeout: 600
// runtimes: node
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const ADDON = join(ROOT, 'packages/netlink-core/native/build/netlink.node')
const bun = (...args: string[]) =>
  spawnSync(join(ROOT, 'node_modules/.bin/bun'), [join(ROOT, 'tools/executable.mjs'), ...args], { encoding: 'utf8' })

const executable = suite('executable')
let folder = ''
let file = ''

executable.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-executable-'))
  const { status, stderr } = bun('--only', process.arch, '--addon', ADDON, '--out', folder)
  assert.equal({ status, stderr }, { status: 0, stderr: '' })
  // Elsewhere than where it was made.
  file = join(folder, 'rtnl')
  copyFileSync(join(folder, `rtnl-linux-${process.arch}`), file)
})
executable.after(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: string[], env: NodeJS.ProcessEnv = {}) => spawnSync(file, args, { env, cwd: '/', encoding: 'utf8' })

executable('it has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/cli/package.json'), 'utf8'))
  assert.equal(run(['--version']).stdout, `${version}\n`)
})

executable('it shows the links that ip shows', () => {
  execFileSync('ip', ['link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'])
  const links: { ifname: string }[] = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' }))
  const { status, stdout, stderr } = run(['show', 'link', '--json'])
  assert.equal({ status, stderr }, { status: 0, stderr: '' })
  const names = (JSON.parse(stdout) as { ifname: string }[]).map(({ ifname }) => ifname)
  assert.equal(names.sort(), links.map(({ ifname }) => ifname).sort())
})

executable('it tells a change, and ends when it is interrupted', async () => {
  const child = spawn(file, ['watch', 'link', '--json'], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] })
  let seen: unknown
  try {
    for await (const line of createInterface(child.stdout)) {
      const { event, kind, cause, entry } = JSON.parse(line)
      if (event === 'synced') execFileSync('ip', ['link', 'set', 'v0', 'mtu', '1400'])
      if (kind !== 'changed') continue
      seen = [cause, entry.ifname, entry.mtu]
      break
    }
    assert.equal(seen, ['notification', 'v0', 1400])
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    assert.is(code, 0)
  } finally {
    child.kill('SIGKILL')
  }
})

executable('it explains where a packet goes, and shows what a speaker of EVPN has written', () => {
  const ip = (words: string): string => execFileSync('ip', words.split(' '), { encoding: 'utf8' })
  ip('link add vx10 type vxlan id 10 local 10.0.0.1 dstport 4789 nolearning')
  ip('link set vx10 up')
  ip('link add e0 type veth peer name e1')
  ip('address add 10.0.0.1/24 dev e0')
  ip('link set e0 up')
  ip('link set e1 up')
  ip('neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev e0')
  ip('nexthop add id 1 via 10.0.0.2 fdb')
  ip('nexthop add id 10 group 1,3 fdb')
  execFileSync('bridge', 'fdb add 02:00:00:00:00:01 dev vx10 nhid 10 extern_learn'.split(' '))

  const evpn = run(['evpn', 'show', 'fdb', '--json'])
  assert.equal({ status: evpn.status, stderr: evpn.stderr }, { status: 0, stderr: '' })
  const { fdb } = JSON.parse(evpn.stdout) as {
    fdb: { mac: string; paths: { remote: { ip: string }; weight: number }[] }[]
  }
  assert.equal(
    fdb.map(({ mac, paths }) => [mac, paths.map(({ remote, weight }) => [remote.ip, weight])]),
    [['02:00:00:00:00:01', [['10.0.0.2', 3]]]],
  )
  const text = run(['evpn', 'show'])
  assert.match(text.stdout, /^groups {6}vni 10 nhid 10 dev vx10 dst 10\.0\.0\.2 macs 1$/m)

  const explained = run(['explain', '10.0.0.2', '--json'])
  assert.equal({ status: explained.status, stderr: explained.stderr }, { status: 0, stderr: '' })
  const { outcome, steps } = JSON.parse(explained.stdout) as { outcome: string; steps: { kind: string }[] }
  assert.is(outcome, 'delivered')
  assert.ok(steps.some(({ kind }) => kind === 'neighbor'))
  assert.match(run(['explain', '10.0.0.2']).stdout, /^delivered: /m)
})

executable('what lies in the folder where it is started is neither run nor taken for settings', () => {
  const strange = mkdtempSync(join(tmpdir(), 'rtnl-strange-'))
  try {
    writeFileSync(join(strange, 'bunfig.toml'), 'preload = ["./preload.js"]\n')
    writeFileSync(join(strange, 'preload.js'), 'console.log("preloaded")\n')
    writeFileSync(join(strange, '.env'), 'RTNL_DEBUG=netlink\n')
    const { status, stdout, stderr } = spawnSync(file, ['show', 'link', '--json'], {
      env: {},
      cwd: strange,
      encoding: 'utf8',
    })
    assert.equal({ status, stderr }, { status: 0, stderr: '' })
    assert.ok(Array.isArray(JSON.parse(stdout)))
  } finally {
    rmSync(strange, { recursive: true })
  }
})

executable('a folder for temporary files that may have no executables is named with what to do', () => {
  const mount = mkdtempSync(join(tmpdir(), 'rtnl-noexec-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'none', mount])
  try {
    const { status, stderr } = run(['show', 'link'], { TMPDIR: mount, BUN_TMPDIR: mount })
    assert.is(status, 1)
    assert.match(stderr, /^rtnl: the socket addon inside this file cannot be loaded \(.*\): set TMPDIR to a folder /)
  } finally {
    execFileSync('umount', [mount])
    rmSync(mount, { recursive: true })
  }
})

executable('a target that there is not, and an addon that was not made, are refused', () => {
  const unknown = bun('--only', 'riscv64')
  assert.is(unknown.status, 1)
  assert.match(unknown.stderr, '--only: "riscv64" is none of x64, arm64, x64-musl, arm64-musl')
  const missing = bun('--only', process.arch, '--addon', join(folder, 'nowhere.node'), '--out', join(folder, 'empty'))
  assert.is(missing.status, 1)
  assert.match(missing.stderr, 'nowhere.node is not there: run `pnpm prebuild` first')
  assert.not(existsSync(join(folder, 'empty', `rtnl-linux-${process.arch}`)))
})

executable.run()
