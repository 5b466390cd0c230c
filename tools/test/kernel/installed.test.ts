// timeout: 900
// wants: nats-server
// shares: prebuilds
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { sampled } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Installation,
  type Installer,
  install,
  installers,
  onceCommand,
  prepareFolder,
  scriptCommand,
} from '../../packing/installing.ts'
import { packOthers } from '../../packing/others.ts'
import { packAll, packageFolders } from '../../packing/pack.ts'
import { readPromises } from '../../packing/readme.ts'
import { Registry } from '../../packing/registry.ts'
import { run } from '../../packing/run.ts'

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
const here = { cwd: root, env: process.env }
/** How many installations run side by side. */
const lanes = 2
/** Whether every package manager installs each package alone. */
const isDeep = process.env.RTNL_TEST_DEEP === '1'

interface Printed {
  readonly arguments?: readonly string[]
  readonly lines: readonly string[]
  /** Whether it goes on to follow something. Others end by themselves. */
  readonly stays?: true
}

/** What the example of a README prints here. */
const printed: Readonly<Record<string, Printed>> = {
  '@rtnl/vec-utils': {
    lines: [
      '1',
      'undefined',
      '2 4 24',
      'RangeError: id must be an integer from 0 to 4294967295 (u32), got 4294967296',
      'second',
      'third',
      'first',
    ],
  },
  '@rtnl/names': { lines: ['bgp', '186', '201', 'dead,onlink'] },
  '@rtnl/netlink-core': { lines: ['lo 127.0.0.1/8', 'v1 10.0.1.1/24', 'v0 10.0.0.1/24'] },
  '@rtnl/notifier': { stays: true, lines: ['listening: on'] },
  '@rtnl/live-table': {
    stays: true,
    lines: [
      'added 0 (dump): fwmark any table 255',
      'added 32766 (dump): fwmark any table 254',
      'added 32767 (dump): fwmark any table 253',
      'synced: 3 rules',
    ],
  },
  '@rtnl/link': { lines: ['1 lo device up', '2 v1 veth up', '3 v0 veth up'] },
  '@rtnl/address': {
    lines: ['interface 1: 127.0.0.1/8', 'interface 2: 10.0.1.1/24', 'interface 3: 10.0.0.1/24', 'interface 1: ::1/128'],
  },
  '@rtnl/rule': { lines: ['0: from all table 255', '32766: from all table 254', '32767: from all table 253'] },
  '@rtnl/nexthop': { stays: true, lines: ['0 nexthops', 'synced: 0 entries'] },
  '@rtnl/route': { stays: true, lines: ['IPv4 default: none', 'IPv6 default: none'] },
  '@rtnl/fake-kernel': {
    lines: [
      'both uplinks are up: default via 198.51.100.1',
      'the first one is down: default via 203.0.113.1',
      'it is up again: default via 198.51.100.1',
    ],
  },
  '@rtnl/fleet': {
    lines: ['added lo of leaf1', 'added v1 of leaf1', 'added v0 of leaf1', 'nodes: leaf1'],
  },
  '@rtnl/metrics': { stays: true, lines: ['metrics at http://127.0.0.1:9479/metrics'] },
  '@rtnl/recorder': {
    lines: ['live: lo v1 v0', 'replayed: lo v1 v0', 'noted: this is where it failed'],
  },
  '@rtnl/web': {
    lines: ['3 rules', '0: from all lookup local', '32766: from all lookup main', '32767: from all lookup default'],
  },
  '@rtnl/agent': { lines: ['ok', 'own namespace: link, rule'] },
  '@rtnl/tables': {
    lines: [
      '0:\tfrom all lookup local',
      '32766:\tfrom all lookup main',
      '32767:\tfrom all lookup default',
      '0:\tfrom all lookup local',
      '32766:\tfrom all lookup main',
    ],
  },
  '@rtnl/explain': {
    lines: [
      'rule: the rules of tables local and main look them up at once, which have 127.0.0.0/8',
      'route: 127.0.0.2 is an address of this host: the packet is delivered here; the kernel says the same',
      'delivered',
    ],
  },
  '@rtnl/neighbor': { arguments: ['v0'], stays: true, lines: ['0 neighbours of v0'] },
  '@rtnl/bridge': { arguments: ['v0'], stays: true, lines: ['0 VNIs of v0'] },
  '@rtnl/evpn': { stays: true, lines: ['0 remote addresses in 0 VNIs'] },
  // The first one writes the routes, and the others find them there.
  '@rtnl/reconcile': { stays: true, lines: ['2 routes are kept'] },
}

const folder = mkdtempSync(join(tmpdir(), 'rtnl-installed-'))

