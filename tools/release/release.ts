// `pnpm release`: everything from a clean checkout to the registry. With --dry-run the registry is one on this machine.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { childEnvironment } from '../lib/child-environment.mjs'
import { describePnpm } from '../lib/pnpm.mjs'
import { runStep } from '../lib/step.mjs'
import { neededBy, type PackedPackage, packAll, press } from '../packing/pack.ts'
import { publishingOrder } from './order.ts'
import { commonVersion, lacking } from './readiness.ts'
import { rehearse } from './rehearse.ts'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const USAGE = `usage: pnpm release [OPTIONS]

Builds, checks and packs everything in a clean checkout, rehearses publishing with a registry on this machine, then
publishes to the npm registry, no package before one that it needs, and makes the tag.

  --dry-run          all but publishing; what a release would refuse is told and does not end the run
  --only ARCH        addons and executables for x64 or arm64 alone; only with --dry-run
  --out FOLDER       where the tarballs and executables are put (build/release)
  --help             this text

Versions and CHANGELOG.md are made before, by \`pnpm release:version\`: see docs/release.md.`

/** A failure that has been told. */
class StepFailed extends Error {}

async function step(title: string, command: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<void> {
  const base = { ...childEnvironment(process.env, ROOT), ...more }
  const env = { ...base, PATH: [describePnpm(ROOT).bin, join(ROOT, 'node_modules/.bin'), base.PATH].join(delimiter) }
  if (!(await runStep(title, command, args, { cwd: ROOT, env }))) throw new StepFailed(title)
}

/** Each tarball with its files, and each executable: bytes and SHA-256. */
function printInventory(packages: readonly PackedPackage[], out: string): void {
  const describe = (file: string): string => {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
    return `${statSync(file).size} bytes, sha256 ${hash}`
  }
  for (const { name, version, file, contents } of packages) {
    console.log(`${name} ${version}: ${describe(file)}`)
    for (const path of contents.keys()) console.log(`    ${path}`)
  }
  for (const name of readdirSync(out)) {
    if (name.startsWith('rtnl-linux-')) console.log(`${name}: ${describe(join(out, name))}`)
  }
}

/** Asks npm for each package: who may publish is npm's business, and its second factor the terminal's. */
function publish(packages: readonly PackedPackage[], version: string): void {
  // Provenance needs an identity that only a CI system gives.
  const provenance = process.env.ACTIONS_ID_TOKEN_REQUEST_URL === undefined ? [] : ['--provenance']
  for (const { name, file } of packages) {
    console.log(`publishing ${name} ${version}`)
    execFileSync('npm', ['publish', file, '--access', 'public', ...provenance], { cwd: ROOT, stdio: 'inherit' })
  }
  execFileSync('git', ['tag', '--annotate', `v${version}`, '--message', `rtnl ${version}`], { cwd: ROOT })
  console.log(`published; push the tag: git push origin v${version}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string', default: join(ROOT, 'build/release') },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(USAGE)
  const dryRun = values['dry-run']
  const { only } = values
  if (only !== undefined && !dryRun) throw new Error('--only: a release is for all architectures; add --dry-run')
  if (only !== undefined && only !== 'x64' && only !== 'arm64')
    throw new Error(`--only: "${only}" is neither x64 nor arm64`)
  const version = commonVersion(ROOT)
  const problems = await lacking(ROOT, version)
  for (const problem of problems) console.log(`${dryRun ? 'a release would be refused' : 'refused'}: ${problem}`)
  if (problems.length > 0 && !dryRun) throw new Error('nothing was published')

  const out = resolve(values.out)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const addons = only === undefined ? [] : ['--only', only]
  // `npm test` checks the types itself, beside the rehearsal of a release.
  const isTest = process.env.RTNL_TEST_BUILT === '1'
  const tasks = isTest ? ['build'] : ['build', 'typecheck']
  const build = ['exec', 'turbo', 'run', '--output-logs=errors-only', ...tasks]
  await step(isTest ? '[1/6] building' : '[1/6] building and checking types', 'pnpm', build)
  await step('[2/6] building the addons for every C library', 'node', ['tools/prebuild.mjs', ...addons])
  console.log('[3/6] packing')
  const packed = await packAll(ROOT, out, { checked: only === undefined })
  const ordered = publishingOrder(ROOT).flatMap((name) => packed.get(name) ?? [])
  // It takes longer than all else: for a part of a release only what has a limit of bytes is pressed.
  const pressed = only === undefined ? ordered : neededBy('@rtnl/route', packed)
  const packages = await Promise.all(ordered.map((one) => (pressed.includes(one) ? press(one) : one)))
  await step('[4/6] checking what is packed', 'node', ['tools/test.mjs', 'tools/test/packed.ts'], {
    RTNL_TEST_TARBALLS: out,
  })
  const targets = only === undefined ? [] : ['--only', only]
  await step('[5/6] making the executables', 'bun', ['tools/executable.mjs', '--out', out, ...targets])
  console.log('[6/6] rehearsing with a registry on this machine')
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-release-'))
  try {
    for (const line of await rehearse(ROOT, folder, packages)) console.log(`      ${line}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  printInventory(packages, out)
  if (dryRun) console.log(`nothing was published: this was a rehearsal of ${version}; all files are in ${out}`)
  else publish(packages, version)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof StepFailed)) console.error(`release: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
