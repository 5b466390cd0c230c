// timeout: 900
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
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

const tool = (file: string, ...words: string[]) =>
  spawnSync(process.execPath, [join(root, 'tools', file), ...words], { encoding: 'utf8' })

let folder: string
published.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-published-'))
  const { status, stdout, stderr } = tool('prebuild.mjs', '--only', architecture)
  assert.is(status, 0, stderr)
  assert.match(stdout, `linux-${architecture}: ${statSync(prebuilt).size} bytes`)
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
  const { status, stderr } = tool('prebuild.mjs', '--check', '--only', architecture)
  assert.is(status, 0, stderr)
  const unknown = tool('prebuild.mjs', '--only', 'vax')
  assert.is(unknown.status, 1)
  assert.is(unknown.stderr, '--only: "vax" is none of x64, arm64\n')
})

published('another architecture: the package alone, make and a compiler build one', () => {
  const pnpm = join(describePnpm(root).bin, 'pnpm')
  execFileSync(pnpm, ['--config.ignore-scripts=true', 'pack', '--pack-destination', folder], { cwd: core })
  const [tarball = ''] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  const place = join(folder, 'node_modules/@rtnl/netlink-core')
  mkdirSync(place, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', place])
  rmSync(join(place, 'prebuilds'), { recursive: true })
  // No Node is asked for anything, and no headers of the system's are found.
  execFileSync('make', ['-s', '-C', join(place, 'native'), 'NODE=false'], { cwd: folder })
  const script = `import('@rtnl/netlink-core').then(async ({ Connection }) => {
    const connection = await Connection.open()
    connection.close()
    console.log('opened')
  })`
  assert.is(execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }), 'opened\n')
})

published('the packages run as they are installed on Node, Deno and Bun', () => {
  const { status, stdout, stderr } = tool('matrix.mjs', '--only', 'node,deno,bun')
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
  const { status, stderr } = tool('matrix.mjs', '--only', 'node,perl')
  assert.is(status, 2)
  assert.is(stderr, '--only: "perl" is none of the targets; --help lists them\n')
})

published.run()
