// `pnpm release:version`: moves the texts of .changeset into CHANGELOG.md and gives all packages their next version.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import readChangesets from '@changesets/read'
import { releaseText, withRelease } from './changelog.mjs'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const CHANGELOG = join(ROOT, 'CHANGELOG.md')
/** Every package has the same version; this one's is read. */
const PACKAGES = join(ROOT, 'packages')
const MANIFEST = join(PACKAGES, 'netlink-core', 'package.json')

/** @returns {string} */
const currentVersion = () => JSON.parse(readFileSync(MANIFEST, 'utf8')).version

/**
 * @param {string} command
 * @param {string[]} args
 * @throws {Error} where the command fails; what it printed stands on the terminal
 */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
}

/**
 * Gives the manifests of JSR, which changesets does not know, their version.
 * @param {string} version
 */
function writeJsrVersions(version) {
  for (const folder of readdirSync(PACKAGES)) {
    const file = join(PACKAGES, folder, 'deno.json')
    if (!existsSync(file)) continue
    writeFileSync(file, readFileSync(file, 'utf8').replace(/("version": ")[^"]+/, `$1${version}`))
  }
}

async function main() {
  const pending = await readChangesets(ROOT)
  if (pending.length === 0) throw new Error('there is no file in .changeset: nothing changed since the last release')
  for (const { id, summary } of pending) {
    try {
      releaseText('', '', [summary])
    } catch (error) {
      throw new Error(`.changeset/${id}.md: ${error instanceof Error ? error.message : error}`)
    }
  }
  const before = currentVersion()
  run('changeset', ['version'])
  const version = currentVersion()
  writeJsrVersions(version)
  const today = new Date().toISOString().slice(0, 10)
  const release = releaseText(
    version,
    today,
    pending.map(({ summary }) => summary),
  )
  writeFileSync(CHANGELOG, withRelease(readFileSync(CHANGELOG, 'utf8'), release))
  console.log(`${before} -> ${version}; read CHANGELOG.md, then commit`)
}

try {
  await main()
} catch (error) {
  console.error(`release:version: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
