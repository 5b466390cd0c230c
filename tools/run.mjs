// `npm start` and `npm test` on a machine where nothing is installed yet: plain JavaScript, no dependencies.
import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './lib/child-environment.mjs'
import { describePnpm } from './lib/pnpm.mjs'
import { missingPrerequisites } from './lib/prerequisites.mjs'
import { runStep } from './lib/step.mjs'
import { withSystemFolders } from './lib/system-path.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const USAGE = `usage: node tools/run.mjs demo [ARGUMENTS OF rtnl demo]
       node tools/run.mjs test [ARGUMENTS OF tools/test.mjs]

Installs the dependencies, builds the addon and runs the demonstration from the sources; or installs, builds, and runs
lint, type check and all tests.`

/** @typedef {{ title: string, command: string, args: string[], env?: NodeJS.ProcessEnv }} Step */

const pnpm = describePnpm(ROOT)

/** @type {Step} */
const FETCH_PNPM = {
  title: `fetching ${pnpm.name}`,
  command: 'npm',
  args: ['install', '--prefix', pnpm.folder, '--no-package-lock', '--no-audit', '--no-fund', pnpm.name],
}
/** @type {Step} */
const INSTALL = { title: 'installing dependencies', command: 'pnpm', args: ['install', '--frozen-lockfile'] }
// What packs and publishes is much, and the demonstration needs none of it.
/** @type {Step} */
const INSTALL_WITHOUT_TOOLS = { ...INSTALL, args: [...INSTALL.args, '--filter', '!@rtnl/tools'] }
const TURBO = ['exec', 'turbo', 'run', '--output-logs=errors-only']
/** @type {Step} */
const BUILD_ADDON = { title: 'building the addon', command: 'pnpm', args: ['--filter', '@rtnl/netlink-core', 'native'] }
/** @type {Step} */
const BUILD = { title: 'building', command: 'pnpm', args: [...TURBO, 'build'] }
/** @type {Step} */
const CHECK = { title: 'checking types and style', command: 'pnpm', args: [...TURBO, 'typecheck', 'lint'] }

/** `beside`: runs while the last step does, and ends it where it fails. @type {Record<string, { steps: Step[], beside?: Step, last: Step }>} */
const TASKS = {
  demo: {
    steps: [INSTALL_WITHOUT_TOOLS, BUILD_ADDON],
    last: {
      title: 'running the demonstration',
      command: process.execPath,
      args: ['--conditions=rtnl-source', '--import', 'tsx', 'packages/cli/src/main.ts', 'demo'],
    },
  },
  test: {
    steps: [INSTALL, BUILD],
    // Tests wait much of their time.
    beside: CHECK,
    last: {
      title: 'testing',
      command: process.execPath,
      args: ['tools/test.mjs'],
      // Tests of the command line start what was built.
      env: { RTNL_TEST_BUILT: '1' },
    },
  },
}

/**
 * Runs the last step, which owns the terminal: its output and its signals are the user's.
 * @param {Step} step
 * @param {NodeJS.ProcessEnv} env
 * @param {Promise<boolean>} beside whether what runs beside it went well: otherwise it is ended
 * @returns {Promise<number>} its exit code
 */
function runLast({ command, args }, env, beside) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' })
  // Ctrl-C reaches the child too: its way of ending decides, not ours. A signal sent to us alone is passed on.
  process.on('SIGINT', () => {})
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  void beside.then((isWell) => isWell || child.kill())
  return Promise.all([ended, beside]).then(([code, isWell]) => (isWell ? code : 1))
}

/**
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main([name, ...rest]) {
  const task = TASKS[name ?? '']
  if (task === undefined) {
    console.error(USAGE)
    return name === '--help' ? 0 : 2
  }
  const missing = missingPrerequisites({
    platform: process.platform,
    nodeVersion: process.versions.node,
    env: process.env,
    path: withSystemFolders(process.env.PATH),
    root: ROOT,
  })
  if (missing.length > 0) {
    for (const line of missing) console.error(`rtnl: ${line}`)
    return 1
  }

  const base = childEnvironment(process.env, ROOT)
  const env = { ...base, PATH: [pnpm.bin, base.PATH].join(delimiter) }
  const steps = pnpm.isInstalled ? task.steps : [FETCH_PNPM, ...task.steps]
  const count = steps.length + (task.beside ? 2 : 1)
  const run = (/** @type {Step} */ step, /** @type {number} */ number) =>
    runStep(`[${number}/${count}] ${step.title}`, step.command, step.args, { cwd: ROOT, env })
  for (const [index, step] of steps.entries()) if (!(await run(step, index + 1))) return 1
  const beside = task.beside ? run(task.beside, count - 1) : Promise.resolve(true)
  console.log(`[${count}/${count}] ${task.last.title}`)
  return runLast({ ...task.last, args: [...task.last.args, ...rest] }, { ...env, ...task.last.env }, beside)
}

process.exitCode = await main(process.argv.slice(2))
