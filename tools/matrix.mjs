// Which runtimes, C libraries and architectures the packages run on: each is tried, from the tarballs.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { childEnvironment } from './lib/child-environment.mjs'
import { ARCHITECTURES } from './lib/cross-compiler.mjs'
import { readElf } from './lib/elf.mjs'
import { namespacePrefix } from './lib/namespace.mjs'
import { namesTaken, newerNames, OLDEST_GLIBC } from './lib/portable-addon.mjs'
import { printTable } from './lib/table.mjs'
import { commandOf, libraryFile } from './matrix/command.mjs'
import { installApp } from './matrix/install.mjs'
import { GLIBC_236, MUSL, TARGETS } from './matrix/targets.mjs'
import { packAll } from './packing/pack.ts'

/** @typedef {import('./matrix/targets.mjs').Target} Target */
/** @typedef {{ done: string[], problem: string | undefined }} Outcome */
/** @typedef {string[]} Row */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, '.cache/matrix')
/** What `app/check.mjs` does, and the exit code that it ends with. */
const STEPS = ['import', 'open', 'dump', 'follow', 'worker', 'close']
const EXIT_CODE = 7
/** Of a failed run, in characters. */
const OUTPUT_SHOWN = 4000
/** An emulated processor needs a minute for what takes a second. */
const TIME_LIMIT_MS = 600_000

const USAGE = `usage: node --import tsx tools/matrix.mjs [OPTIONS]

Packs the packages, installs the tarballs in an empty folder, and runs a check with them on each target, in a network
namespace of its own: ${STEPS.join(', ')}, exit code. Wants \`pnpm build\` and \`pnpm prebuild\` done.
What the machine lacks is fetched once and kept in .cache/matrix: runtimes from the npm registry, C libraries and the
emulator from Debian (with apt-get, which changes nothing of the machine; root is not needed).

  --only LIST   only these targets (comma-separated):
                ${TARGETS.map(({ name }) => name).join(', ')}
  --help        this text`

/**
 * @param {Target} target
 * @param {string} app
 * @param {string[]} prefix
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Outcome>}
 */
async function tryTarget(target, app, prefix, env) {
  /** @type {string[]} */
  let command
  try {
    command = commandOf(target, { root: ROOT, cache: CACHE })
  } catch (error) {
    return { done: [], problem: error instanceof Error ? error.message : String(error) }
  }
  const [name = '', ...words] = [...prefix, ...command, 'check.mjs']
  const child = spawn(name, words, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIME_LIMIT_MS })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  /** @type {number | string} */
  const end = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? ''))
  })
  const done = [...output.matchAll(/^done: (.+)$/gm)].map(([, step]) => step ?? '')
  const [, library] = /^C library: (.+)$/m.exec(output) ?? []
  if (library !== undefined && library !== libraryOf(target))
    return { done, problem: `ran on ${library}, not on ${libraryOf(target)}` }
  const isRight = end === EXIT_CODE && STEPS.every((step) => done.includes(step))
  const after = done.at(-1) ?? 'nothing'
  return {
    done,
    problem: isRight ? undefined : `ended with ${end} after "${after}":\n${output.slice(0, OUTPUT_SHOWN)}`,
  }
}

/**
 * The version of the C library of this machine.
 * @returns {string}
 */
function ownGlibc() {
  const [, version = ''] =
    /glibc (.+)/.exec(spawnSync('getconf', ['GNU_LIBC_VERSION'], { encoding: 'utf8' }).stdout) ?? []
  return version
}

/** @param {Target} target */
function libraryOf({ kind, library }) {
  return `${kind} ${library?.shown ?? ownGlibc()}`
}

/**
 * What cannot be run, such as Node on musl, since nobody publishes a program for it where this machine can get it: the names
 * that the addon takes are looked up in the C library. That of an old glibc is not needed for it: a newer one says since when it has each name.
 * @returns {{ rows: Row[], problems: string[] }}
 */
