// The test runner: each file on every runtime it is for, kernel tests in processes and namespaces of their own, unit tests of a package together.
import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { childEnvironment } from './lib/child-environment.mjs'
import { namespacePrefix } from './lib/namespace.mjs'
import { runPool } from './lib/pool.mjs'
import { printTable } from './lib/table.mjs'
import { bundleTests } from './lib/test-bundles.mjs'
import { describeWants, findTestFiles, missingWants, RUNTIMES, readTestFile } from './lib/test-file.mjs'
import { inRows, jobsOn } from './lib/test-jobs.mjs'
import { killAllTests, runTestBatch, runTestFile } from './lib/test-process.mjs'
import { timeTables } from './lib/test-times.mjs'

/** @typedef {import('./lib/test-file.mjs').Runtime} Runtime */
/** @typedef {import('./lib/test-file.mjs').TestFile} TestFile */
/** @typedef {import('./lib/test-jobs.mjs').Job} Job */
/** @typedef {import('./lib/test-process.mjs').TestResult} TestResult */

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs of more files than this end with a table of what took how long. */
const TIMED_FROM = 10
/** Most files wait most of the time; those that compute keep the number down by themselves. */
const JOBS_PER_IDLE_PROCESSOR = 8

const USAGE = `usage: node tools/test.mjs [OPTIONS] [FILE or PART OF A PATH...]

Runs the test files of the workspace: all, those named, or those whose path contains one of the words given.

  --unit             only files that need no kernel and no program of the machine
  --kernel           only files under test/kernel/, each in namespaces of its own
  --runtime LIST     on these of ${RUNTIMES.join(', ')} (comma-separated), or on all: every file that can run there
                     (default: unit tests on all; of the kernel tests, on others than Node those that depend on the runtime)
  --jobs N           so many files at a time (default: two for each processor, and more while these are idle)
  --deep             what is random is tried as often as before a release, not a fifth of it
  --slow N           a machine N times as slow, an emulated one: time limits are N times as long
  --help             this text

A file may say in its first lines: "// timeout: SECONDS" (default 300), "// runtimes: node deno", "// serial",
"// alone" (in a process of its own), "// shares: NAME" (runs after other files with the name),
"// wants: root COMMAND": without these it is left out, which is said, but is run in CI.`

/**
 * @param {string[]} argv
 * @returns {{ help: boolean, kinds: boolean[], runtimes: readonly Runtime[] | undefined, jobs: number | undefined, deep: boolean, slow: number, words: string[] }}
 *   `kinds`: which values of `TestFile.kernel` are wanted; where that is `false` alone, files that want a program are not
 * @throws {Error} with a message for the user
 */
function parseOptions(argv) {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      unit: { type: 'boolean', default: false },
      kernel: { type: 'boolean', default: false },
      runtime: { type: 'string' },
      jobs: { type: 'string' },
      deep: { type: 'boolean', default: false },
      slow: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  const names = values.runtime === 'all' ? [...RUNTIMES] : values.runtime?.split(',')
  const unknown = names?.find((name) => !RUNTIMES.some((runtime) => runtime === name))
  if (unknown !== undefined) throw new Error(`--runtime: "${unknown}" is none of ${RUNTIMES.join(', ')}, all`)
  const jobs = values.jobs === undefined ? undefined : Number(values.jobs)
  if (jobs !== undefined && (!Number.isInteger(jobs) || jobs < 1))
    throw new Error(`--jobs: "${values.jobs}" is no count of 1 or more`)
  const slow = Number(values.slow)
  if (!(slow >= 1) || !Number.isFinite(slow)) throw new Error(`--slow: "${values.slow}" is no number of 1 or more`)
  return {
    help: values.help,
    kinds: values.unit === values.kernel ? [false, true] : [values.kernel],
    runtimes: names && RUNTIMES.filter((runtime) => names.includes(runtime)),
    jobs,
    deep: values.deep,
    slow,
    words: positionals,
  }
}

/**
 * The paths that the words choose. A word that names a file chooses it wherever it lies.
 * @param {string[]} words
 * @returns {string[]} relative to the root
 */
function choosePaths(words) {
  const isFile = (/** @type {string} */ word) => existsSync(word) && statSync(word).isFile()
  const named = words.filter(isFile).map((word) => relative(ROOT, resolve(word)))
  const parts = words.filter((word) => !isFile(word))
  if (words.length > 0 && parts.length === 0) return named
  const found = findTestFiles(ROOT).filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)))
  return [...new Set([...named, ...found])]
}

