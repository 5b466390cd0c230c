// timeout: 900
// shares: prebuilds
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compilerFor } from '../lib/cross-compiler.mjs'
import { readElf } from '../lib/elf.mjs'
import { describePnpm } from '../lib/pnpm.mjs'
import { namesTaken, newerNames, problemsOf, readNames } from '../lib/portable-addon.mjs'

const published = suite('published addon')

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const core = join(root, 'packages/netlink-core')
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64'
const prebuilt = join(core, 'prebuilds', `linux-${architecture}`, 'netlink.node')
const names = readNames(join(core, 'native/portable/names.txt'))

const program = (...words: string[]) => spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
const prebuild = (...words: string[]) => program(join(root, 'tools/prebuild.mjs'), ...words)
const matrix = (...words: string[]) => program('--import', 'tsx', join(root, 'tools/matrix.mjs'), ...words)

const bun = join(root, 'node_modules/.bin/bun')

let folder: string
/** The package, unpacked from its tarball, in a folder of its own. */
let installed: string
published.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-published-'))
  installed = join(folder, 'node_modules/@rtnl/netlink-core')
  const { status, stderr } = prebuild('--only', architecture)
  assert.is(status, 0, stderr)
  const pnpm = join(describePnpm(root).bin, 'pnpm')
  execFileSync(pnpm, ['--config.ignore-scripts=true', 'pack', '--pack-destination', folder], { cwd: core })
  const [tarball = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed])
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { Connection } from '@rtnl/netlink-core'
try {
  const connection = await Connection.open()
  connection.close()
  console.log('opened')
} catch (error) {
  console.log(error.message)
}
`,
  )
})
published.after(() => rmSync(folder, { recursive: true }))

/** Compiles C++ to a shared object for the tests of what is checked. */
function compile(source: string, ...words: string[]): string {
  const file = join(folder, 'object.node')
  execFileSync(compilerFor(architecture), ['-shared', '-fPIC', '-x', 'c++', '-', '-o', file, ...words], {
    input: source,
  })
  return file
}

const problems = (file: string, change: Partial<Parameters<typeof problemsOf>[1]> = {}) =>
  problemsOf(readElf(file), { architecture, bytes: statSync(file).size, names, nodeApi: new Set(), ...change })

published('takes nothing but what is in the list', () => {
  const taken = namesTaken(readElf(prebuilt))
  assert.ok(taken.includes('recvmmsg'), taken.join(' '))
  // The names as binutils shows them, Node-API and what a compiler can do without (weak, `w`) aside.
  const shown = execFileSync('nm', ['-D', '--undefined-only', '--format=posix', prebuilt], { encoding: 'utf8' })
  const expected = shown
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => name !== '' && !/^(napi_|_ITM_|__gmon_start__$)/.test(name))
  assert.equal(taken, expected.sort())
  assert.equal(
    taken.filter((name) => !names.has(name)),
    [],
  )
})

published('the check finds what other C libraries do not have', () => {
  const found = problems(join(core, 'native/build/netlink.node'), { names: new Set(['malloc']) }).join('\n')
  for (const part of [
    'asks for libraries: libc.so.6',
    'has names with versions, which other C libraries do not have',
    'takes names that are not in the list: ',
    'takes what Node-API 8 does not have: napi_',
  ])
    assert.match(found, part)
})

published('the check finds what a link leaves open', () => {
  const source = 'extern "C" int uv_now(); extern "C" int shown() { return uv_now(); }'
  const object = compile(source, '-nodefaultlibs', '-Wl,-z,execstack,-z,norelro', '-Wl,-rpath,/nowhere')
  const other = architecture === 'x64' ? 'arm64' : 'x64'
  assert.equal(problems(object, { architecture: other, bytes: 1e6 }), [
    `is for ${architecture}, not for ${other}`,
    'has a search path for libraries',
    'makes the stack executable',
    'is linked without full relro (-z relro -z now)',
    'is not stripped',
    'has 1000000 bytes, more than 229376',
    'lacks napi_register_module_v1, node_api_module_get_api_version_v1',
    'shows names to others: shown',
    'takes names that are not in the list: uv_now',
  ])
})

published('the check finds names that are newer than the oldest glibc', () => {
  const object = compile(
    'extern "C" int gettid(); extern "C" int dup(int); int one() { return dup(gettid()); }',
    '-nodefaultlibs',
  )
  const glibc = execFileSync(compilerFor(architecture), ['-print-file-name=libc.so.6'], { encoding: 'utf8' }).trim()
  // gettid(2): "Library support was added in glibc 2.30".
  assert.equal(newerNames(readElf(object), readElf(glibc)), ['takes gettid, which came with glibc 2.30'])
})

published('what was prebuilt for another state of the sources is not packed', () => {
  const { status, stderr } = prebuild('--check', '--only', architecture)
  assert.is(status, 0, stderr)
  const unknown = prebuild('--only', 'vax')
  assert.is(unknown.status, 1)
  assert.is(unknown.stderr, '--only: "vax" is none of x64, arm64\n')
})

published('a bundle: the folder of the addon goes beside it', () => {
  execFileSync(bun, ['build', '--target=node', 'main.mjs', '--outfile', 'bundle/main.mjs'], { cwd: folder })
  const place = join(folder, 'bundle')
  const run = () => execFileSync(process.execPath, [join(place, 'main.mjs')], { encoding: 'utf8' })
  assert.match(run(), /netlink\.node is not there: .* or put its folder prebuilds beside your bundle\n$/)
  cpSync(join(installed, 'prebuilds'), join(place, 'prebuilds'), { recursive: true })
  assert.is(run(), 'opened\n')
})

published('a program of one file, as the README makes it', () => {
  const readme = readFileSync(join(core, 'README.md'), 'utf8')
  const [, command = ''] = /```sh\n(bun build --compile [^`]+)```/.exec(readme) ?? []
  const shell = command
    .replace('bun', bun)
    .replace('main.ts', 'main.mjs')
    .replaceAll('linux-x64', `linux-${architecture}`)
  execFileSync('sh', ['-c', `${shell.trimEnd()} --outfile program`], { cwd: folder, stdio: 'ignore' })
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  renameSync(join(folder, 'program'), join(elsewhere, 'program'))
  // It is not the package that the program finds.
  renameSync(installed, join(folder, 'not-installed'))
  try {
    assert.is(execFileSync(join(elsewhere, 'program'), { cwd: '/', encoding: 'utf8' }), 'opened\n')
  } finally {
    renameSync(join(folder, 'not-installed'), installed)
  }
})

published('another architecture: the package alone, make and a compiler build one', () => {
  rmSync(join(installed, 'prebuilds'), { recursive: true })
  // No Node is asked for anything, and no headers of the system's are found.
  execFileSync('make', ['-s', '-C', join(installed, 'native'), 'NODE=false'], {
    cwd: folder,
    // What is built is what counts here, not how fast it is: a compiler takes half as long.
    env: { ...process.env, CXXFLAGS: '-O0' },
  })
  assert.is(execFileSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' }), 'opened\n')
})

published('the packages run as they are installed on Node, Deno and Bun', () => {
  const { status, stdout, stderr } = matrix('--only', 'node,deno,bun')
  assert.is(status, 0, stderr)
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  assert.equal(
    rows.map(([runtime, , , , imported, job]) => [runtime, imported, job]),
    [
      ['runtime', 'import', 'kernel job'],
      ['node', 'ok', 'ok'],
      ['deno', 'ok', 'ok'],
      ['bun', 'ok', 'ok'],
    ],
  )
})

published('a target that is unknown', () => {
  const { status, stderr } = matrix('--only', 'node,perl')
  assert.is(status, 2)
  assert.is(stderr, '--only: "perl" is none of the targets; --help lists them\n')
})

published.run()
