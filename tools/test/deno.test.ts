import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const deno = suite('deno')

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const packages = join(root, 'packages')
/** Those that are pure TypeScript down to the ground. The others need an addon, which JSR cannot load. */
const onJsr = ['names', 'vec-utils']

function run(cwd: string, ...words: string[]): string {
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/deno'), words, {
    cwd,
    env,
    encoding: 'utf8',
  })
  assert.is(status, 0, `deno ${words.join(' ')}\n${stdout}${stderr}`)
  return stdout + stderr
}

deno('lint finds nothing', () => {
  run(root, 'lint')
})

deno('check finds nothing in sources and examples', () => {
  const folders = [
    'examples',
    ...readdirSync(packages).flatMap((name) => [`packages/${name}/src`, `packages/${name}/examples`]),
  ]
  run(root, 'check', ...folders.filter((folder) => existsSync(join(root, folder))))
})

deno('test runs test files and counts them', () => {
  assert.match(run(root, 'test', '-A', '--filter', 'packages/names/'), /\b1 passed \| 0 failed/)
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
    assert.match(run(join(packages, folder), 'publish', '--dry-run', '--allow-dirty'), 'Dry run complete')
  }
})

deno.run()
