import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTestFile } from '../lib/test-file.mjs'

/**
 * A program that is run under a kernel.
 * @typedef {object} Job
 * @property {string} path of the test file or program, relative to the root
 * @property {boolean} isTest whether uvu's summary is what counts, and not the exit code
 * @property {readonly string[]} words its arguments
 * @property {readonly string[]} wants what it needs of the machine besides the kernel, as a test file says it
 * @property {number} timeout in seconds, on a machine that is not emulated
 */

/** What the campaign is called among the suites, which have the names of packages. */
const CAMPAIGN = 'campaign'
/** How long it changes things, in seconds. */
const CAMPAIGN_SECONDS = 60
const CAMPAIGN_SEED = 15
/** Without `--slow`: of these packages the tests that follow and write at random or do a scenario after another. */
const CHOSEN_PACKAGES = ['nexthop', 'route', 'neighbor', 'rule', 'address', 'link', 'bridge']
const CHOSEN_TESTS = /(^|-)(scenarios|exchange|reconcile|random)\b/

/**
 * @param {string} root
 * @returns {string[]} names of the packages that have kernel tests, and the campaign
 */
export function suiteNames(root) {
  const packages = readdirSync(join(root, 'packages'))
  return [...packages.filter((name) => existsSync(join(root, 'packages', name, 'test/kernel'))), CAMPAIGN]
}

/**
 * @param {string} root
 * @param {string} suite
 * @param {{ slow: boolean, tests: readonly string[] }} options `slow`: all tests; `tests`: those whose name contains one of the words
 * @returns {Job[]}
 */
export function jobsOf(root, suite, { slow, tests }) {
  if (suite === CAMPAIGN) {
    const words = ['--seconds', String(CAMPAIGN_SECONDS), '--seed', String(CAMPAIGN_SEED)]
    // Beside what it does it opens tables, looks at all again and again, and shrinks what it finds.
    return [{ path: 'tools/campaign/main.ts', isTest: false, words, wants: [], timeout: CAMPAIGN_SECONDS * 3 }]
  }
  const folder = `packages/${suite}/test/kernel`
  const isChosen = (/** @type {string} */ name) => {
    if (tests.length > 0) return tests.some((word) => name.includes(word))
    return slow || (CHOSEN_PACKAGES.includes(suite) && CHOSEN_TESTS.test(name))
  }
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.ts') && isChosen(name))
    .map((name) => readTestFile(root, `${folder}/${name}`))
    .filter(({ runtimes }) => runtimes.includes('node'))
    .map(({ path, timeout, wants }) => ({ path, isTest: true, words: [], wants, timeout }))
}

/** Programs that are started by other names than a bundle can know: examples, the command line, tests of how Node.js is started. */
const STARTS_SOURCES = /\/examples\/|support\/rtnl|run-self|programs\.ts|\btsx\b/

/**
 * @param {string} root
 * @param {Job} job
 * @returns {boolean} whether it has to run from the sources
 */
export function wantsSources(root, { path }) {
  return STARTS_SOURCES.test(readFileSync(join(root, path), 'utf8'))
}
