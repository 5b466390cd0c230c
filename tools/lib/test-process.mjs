import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cutBatch } from './test-batch-results.mjs'
import { mapPlaces } from './test-places.mjs'

/** @typedef {import('./test-file.mjs').Runtime} Runtime */
/** @typedef {import('./test-file.mjs').TestFile} TestFile */
/** @typedef {import('./test-batch-results.mjs').FileRun} FileRun */

/**
 * @typedef {object} TestResult
 * @property {number} passed
 * @property {number} failed at least 1 where there is a problem
 * @property {string[]} problems why the file as a whole failed
 * @property {string} output the end of what it printed
 * @property {number} seconds
 * @property {number} cpuSeconds of processors, in user and kernel mode, of the file's process and of those that it awaited
 */

/** Runs several files in one process. */
const BATCH = fileURLToPath(new URL('test-batch.mjs', import.meta.url))
/** Of a test that floods its output only the end is kept, where uvu's summary is. */
const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024
/** How long to wait for the rest of the output once the process has ended: what it left behind may hold the pipe. */
const DRAIN_MS = 1000
/** What `--import` takes: a path may hold characters that a URL may not. */
const TYPESCRIPT = pathToFileURL(fileURLToPath(new URL('typescript.mjs', import.meta.url))).href

/**
 * Runs a command, tells on descriptor 3 the time that processors spent on it, and ends as it ended. Node.js does not tell the
 * times of children.
 */
const MEASURE = `"$@" 3>&- 2>&1
end=$?
times >&3
exec 3>&-
[ $end -le 128 ] || kill -$((end - 128)) $$
exit $end`

/**
 * Deno itself, where its package has put it: `.bin/deno` starts Node.js first, each time.
 * @param {string} root
 */
export function denoOf(root) {
  const deno = join(root, 'node_modules/deno/deno')
  return existsSync(deno) ? deno : join(root, 'node_modules/.bin/deno')
}

/**
 * Of Node.js. In bundles `import.meta.resolve` is told where the source lies. Most tests are done before it pays to optimize so
 * much of them as V8 would: with a budget six times as large they take a tenth less of the processors, and none takes more.
 */
const NODE_OPTIONS = [
  '--expose-gc',
  '--interrupt-budget=400000',
  '--conditions=rtnl-source',
  '--experimental-import-meta-resolve',
]

/**
 * @param {Runtime} runtime
 * @param {string} root
 * @returns {string[]} the words before the file's name
 */
function runtimeCommand(runtime, root) {
  switch (runtime) {
    case 'node':
      return [process.execPath, ...NODE_OPTIONS, '--import', TYPESCRIPT]
    case 'deno':
      return [denoOf(root), 'run', '-A', '--v8-flags=--expose-gc']
    case 'bun':
      return [join(root, 'node_modules/.bin/bun'), '--expose-gc']
  }
}

/**
 * Judges what a test process printed and how it ended. uvu's own exit code is not enough: it is 0 where a `before` hook
 * throws, where nothing was run, and where tests were skipped.
 * @param {string} output
 * @param {string | undefined} end how the process ended if not with exit code 0
 * @returns {{ passed: number, failed: number, problems: string[] }}
 */
export function judge(output, end) {
  const problems = end === undefined ? [] : [end]
  const summaries = [...output.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm)]
  const [total = 0, passed = 0, skipped = 0] = summaries.at(-1)?.slice(1).map(Number) ?? []
  if (summaries.length === 0) problems.push('printed no summary of uvu')
  else if (summaries.length > 1) problems.push('ran its suites more than once')
  else if (total === 0) problems.push('ran no test')
  if (skipped > 0) problems.push(`skipped ${skipped} tests`)
  if (passed < total) problems.push(`${total - passed} of ${total} tests failed`)
  return { passed, failed: problems.length === 0 ? 0 : Math.max(1, total - passed), problems }
}

/**
 * Signals a whole process group; one that is gone already is no error.
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Process groups that run now. */
const groups = /** @type {Set<number>} */ (new Set())

/** Ends every test that runs now, for a runner that is itself told to end. */
export function killAllTests() {
  for (const group of groups) signalGroup(group, 'SIGKILL')
}

/**
 * The seconds in what `times` of a POSIX shell prints: two lines, of the shell and of its children, each as 1m2.34s in user
 * and in kernel mode.
 * @param {string} text
 * @returns {number} 0 where the command was killed, and nothing is printed
 */
function readTimes(text) {
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)]
  return times.reduce((total, [, minutes, seconds]) => total + Number(minutes) * 60 + Number(seconds), 0)
}

/**
 * @typedef {object} RunOptions
 * @property {string} root
 * @property {NodeJS.ProcessEnv} env
 * @property {string[]} prefix words before the command
 * @property {ReadonlySet<string>} [bundled] files whose bundle Node.js runs in place of them
 */

