import { RUNTIMES } from './test-file.mjs'

/** @typedef {import('./test-file.mjs').Runtime} Runtime */

/**
 * One file on one runtime.
 * @typedef {{ path: string, runtime: Runtime, passed: number, seconds: number, cpuSeconds: number }} Timed
 */

/** How many files are named one by one. */
const NAMED_FILES = 10

/**
 * The part of the workspace that a file belongs to: its package, or its tool.
 * @param {string} path of a test file, relative to the root
 */
function partOf(path) {
  return path.replace(/\/[^/]+$/, '').replace(/\/test(\/.*)?$/, '')
}

/**
 * @param {string} name
 * @param {readonly Timed[]} files
 * @returns {string[]} the tests that passed, the seconds by runtime, and those of the processors by runtime
 */
function rowOf(name, files) {
  const passed = files.reduce((total, file) => total + file.passed, 0)
  const seconds = /** @type {const} */ (['seconds', 'cpuSeconds']).flatMap((kind) =>
    RUNTIMES.map((runtime) => files.reduce((total, file) => total + (file.runtime === runtime ? file[kind] : 0), 0)),
  )
  return [name, String(passed), ...seconds.map((each) => each.toFixed(1))]
}

/**
 * How long each part took, by the clock and on the processors, and which files took longest. Files run at the same time, so that the sum of their times is more than
 * the time that passed.
 * @param {readonly Timed[]} files
 * @returns {string[][]} rows of two tables, and an empty one between them
 */
export function timeTables(files) {
  const parts = [...new Set(files.map(({ path }) => partOf(path)))].sort()
  const slowest = [...files].sort((a, b) => b.seconds - a.seconds).slice(0, NAMED_FILES)
  return [
    ['seconds of', 'tests', ...RUNTIMES, ...RUNTIMES.map((runtime) => `processors: ${runtime}`)],
    ...parts.map((part) =>
      rowOf(
        part,
        files.filter(({ path }) => partOf(path) === part),
      ),
    ),
    rowOf('all', files),
    [],
    ['slowest files', 'runtime', 'seconds', 'of processors'],
    ...slowest.map(({ path, runtime, seconds, cpuSeconds }) => [
      path,
      runtime,
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
    ]),
  ]
}
