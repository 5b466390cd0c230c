import { describeWants } from '../lib/test-file.mjs'
import { judge } from '../lib/test-process.mjs'

/** @typedef {import('./needs.mjs').Need} Need */

/**
 * What came of a program under a kernel.
 * @typedef {object} Verdict
 * @property {number} passed tests
 * @property {string[]} failed names of tests that failed, or why the whole failed
 * @property {{ test?: string, why: string }[]} inapplicable tests that failed because the kernel lacks what they need; without
 *   a name the whole program, which was not run
 * @property {number} seconds
 */

/** Names of tests that failed, as uvu prints them: `   FAIL  suite  "test"`. */
const FAILED_TEST = /^ *FAIL {2}.*? {2}"(.*)"$/gm

/**
 * @param {string} feature
 * @returns {string} why something that needs it is not applicable
 */
export function kernelLacks(feature) {
  return `the kernel lacks ${feature}`
}

/**
 * The verdict on a program that was not run.
 * @param {string} why
 * @returns {Verdict}
 */
export function notApplicable(why) {
  return { passed: 0, failed: [], inapplicable: [{ why }], seconds: 0 }
}

/**
 * The verdict on a test file that was not run since the machine has not all that it wants.
 * @param {readonly string[]} wants that are missing
 * @returns {Verdict}
 */
export function withoutWants(wants) {
  return notApplicable(`the machine lacks ${describeWants(wants)}`)
}

/**
 * @param {{ path: string, isTest: boolean }} job
 * @param {{ end?: string, output: string, seconds: number }} report
 * @param {readonly Need[]} unmet what the kernel lacks
 * @returns {Verdict}
 */
export function judgeReport({ path, isTest }, { end, output, seconds }, unmet) {
  if (!isTest)
    return { passed: end === undefined ? 1 : 0, failed: end === undefined ? [] : [end], inapplicable: [], seconds }
  const { problems } = judge(output, end)
  const counts = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)$/m.exec(output)
  if (counts === null) return { passed: 0, failed: problems, inapplicable: [], seconds }
  const names = [...output.matchAll(FAILED_TEST)].map(([, name = '']) => name)
  const inapplicable = names.flatMap((test) =>
    unmet
      .filter((need) => need.path === path && need.tests?.includes(test))
      .slice(0, 1)
      .map(({ feature }) => ({ test, why: kernelLacks(feature) })),
  )
  const excused = inapplicable.map(({ test }) => test)
  const failed = names.filter((name) => !excused.includes(name))
  const unnamed = Number(counts[1]) - Number(counts[2]) - names.length
  if (unnamed > 0) failed.push(`${unnamed} tests without a name`)
  // A process that ended badly in another way than by tests that failed.
  if (names.length === 0 && unnamed <= 0) failed.push(...problems)
  else if (end !== undefined && end !== 'exit code 1') failed.push(end)
  return { passed: Number(counts[2]), failed, inapplicable, seconds }
}

/**
 * @param {readonly Verdict[]} verdicts
 * @returns {string} a cell of the table
 */
export function describe(verdicts) {
  const sum = (/** @type {(verdict: Verdict) => number} */ count) =>
    verdicts.reduce((total, verdict) => total + count(verdict), 0)
  const failed = sum((verdict) => verdict.failed.length)
  const inapplicable = sum((verdict) => verdict.inapplicable.length)
  return [
    `${sum(({ passed }) => passed)} passed`,
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(inapplicable > 0 ? [`${inapplicable} not applicable`] : []),
    `${Math.round(sum(({ seconds }) => seconds))} s`,
  ].join(', ')
}
