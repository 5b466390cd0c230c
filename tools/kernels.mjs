// The kernel tests and the campaign under other kernels, each started in an emulator over the files of this machine.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FEATURES, parseProbe, probeScript } from './kernels/features.mjs'
import { kernelImage } from './kernels/image.mjs'
import { KERNELS } from './kernels/kernels.mjs'
import { runInMachine } from './kernels/machine.mjs'
import { printTable } from './lib/table.mjs'

/** @typedef {import('./kernels/kernels.mjs').Kernel} Kernel */
/** @typedef {{ kvm: boolean, slow: number, words: string[] }} Options */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const CACHE = join(ROOT, '.cache/kernels')
/** Until the machine runs a command, emulated, on a busy host. */
const PROBE_TIMEOUT_SECONDS = 600
/** What all kernel tests of one package may take on a machine that is not emulated. */
const SUITE_TIMEOUT_SECONDS = 900
/** Of a suite that failed, in characters. */
const OUTPUT_SHOWN = 6000

const USAGE = `usage: node tools/kernels.mjs [OPTIONS] [KERNEL...]

Starts kernels of Debian, one after another, over the files of this machine, and runs the kernel tests of the packages on Node.js
under each. Prints what each kernel has, and kernel x suite. Kernels are fetched once with apt-get and kept in .cache/kernels; the
machine is not changed. Wants \`pnpm build\` done, and the Debian packages qemu-system-x86 and kmod.

  KERNEL         ${KERNELS.map(({ name }) => name).join(', ')} (default: all)
  --suite LIST   only the tests of these packages (comma-separated): ${suites().join(', ')}
  --test LIST    only test files whose path contains one of these words (comma-separated)
  --features     only find out what each kernel has
  --kvm          let the processors of this machine run the kernel, which is ten times as fast; default: emulate them
  --slow N       how much slower the machine is (default: 20; 2 with --kvm): time limits are N times as long
  --help         this text

Exit code: 0 all passed, 1 a test failed or a kernel died, 2 wrong usage or something is missing.`

/** @returns {string[]} the packages that have kernel tests */
function suites() {
  return readdirSync(join(ROOT, 'packages')).filter((name) =>
    statSync(join(ROOT, 'packages', name, 'test/kernel'), { throwIfNoEntry: false })?.isDirectory(),
  )
}

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
 * @param {import('./kernels/image.mjs').Image} image
 * @param {string} suite
 * @param {Options} options
 * @returns {Promise<{ cell: string, passed: boolean }>}
 */
async function runSuite(image, suite, { kvm, slow, words }) {
  const started = Date.now()
  const folder = `packages/${suite}/test/kernel/`
  const chosen = words.length === 0 ? [folder] : findIn(folder, words)
  if (chosen.length === 0) return { cell: '-', passed: true }
  const command = ['node', 'tools/test.mjs', '--kernel', '--runtime', 'node', '--slow', String(slow), ...chosen]
  const { output, problem } = await runInMachine(image, command, {
    cwd: ROOT,
    timeout: SUITE_TIMEOUT_SECONDS * slow,
    kvm,
  })
  const [, passed, failed] = output.match(/(\d+) passed, (\d+) failed\s*$/) ?? []
  const seconds = Math.round((Date.now() - started) / 1000)
  if (failed === '0') return { cell: `${passed} passed, ${seconds} s`, passed: true }
  console.error(`${output.slice(-OUTPUT_SHOWN)}\n${problem}`)
  return { cell: failed === undefined ? 'died' : `${failed} FAILED, ${passed} passed`, passed: false }
}

/**
 * @param {string} folder
 * @param {string[]} words
 * @returns {string[]} the test files of the folder whose path contains one of the words
 */
function findIn(folder, words) {
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.test.ts') && words.some((word) => name.includes(word)))
    .map((name) => folder + name)
}

/**
 * @param {readonly Kernel[]} kernels
 * @param {readonly string[]} chosen suites
 * @param {Options} options
 * @returns {Promise<boolean>} whether all passed
 */
async function runAll(kernels, chosen, options) {
  const features = [['feature'], ...FEATURES.map(({ name }) => [name])]
  const results = [['suite'], ...chosen.map((name) => [name])]
  let passed = true
  for (const kernel of kernels) {
    console.error(`kernel ${kernel.name}: fetching it where it is missing`)
    const image = kernelImage(CACHE, kernel)
    console.error(`kernel ${image.release}: what it has`)
    const probe = await runInMachine(image, ['sh', '-c', probeScript(FEATURES)], {
      cwd: ROOT,
      timeout: PROBE_TIMEOUT_SECONDS,
      kvm: options.kvm,
    })
    if (probe.status === undefined) throw new Error(`kernel ${image.release}: ${probe.problem}\n${probe.output}`)
    const has = parseProbe(FEATURES, probe.output)
    features[0]?.push(image.release)
    for (const [index, { name }] of FEATURES.entries()) features[index + 1]?.push(has.get(name) ? 'yes' : 'no')
    results[0]?.push(image.release)
    for (const [index, suite] of chosen.entries()) {
      console.error(`kernel ${image.release}: ${suite}`)
      const result = await runSuite(image, suite, options)
      console.error(`kernel ${image.release}: ${suite}: ${result.cell}`)
      passed &&= result.passed
      results[index + 1]?.push(result.cell)
    }
  }
  printTable(features)
  if (chosen.length > 0) {
    console.log()
    printTable(results)
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
      features: { type: 'boolean', default: false },
      kvm: { type: 'boolean', default: false },
      slow: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const slow = Number(values.slow ?? (values.kvm ? 2 : 20))
  if (!(slow >= 1) || !Number.isFinite(slow)) throw new Error(`--slow: "${values.slow}" is no number of 1 or more`)
  const names = KERNELS.map(({ name }) => name)
  const wanted = chosenOf('KERNEL', positionals.length === 0 ? undefined : positionals.join(), names)
  const chosen = values.features ? [] : chosenOf('--suite', values.suite, suites())
  if (process.arch !== 'x64') throw new Error(`the kernels are for x64, and this machine is ${process.arch}`)
  if (spawnSync('qemu-system-x86_64', ['--version']).error)
    throw new Error('qemu-system-x86_64 is not found: install the package "qemu-system-x86"')
  const kernels = KERNELS.filter(({ name }) => wanted.includes(name))
  const words = values.test?.split(',') ?? []
  return (await runAll(kernels, chosen, { kvm: values.kvm, slow, words })) ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
