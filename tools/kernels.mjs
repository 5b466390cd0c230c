// The kernel tests and the campaign under other kernels, each started in an emulator over the files of this machine.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundlePrograms } from './kernels/bundle.mjs'
import { FEATURES } from './kernels/features.mjs'
import { kernelImage } from './kernels/image.mjs'
import { KERNELS } from './kernels/kernels.mjs'
import { jobsOf, suiteNames, wantsSources } from './kernels/suites.mjs'
import { runUnderKernel } from './kernels/under-kernel.mjs'
import { describe } from './kernels/verdict.mjs'
import { printTable } from './lib/table.mjs'

/** @typedef {import('./kernels/kernels.mjs').Kernel} Kernel */
/** @typedef {import('./kernels/under-kernel.mjs').Planned} Planned */
/** @typedef {{ kvm: boolean, slow: boolean, tests: readonly string[], limit: number }} Options */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, '.cache/kernels')

const USAGE = `usage: node tools/kernels.mjs [OPTIONS] [KERNEL...]

Starts kernels of Debian, one after another, over the files of this machine, and runs kernel tests of the packages and the campaign
on Node.js under each. Prints what each kernel has, and kernel x suite. What comes in between is on standard error. Kernels are
fetched once with apt-get and kept in .cache/kernels; the machine is not changed. Wants \`pnpm build\` done, and the Debian packages
qemu-system-x86 and kmod.

  KERNEL         ${KERNELS.map(({ name }) => name).join(', ')} (default: all)
  --suite LIST   only these suites (comma-separated): ${suiteNames(ROOT).join(', ')}
  --test LIST    only test files whose name contains one of these words (comma-separated)
  --slow         all kernel tests; default: scenarios and random operations of the tables, and the campaign for a minute
  --limit N      a program that takes longer than N seconds is ended and counts as failed (default: 1200; 300 with --kvm)
  --features     only find out what each kernel has
  --kvm          let the processors of this machine run the kernel, which is ten times as fast; default: emulate them
  --help         this text

Exit code: 0 all passed, 1 a test failed or a kernel died, 2 wrong usage or something is missing.`

/**
 * @param {string} option
 * @param {string | undefined} list
 * @param {readonly string[]} known
 * @returns {readonly string[]} all where nothing is named
 */
function chosenOf(option, list, known) {
  if (list === undefined) return known
  const names = list.split(',')
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`${option}: "${unknown}" is none of ${known.join(', ')}`)
  return known.filter((name) => names.includes(name))
}

/**
 * @param {readonly string[]} suites
 * @param {Options} options
 * @returns {Promise<Planned[]>} what is run under each kernel
 */
async function planAll(suites, options) {
  const jobs = suites.flatMap((suite) => jobsOf(ROOT, suite, options).map((job) => ({ ...job, suite })))
  const bundled = jobs.filter((job) => !wantsSources(ROOT, job)).map(({ path }) => path)
  const bundleOf = await bundlePrograms(ROOT, bundled, join(CACHE, 'programs'))
  return jobs.map((job) => {
    const program = bundled.includes(job.path)
      ? [bundleOf(job.path)]
      : ['--conditions=rtnl-source', '--import', 'tsx', join(ROOT, job.path)]
    return { ...job, command: ['node', '--expose-gc', ...program, ...job.words] }
  })
}

/**
 * @param {readonly Kernel[]} kernels
 * @param {readonly string[]} suites
 * @param {Options} options
 * @returns {Promise<boolean>} whether all passed
 */
async function runAll(kernels, suites, options) {
  const planned = await planAll(suites, options)
  const names = suites.filter((name) => planned.some(({ suite }) => suite === name))
  const features = [['feature'], ...FEATURES.map(({ name }) => [name])]
  const results = [['suite'], ...names.map((name) => [name])]
  /** @type {string[]} */
  const notes = []
  let passed = true
  for (const kernel of kernels) {
    console.error(`kernel ${kernel.name}: fetching it where it is missing`)
    const image = kernelImage(CACHE, kernel)
    const { has, outcomes } = await runUnderKernel(image, planned, options)
    features[0]?.push(image.release)
    for (const [index, { name }] of FEATURES.entries()) features[index + 1]?.push(has.get(name) ?? '')
    results[0]?.push(image.release)
    for (const [index, name] of names.entries())
      results[index + 1]?.push(describe(outcomes.filter(({ suite }) => suite === name)))
    for (const { path, failed, inapplicable } of outcomes) {
      for (const name of failed) notes.push(`${image.release}: FAILED: ${path}: ${name}`)
      for (const { test, why } of inapplicable) {
        const what = test === undefined ? path : `${path}: ${test}`
        notes.push(`${image.release}: not applicable: ${what}: ${why}`)
      }
      passed &&= failed.length === 0
    }
  }
  printTable(features)
  if (names.length > 0) {
    console.log()
    printTable(results)
    for (const note of notes) console.log(note)
  }
  return passed
}

/**
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      suite: { type: 'string' },
      test: { type: 'string' },
      slow: { type: 'boolean', default: false },
      limit: { type: 'string' },
      features: { type: 'boolean', default: false },
      kvm: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const limit = Number(values.limit ?? (values.kvm ? 300 : 1200))
  if (!Number.isInteger(limit) || limit < 1)
    throw new Error(`--limit: "${values.limit}" is no number of seconds of 1 or more`)
  const names = KERNELS.map(({ name }) => name)
  const wanted = chosenOf('KERNEL', positionals.length === 0 ? undefined : positionals.join(), names)
  const suites = values.features ? [] : chosenOf('--suite', values.suite, suiteNames(ROOT))
  const options = { kvm: values.kvm, slow: values.slow, tests: values.test?.split(',') ?? [], limit }
  if (process.arch !== 'x64') throw new Error(`the kernels are for x64, and this machine is ${process.arch}`)
  if (spawnSync('qemu-system-x86_64', ['--version']).error)
    throw new Error('qemu-system-x86_64 is not found: install the package "qemu-system-x86"')
  const kernels = KERNELS.filter(({ name }) => wanted.includes(name))
  return (await runAll(kernels, suites, options)) ? 0 : 1
}

for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]))
  process.on(signal, () => process.exit(code))

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
