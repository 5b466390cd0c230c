import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findCompiler, missingPrerequisites } from '../lib/prerequisites.mjs'
import { withSystemFolders } from '../lib/system-path.mjs'

const run = join(dirname(fileURLToPath(import.meta.url)), '../run.mjs')

const prerequisites = suite('prerequisites')

let folder: string
prerequisites.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'rtnl-prerequisites-'))
})
prerequisites.after(() => rmSync(folder, { recursive: true }))

const missing = (change: Partial<Parameters<typeof missingPrerequisites>[0]>) =>
  missingPrerequisites({ platform: 'linux', nodeVersion: '20.0.0', env: {}, path: folder, root: folder, ...change })

prerequisites('names everything that is missing, one line each', () => {
  const lines = missing({ nodeVersion: '18.20.4' })
  const subjects = ['Node.js 20', 'a C++ compiler', 'make', 'ip', 'bridge', 'unshare', 'npm']
  assert.is(lines.length, subjects.length, lines.join('\n'))
  for (const [index, subject] of subjects.entries()) assert.ok(lines[index]?.startsWith(subject), lines[index])
  for (const line of lines) assert.not.match(line, '\n')
})

prerequisites('says nothing where all is there', () => {
  for (const name of ['clang++', 'make', 'ip', 'bridge', 'unshare', 'npm'])
    symlinkSync(process.execPath, join(folder, name))
  assert.equal(missing({}), [])
})

prerequisites('a compiler that CXX names counts, with its arguments, and no other', () => {
  assert.is(findCompiler({}, folder), 'clang++')
  assert.is(findCompiler({ CXX: 'clang++ -stdlib=libc++' }, folder), 'clang++ -stdlib=libc++')
  assert.is(findCompiler({ CXX: process.execPath }, ''), process.execPath)
  assert.equal(missing({ env: { CXX: 'no-such-compiler' } }), [
    'the C++ compiler that CXX names, "no-such-compiler", is not found: correct or unset CXX',
  ])
})

prerequisites('another system is refused at once', () => {
  const lines = missing({ platform: 'darwin', nodeVersion: '18.0.0' })
  assert.is(lines.length, 1)
  assert.match(lines[0] ?? '', /^Linux is needed/)
})

prerequisites('finds the folders of the system that an ordinary user lacks on the path', () => {
  assert.is(withSystemFolders('/usr/bin:/sbin'), '/usr/bin:/sbin:/usr/local/sbin:/usr/sbin')
  assert.is(withSystemFolders(undefined), '/usr/local/sbin:/usr/sbin:/sbin')
})

prerequisites('`npm test` without them ends with plain lines and exit code 1', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, 'test'], {
    env: { PATH: '/nonexistent', CXX: 'no-such-compiler' },
    encoding: 'utf8',
  })
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(stderr, /^rtnl: the C\+\+ compiler that CXX names, "no-such-compiler", is not found/m)
  assert.match(stderr, /^rtnl: make is not found: install the package "make"$/m)
  for (const line of stderr.trimEnd().split('\n')) assert.match(line, /^rtnl: /)
})

prerequisites.run()