/**
 * Runs one file on one runtime.
 * @param {TestFile} file
 * @param {Runtime} runtime
 * @param {RunOptions} options
 * @returns {Promise<TestResult>}
 */
export async function runTestFile(file, runtime, options) {
  const { root, env, bundled } = options
  const isBundled = runtime === 'node' && bundled?.has(file.path)
  const path = isBundled ? join(env.RTNL_TEST_BUNDLES ?? '', file.path.replace(/\.ts$/, '.mjs')) : join(root, file.path)
  const run = await runMeasured(runtime, [path], file.timeout, options)
  return resultOf(run, runtime, options)
}

/**
 * Runs files in one process of a runtime, one after the other.
 * @param {readonly TestFile[]} files
 * @param {Runtime} runtime
 * @param {RunOptions} options
 * @returns {Promise<TestResult[]>} of those that began: the others did not where the process ended too early
 */
export async function runTestBatch(files, runtime, options) {
  const mark = `batch ${randomUUID()}`
  const words = [BATCH, mark, ...files.map(({ path }) => join(options.root, path))]
  const timeout = Math.max(...files.map((file) => file.timeout))
  const batch = await runMeasured(runtime, words, timeout, options)
  const runs = cutBatch(batch.output, mark, batch.end)
  // The start of the process, and what its children took, is everybody's.
  const common = batch.cpuSeconds - runs.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0)
  return runs.map((run) => resultOf({ ...run, cpuSeconds: run.cpuSeconds + common / runs.length }, runtime, options))
}

/**
 * Runs a runtime with these words, with standard error where standard output goes, in the order of both.
 * @param {Runtime} runtime
 * @param {readonly string[]} words
 * @param {number} timeout
 * @param {RunOptions} options
 * @returns {Promise<FileRun>}
 */
async function runMeasured(runtime, words, timeout, { root, env, prefix }) {
  const command = ['sh', '-c', MEASURE, 'sh', ...prefix, ...runtimeCommand(runtime, root), ...words]
  const { times, ...run } = await runProcess(command, { cwd: root, env, timeout })
  return { ...run, cpuSeconds: readTimes(times) }
}

/**
 * @param {FileRun} run
 * @param {Runtime} runtime
 * @param {RunOptions} options
 * @returns {TestResult}
 */
function resultOf({ output, end, seconds, cpuSeconds }, runtime, { env }) {
  const bundles = runtime === 'node' ? env.RTNL_TEST_BUNDLES : undefined
  return {
    ...judge(output, end),
    output: bundles === undefined ? output : mapPlaces(output, bundles),
    seconds,
    cpuSeconds,
  }
}

/**
 * Runs a command in a process group of its own, which is gone when this returns.
 * @param {readonly string[]} words
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, timeout: number }} options `timeout` in seconds
 * @returns {Promise<{ end: string | undefined, output: string, times: string, seconds: number }>} `end`: how it ended if not with
 *   exit code 0; `output`: the end of what it printed; `times`: what it wrote to descriptor 3
 */
export async function runProcess([command = '', ...args], { cwd, env, timeout }) {
  const started = performance.now()
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true })
  const [, stdout, stderr, measure] = /** @type {import('node:stream').Readable[]} */ (child.stdio)
  const group = child.pid
  if (group !== undefined) groups.add(group)

  /** @type {Buffer[]} */
  const chunks = []
  let bytes = 0
  for (const stream of [stdout, stderr])
    stream?.on('data', (/** @type {Buffer} */ chunk) => {
      chunks.push(chunk)
      bytes += chunk.length
      while (bytes > OUTPUT_LIMIT_BYTES && chunks.length > 1) bytes -= chunks.shift()?.length ?? 0
    })

  let times = ''
  measure?.on('data', (chunk) => {
    times += chunk
  })

  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    if (group !== undefined) signalGroup(group, 'SIGKILL')
  }, timeout * 1000)
  const closed = new Promise((resolve) => child.once('close', resolve))
  /** @type {string | undefined} */
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`))
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `died of ${signal}` : `exit code ${code}`),
    )
  })
  clearTimeout(timer)
  if (group !== undefined) {
    signalGroup(group, 'SIGKILL')
    groups.delete(group)
    // What came while this process itself was kept waiting is read before an immediate that is set by a timer.
    const drained = new Promise((resolve) => setTimeout(() => setImmediate(resolve), DRAIN_MS).unref())
    await Promise.race([closed, drained])
    for (const stream of [stdout, stderr, measure]) stream?.destroy()
  }

  const output = Buffer.concat(chunks).toString('utf8')
  const end = timedOut ? `timed out after ${timeout} s and was killed` : ended
  return { end, output, times, seconds: (performance.now() - started) / 1000 }
}
