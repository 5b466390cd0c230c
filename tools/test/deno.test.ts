import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { denoOf } from '../lib/test-process.mjs'

const deno = suite('deno')

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const packages = join(root, 'packages')
/** Those that are pure TypeScript down to the ground. The others need an addon, which JSR cannot load. */
const onJsr = ['names', 'vec-utils']

function run(...words: string[]): string {
  // The compiler of types is done before optimizing it pays.
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1', DENO_V8_FLAGS: '--no-opt' }
  const { status, stdout, stderr } = spawnSync(denoOf(root), words, { cwd: root, env, encoding: 'utf8' })
  assert.is(status, 0, `deno ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout + stderr
}

deno('lint finds nothing', () => {
  run('lint')
})

deno('check finds nothing in sources, examples and what runs the tests', () => {
  const folders = [
    'examples',
    ...readdirSync(packages).flatMap((name) => [`packages/${name}/src`, `packages/${name}/examples`]),
  ]
  run('check', 'tools/deno-tests.ts', ...folders.filter((folder) => existsSync(join(root, folder))))
})

deno('test runs test files and counts them', () => {
  assert.match(run('test', '-A', '--no-check', '--filter', 'packages/names/'), /\b1 passed \| 0 failed/)
})

deno('the packages for JSR are those with a deno.json, in the version of package.json, and can be published', () => {
  assert.equal(
    readdirSync(packages).filter((name) => existsSync(join(packages, name, 'deno.json'))),
    onJsr,
  )
  for (const folder of onJsr) {
    const read = (file: string) => JSON.parse(readFileSync(join(packages, folder, file), 'utf8'))
    const { name, version, license, dependencies } = read('package.json')
    const { name: jsrName, version: jsrVersion, license: jsrLicense } = read('deno.json')
    assert.equal([jsrName, jsrVersion, jsrLicense], [name, version, license])
    assert.is(dependencies, undefined)
  }
  const printed = run('publish', '--dry-run', '--allow-dirty')
  assert.match(printed, 'Dry run complete')
  for (const folder of onJsr) assert.match(printed, `Simulating publish of @rtnl/${folder}@`)
})

deno.run()