/** A registry that has all packages, and two interfaces for their examples. */
async function prepare(): Promise<Registry> {
  for (const command of [
    'link add v0 type veth peer name v1',
    'address add 10.0.0.1/24 dev v0',
    'address add 10.0.1.1/24 dev v1',
    'link set v0 addrgenmode none up',
    'link set v1 addrgenmode none up',
  ])
    execFileSync('ip', command.split(' '))
  await run('node', ['tools/prebuild.mjs', '--only', process.arch], here)
  mkdirSync(join(folder, 'tarballs'))
  const packed = await packAll(root, join(folder, 'tarballs'), { checked: false })
  const registry = await Registry.start(join(folder, 'registry'))
  const tarballs = [...packed.values()].map(({ file }) => file)
  // All that they need of others: nothing is fetched from elsewhere.
  await inLanes([...tarballs, ...packOthers(root, join(folder, 'others'))], (file) => registry.publish(file))
  return registry
}

// Not in a hook: what fails in one is not told.
const registry = await prepare()
const nats = spawn('nats-server', ['-js', '-a', '127.0.0.1', '-sd', join(folder, 'nats')], { stdio: 'ignore' })
const installed = suite('installed packages')

installed.after(async () => {
  await registry.stop()
  nats.kill()
  rmSync(folder, { recursive: true })
})