function inspect() {
  /** @type {Row[]} */
  const rows = []
  /** @type {string[]} */
  const problems = []
  /** @param {string} library @param {'x64' | 'arm64'} architecture @param {number} count @param {string[]} wrong */
  const add = (library, architecture, count, wrong) => {
    rows.push([
      'any other',
      '',
      library,
      architecture,
      'not run',
      wrong.length === 0
        ? `all ${count} names of the addon are in it`
        : `${wrong.length} of ${count} names are not in it`,
    ])
    for (const problem of wrong) problems.push(`${library}, ${architecture}: the addon ${problem}`)
  }
  for (const architecture of ARCHITECTURES) {
    const addon = readElf(join(ROOT, `packages/netlink-core/prebuilds/linux-${architecture}/netlink.node`))
    const taken = namesTaken(addon)
    const glibc = readElf(libraryFile({ architecture, library: GLIBC_236, kind: 'glibc' }, CACHE))
    add(`glibc ${OLDEST_GLIBC.join('.')}`, architecture, taken.length, newerNames(addon, glibc))
    const musl = readElf(libraryFile({ architecture, library: MUSL, kind: 'musl' }, CACHE))
    const given = new Set(musl.symbols.filter(({ defined }) => defined).map(({ name }) => name))
    const missing = taken.filter((name) => !given.has(name)).map((name) => `takes ${name}`)
    add(`musl ${MUSL.shown}`, architecture, taken.length, missing)
  }
  return { rows, problems }
}

/**
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main(argv) {
  const { values } = parseArgs({ args: argv, options: { only: { type: 'string' }, help: { type: 'boolean' } } })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const words = values.only?.split(',')
  const unknown = words?.find((word) => !TARGETS.some(({ name }) => name === word))
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of the targets; --help lists them`)
  const chosen = TARGETS.filter(({ name }) => words === undefined || words.includes(name))

  const architectures =
    words === undefined ? [] : ['--only', [...new Set(chosen.map((one) => one.architecture))].join()]
  const check = spawnSync(process.execPath, [join(ROOT, 'tools/prebuild.mjs'), '--check', ...architectures], {
    encoding: 'utf8',
  })
  if (check.status !== 0) throw new Error(check.stderr.trim())

  /** @type {NodeJS.ProcessEnv} */
  const env = { ...childEnvironment(process.env, ROOT), NO_COLOR: '1' }
  // What the workspace has must not stand in for what a package lacks.
  delete env.NODE_PATH
  delete env.NODE_OPTIONS
  const prefix = namespacePrefix(env)
  mkdirSync(CACHE, { recursive: true })
  const folder = join(CACHE, `run-${process.pid}`)
  const app = join(folder, 'app')
  try {
    mkdirSync(join(folder, 'tarballs'), { recursive: true })
    // Only what is to be tried has to be prebuilt, which was checked above.
    installApp(ROOT, app, await packAll(ROOT, join(folder, 'tarballs'), { checked: false }))
    return await tryAll(chosen, app, prefix, env, words === undefined)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {readonly Target[]} targets
 * @param {string} app
 * @param {string[]} prefix
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} all whether to add what cannot be run
 * @returns {Promise<number>} the exit code
 */
async function tryAll(targets, app, prefix, env, all) {
  /** @type {Row[]} */
  const rows = [['runtime', 'version', 'C library', 'architecture', 'import', 'kernel job']]
  /** @type {string[]} */
  const problems = []
  for (const target of targets) {
    console.error(`trying ${target.name}`)
    const { done, problem } = await tryTarget(target, app, prefix, env)
    if (problem !== undefined) problems.push(`${target.name}: ${problem}`)
    rows.push([
      target.runtime,
      target.version || process.versions.node,
      libraryOf(target),
      target.architecture === process.arch ? target.architecture : `${target.architecture} (qemu-user)`,
      done.includes('import') ? 'ok' : 'FAILS',
      problem === undefined ? 'ok' : `FAILS after ${done.at(-1) ?? 'nothing'}`,
    ])
  }
  if (all) {
    const inspected = inspect()
    rows.push(...inspected.rows)
    problems.push(...inspected.problems)
  }
  printTable(rows)
  for (const problem of problems) console.error(`\n${problem}`)
  return problems.length > 0 ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