/**
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main(argv) {
  const options = parseOptions(argv)
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const files = choosePaths(options.words)
    .map((path) => readTestFile(ROOT, path))
    .map((file) => ({ ...file, timeout: file.timeout * options.slow }))
    .filter(
      (file) =>
        options.kinds.includes(file.kernel) && (options.kinds.length > 1 || file.wants.length === 0 || file.kernel),
    )
  const machine = { path: process.env.PATH ?? '', isRoot: process.getuid?.() === 0 }
  const sound = files.filter((file) => {
    if (file.problems.length > 0) return false
    const missing = process.env.CI ? [] : missingWants(file, machine)
    if (missing.length > 0) console.log(`left out  ${file.path}: wants ${describeWants(missing)}`)
    return missing.length === 0
  })
  const runtimesOf = (/** @type {TestFile} */ file) =>
    options.runtimes?.filter((runtime) => file.able.includes(runtime)) ?? file.runtimes
  const jobs = RUNTIMES.flatMap((runtime) =>
    jobsOn(
      sound.filter((file) => runtimesOf(file).includes(runtime)),
      runtime,
    ),
  )
  const bundles = await bundleTests(
    ROOT,
    jobs.filter(({ runtime }) => runtime === 'node').flatMap(({ files }) => files.map(({ path }) => path)),
  )
  process.on('exit', bundles.remove)
  const env = {
    ...childEnvironment(process.env, ROOT),
    RTNL_TEST_BUNDLES: bundles.folder,
    NO_COLOR: '1',
    RTNL_TEST_DEEP: options.deep ? '1' : '0',
    RTNL_TEST_SLOW: String(options.slow),
    FORCE_COLOR: undefined,
  }
  const isolation = sound.some(({ kernel }) => kernel) ? namespacePrefix(env) : []

  let passed = 0
  let failed = 0
  /** @type {string[]} */
  const failures = []
  /** @type {import('./lib/test-times.mjs').Timed[]} */
  const times = []
  /** @param {string} subject @param {string[]} problems */
  const fail = (subject, problems) => {
    const line = `FAIL  ${subject}: ${problems.join(', ')}`
    failures.push(line)
    console.log(line)
  }

  for (const { path, problems } of files.filter((file) => file.problems.length > 0)) {
    failed += 1
    fail(path, problems)
  }
  /** @param {TestFile} file @param {Runtime} runtime @param {TestResult} result */
  const report = (file, runtime, result) => {
    const { seconds, cpuSeconds } = result
    passed += result.passed
    failed += result.failed
    times.push({ path: file.path, runtime, passed: result.passed, seconds, cpuSeconds })
    const subject = `${runtime.padEnd(4)}  ${file.path}`
    if (result.problems.length === 0) {
      console.log(
        `ok    ${subject}  ${result.passed} tests  ${seconds.toFixed(1)} s  ${cpuSeconds.toFixed(1)} s of processors`,
      )
    } else {
      fail(subject, result.problems)
      console.log(result.output)
    }
  }
  const settings = { root: ROOT, env, prefix: [], bundled: bundles.complete }
  /** @param {Job} job */
  const run = async ({ files, runtime }) => {
    const results = files.length > 1 ? await runTestBatch(files, runtime, settings) : []
    for (const [index, file] of files.entries()) {
      const result = results[index] ?? runTestFile(file, runtime, { ...settings, prefix: file.kernel ? isolation : [] })
      report(file, runtime, await result)
    }
  }
  const processors = availableParallelism()
  // Half of those that run wait for the kernel, a timer or a program.
  const limits = options.jobs
    ? { least: options.jobs, most: options.jobs }
    : { least: processors * 2, most: processors * JOBS_PER_IDLE_PROCESSOR }
  await runPool(inRows(jobs.filter(({ files }) => !files[0]?.serial)), limits, async (row) => {
    for (const job of row) await run(job)
  })
  await runPool(
    jobs.filter(({ files }) => files[0]?.serial),
    { least: 1, most: 1 },
    run,
  )

  if (times.length > TIMED_FROM) {
    console.log('')
    printTable(timeTables(times))
  }
  if (failures.length > 0) console.log(`\n${failures.join('\n')}`)
  if (passed + failed === 0) console.error('no test was chosen')
  console.log(`\n${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}

for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]))
  process.on(signal, () => {
    killAllTests()
    process.exit(code)
  })

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}