/** Does something with all items, some at a time. */
async function inLanes<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Where something was installed by Deno before. */
function strangerIn(cwd: string): { cwd: string; env: NodeJS.ProcessEnv } {
  const env = { ...process.env, DENO_DIR: join(folder, 'home-deno', 'deno'), NO_COLOR: '1' }
  return { cwd, env: { ...env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` } }
}

/** Runs a command until it ends, or has printed so many lines and is ended, and gives the lines. */
async function linesOf([command = '', ...args]: readonly string[], { cwd, env }: Installation, count: number) {
  // Some commands are scripts that start the runtime: all of it is to end.
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const exited = once(child, 'exit')
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) if (lines.push(line.trimEnd()) === count) break
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid)
  const [code, signal] = await exited
  return { lines, complaints, end: signal ?? code }
}

const folders = packageFolders(root)
const withExample = [...folders].flatMap(([name, source]) => {
  const { packages, example, permissions } = readPromises(source)
  return example === undefined ? [] : [{ name, packages, example, permissions }]
})
const placeOf = (name: string, installer: Installer): string => join(folder, `${installer}-${name.split('/')[1]}`)
/** Where all packages are installed in one project. */
const allOf = (installer: Installer): string => join(folder, `${installer}-all`)
const tsgo = join(root, 'tools/node_modules/.bin/tsgo')
/** The compiler of TypeScript 5, which is done before it pays to optimize so much of it as V8 would. */
const tsc = [process.execPath, '--interrupt-budget=400000', join(root, 'tools/node_modules/typescript/bin/tsc')]
const exampleOf = (name: string): string => `example-${name.split('/')[1]}`

installed('all packages but the command line have an example', () => {
  assert.equal(withExample.map(({ name }) => name).sort(), Object.keys(printed).sort())
  assert.equal(withExample.length, folders.size - 1)
})

/** Runs the example of a package where the package is installed, and compares what it prints. */
async function runExample({ name, example, permissions }: (typeof withExample)[number], place: Installation) {
  const file = exampleOf(name)
  for (const extension of ['mjs', 'ts']) writeFileSync(join(place.cwd, `${file}.${extension}`), example)
  const { arguments: args = [], lines: expected, stays } = printed[name] ?? { lines: [] }
  const script = scriptCommand(place, `${file}.mjs`, permissions)
  const isKeeping = name === '@rtnl/reconcile'
  const count = stays ? expected.length + (isKeeping ? 2 : 0) : Number.POSITIVE_INFINITY
  const { lines, complaints, end } = await linesOf([...script, ...args], place, count)
  assert.equal(isKeeping ? lines.slice(2) : lines, expected, `${name}: ${lines.join('\n')}${complaints}`)
  assert.is(end, stays ? 'SIGTERM' : 0, `${name}: ${complaints}`)
  if (isKeeping) execFileSync('ip', 'route flush table 100'.split(' '))
}

// What a package lacks among its dependencies shows where nothing else is installed: Bun takes least time for it.
for (const installer of isDeep ? installers : (['bun'] as const))
  installed(`${installer}: each alone, by its install line, runs its example as it stands`, () =>
    inLanes(withExample, async (one) => {
      const { packages } = one
      const place = await install(root, placeOf(one.name, installer), { installer, packages, registry: registry.url })
      await runExample(one, place)
    }),
  )

/**
 * The examples that are run where all packages are in one project: on Node and on Deno once all, and some with each other tool, as
 * Bun has run each alone. With Yarn each takes longest to start.
 */
function examplesOf(installer: Installer): readonly (typeof withExample)[number][] {
  if (installer === 'pnpm' || installer === 'deno') return withExample
  const some = sampled(withExample, installers.indexOf(installer))
  return installer === 'yarn' ? sampled(some) : some
}

for (const installer of installers)
  installed(`${installer}: all in one project import each other and run their examples as they stand`, async () => {
    const packages = [...new Set([...folders.keys(), ...withExample.flatMap((one) => one.packages)])]
    const place = await install(root, allOf(installer), { installer, packages, registry: registry.url })
    const imports = [...folders.keys()].map((name) => `import '${name}'\n`)
    writeFileSync(join(place.cwd, 'all.mjs'), imports.join(''))
    const all = scriptCommand(place, 'all.mjs', ['--allow-env', '--allow-read', '--allow-sys'])
    const { complaints, end } = await linesOf(all, place, Number.POSITIVE_INFINITY)
    assert.is(end, 0, complaints)
    await inLanes(examplesOf(installer), (one) => runExample(one, place))
  })

installed('deno: an example without the permission that its README names says which', () =>
  inLanes(sampled(withExample), async ({ name, permissions }) => {
    if (permissions.length === 0) return
    const others = permissions.filter((permission) => permission !== '--allow-ffi')
    assert.is(others.length, permissions.length - 1, name)
    const place: Installation = { ...strangerIn(allOf('deno')), installer: 'deno' }
    const { arguments: args = [] } = printed[name] ?? {}
    const { lines, complaints } = await linesOf(
      [...scriptCommand(place, `${exampleOf(name)}.mjs`, others), ...args],
      place,
      1,
    )
    assert.equal(lines, [], name)
    assert.match(complaints, 'Deno needs --allow-ffi', name)
  }),
)

for (const {
  compiler,
  command: [command = '', ...words],
  resolution,
  lib,
} of [
  // What needs nothing of browsers' needs no types of theirs.
  { compiler: 'tsc', command: tsc, resolution: 'nodenext', lib: ['--lib', 'es2022,esnext.disposable'] },
  { compiler: 'tsgo', command: [tsgo], resolution: 'bundler', lib: [] },
])
  installed(
    `${compiler}: their examples type check with moduleResolution ${resolution}, declarations included`,
    async () => {
      const options = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', 'false']
      const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
      const files = withExample.map(({ name }) => join(allOf('pnpm'), `${exampleOf(name)}.ts`))
      const module = ['--module', resolution === 'nodenext' ? 'nodenext' : 'esnext', '--moduleResolution', resolution]
      writeFileSync(join(allOf('pnpm'), 'package.json'), '{"type":"module"}\n')
      await run(command, [...words, ...options, ...module, ...lib, ...types, ...files], here)
    },
  )

installed('npm install --global: the command and its manual', async () => {
  const prefix = join(folder, 'global')
  const place = prepareFolder(root, join(folder, 'for-global'), { installer: 'npm', registry: registry.url })
  // What npm installs globally has nothing to do with the settings of the folder.
  const words = ['install', '--global', '--no-audit', '--no-fund', '--prefix', prefix, '--registry', registry.url]
  await run('npm', [...words, '@rtnl/cli'], place)
  const { stdout } = await run(join(prefix, 'bin/rtnl'), ['--version'], place)
  assert.is(stdout.trim(), JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')).version)
  assert.match(readFileSync(join(prefix, 'share/man/man1/rtnl.1'), 'utf8'), /^\.TH/m)
})

installed('their declarations need no types of a runtime', async () => {
  const place = { cwd: allOf('npm'), env: process.env }
  const imports = [...folders.keys()].map((name, index) => `export * as package${index} from '${name}'\n`)
  writeFileSync(join(place.cwd, 'all.mts'), imports.join(''))
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false']
  await run(tsgo, [...options, '--typeRoots', join(folder, 'none'), 'all.mts'], place)
})

for (const platform of ['darwin', 'win32'])
  installed(`all import on ${platform}, where opening a socket says what is wrong`, async () => {
    const script = join(allOf('npm'), `${platform}.mjs`)
    writeFileSync(
      script,
      `Object.defineProperty(process, 'platform', { value: '${platform}' })
for (const name of ${JSON.stringify([...folders.keys()])}) await import(name)
const { LinkTable } = await import('@rtnl/link')
await LinkTable.open().catch((error) => console.log(error.name, error.message))
`,
    )
    const { stdout } = await run('node', [script], here)
    assert.match(stdout, new RegExp(`^UnsupportedError .*${platform}`))
  })

installed('examples type check on Deno', async () => {
  const files = withExample.map(({ name }) => `${exampleOf(name)}.ts`)
  await run('deno', ['check', ...files], strangerIn(allOf('deno')))
})

installed('rtnl runs without being installed, by every tool', () =>
  inLanes(installers, async (installer) => {
    const place = prepareFolder(root, join(folder, `once-${installer}`), { installer, registry: registry.url })
    const [command = '', ...args] = onceCommand(installer, '@rtnl/cli', ['--allow-ffi'])
    const { stdout } = await run(command, [...args, 'show', 'link', '--json'], place)
    const links: { ifname: string }[] = JSON.parse(stdout.slice(stdout.indexOf('[')))
    assert.equal(links.map(({ ifname }) => ifname).sort(), ['lo', 'v0', 'v1'], installer)
  }),
)

installed.run()
