import { DEFAULT_TIMEOUT_SECONDS } from './test-file.mjs'

/** @typedef {import('./test-file.mjs').Runtime} Runtime */
/** @typedef {import('./test-file.mjs').TestFile} TestFile */
/**
 * Files that one process of a runtime runs, one after the other.
 * @typedef {{ files: readonly TestFile[], runtime: Runtime }} Job
 */

/** So many files at most are in one process: enough that its start does not matter, and few enough to share out. */
const MOST_IN_PROCESS = 12

/** @param {TestFile} file */
const packageOf = ({ path }) => path.replace(/\/test\/.*/, '')

/**
 * The files that run on a runtime, shared out to processes: unit tests of a package together, others alone.
 * @param {readonly TestFile[]} files
 * @param {Runtime} runtime
 * @returns {Job[]}
 */
export function jobsOn(files, runtime) {
  const together = files.filter((file) => !file.alone)
  const batches = [...new Set(together.map(packageOf))].flatMap((name) => {
    const own = together.filter((file) => packageOf(file) === name)
    const count = Math.ceil(own.length / MOST_IN_PROCESS)
    return Array.from({ length: count }, (_, part) => own.filter((_, index) => index % count === part))
  })
  const alone = files.filter((file) => file.alone).map((file) => [file])
  return [...batches, ...alone].map((each) => ({ files: each, runtime }))
}

/**
 * Rows of jobs of which each waits for the one before: files that share something, which take longest and so begin first, and
 * each other job by itself. Those that say that they may take long begin before others, and kernel tests, which wait much, before unit
 * tests, which compute: at the end all processors have something to do.
 * @param {readonly Job[]} jobs
 * @returns {Job[][]}
 */
export function inRows(jobs) {
  const sharedBy = (/** @type {Job} */ { files }) => files[0]?.shares
  const limitOf = (/** @type {Job} */ { files }) => Math.max(...files.map(({ timeout }) => timeout))
  const isLong = (/** @type {Job} */ job) => limitOf(job) > DEFAULT_TIMEOUT_SECONDS
  const isKernel = (/** @type {Job} */ { files }) => files[0]?.kernel === true
  const order = (/** @type {Job} */ job) => (isLong(job) ? -limitOf(job) : isKernel(job) ? 0 : 1)
  const names = new Set(jobs.flatMap((job) => sharedBy(job) ?? []))
  const shared = [...names].map((name) => jobs.filter((job) => sharedBy(job) === name))
  const others = jobs.filter((job) => sharedBy(job) === undefined)
  return [...shared, ...others.sort((one, other) => order(one) - order(other)).map((job) => [job])]
}
