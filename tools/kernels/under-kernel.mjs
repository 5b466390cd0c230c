import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInMachine } from './machine.mjs'
import { NEEDS } from './needs.mjs'
import { describe, judgeReport, kernelLacks, notApplicable, withoutWants } from './verdict.mjs'

/** @typedef {import('./image.mjs').Image} Image */
/** @typedef {import('./guest.mjs').Report} Report */
/** @typedef {import('./suites.mjs').Job} Job */
/** @typedef {import('./verdict.mjs').Verdict} Verdict */
/** @typedef {{ kvm: boolean, limit: number }} Options `limit`: of seconds for each program */
/** @typedef {Job & { suite: string, command: string[] }} Planned */
/** @typedef {Verdict & { suite: string, path: string }} Outcome */
/** @typedef {{ has: Map<string, import('./features.mjs').Answer>, outcomes: Outcome[] }} Result `has`: whether the kernel has a feature, by its name */

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
/** Until a machine has started and tried what the kernel has, emulated, on a busy host, in seconds. */
const START_SECONDS = 600
/** How much slower a machine is: tests wait so many times as long for what is bound to come. */
const SLOWER = { emulated: 4, kvm: 2 }
/** Of a program that failed, in characters. */
const OUTPUT_SHOWN = 6000

/** @param {{ path: string }} job @returns {string | undefined} the feature that all of it needs */
function needOf({ path }) {
  return NEEDS.find((need) => need.path === path && need.tests === undefined)?.feature
}

/**
 * Finds out what a kernel has, and runs programs in one machine; where that dies or hangs, the rest in another one.
 * @param {Image} image
 * @param {readonly Planned[]} planned
 * @param {Options} options
 * @returns {Promise<Result>}
 * @throws {Error} no machine can be started
 */
export async function runUnderKernel(image, planned, options) {
  const result = /** @type {Result} */ ({ has: new Map(), outcomes: [] })
  const begun = /** @type {Set<Planned>} */ (new Set())
  const problem = await runMachine(image, planned, options, result, begun)
  if (result.has.size === 0) throw new Error(`kernel ${image.release}: ${problem}`)
  for (const job of planned) {
    const feature = needOf(job)
    if (feature === undefined || result.has.get(feature) !== 'no') continue
    result.outcomes.push({ ...job, ...notApplicable(kernelLacks(feature)) })
  }
  const left = planned.filter(({ path }) => !result.outcomes.some((outcome) => outcome.path === path))
  if (left.length === 0) return result
  console.error(`kernel ${image.release}: ${problem}`)
  const suspects = left.filter((job) => begun.has(job))
  const rest = left.filter((job) => !begun.has(job))
  if (suspects.length === 0) throw new Error(`kernel ${image.release}: ${problem}`)
  if (suspects.length === 1) {
    const failed = [problem.split('\n')[0] ?? '']
    for (const job of suspects) result.outcomes.push({ ...job, passed: 0, failed, inapplicable: [], seconds: 0 })
  }
  // Where several ran, it is seen which of them it was when each has a machine for itself.
  const more = [...(suspects.length === 1 ? [] : suspects.map((job) => [job])), ...(rest.length === 0 ? [] : [rest])]
  for (const jobs of more) result.outcomes.push(...(await runUnderKernel(image, jobs, options)).outcomes)
  return result
}

/**
 * @param {Image} image
 * @param {readonly Planned[]} planned
 * @param {Options} options
 * @param {Result} result is filled
 * @param {Set<Planned>} begun is filled
 * @returns {Promise<string>} what is wrong if not all has ended
 */
async function runMachine(image, planned, { kvm, limit }, result, begun) {
  console.error(`kernel ${image.release}: what it has`)
  const slower = kvm ? SLOWER.kvm : SLOWER.emulated
  const programs = planned.map(({ path, wants, command, isTest, timeout }) => {
    const needs = needOf({ path })
    return { path, needs, wants, command, isolated: isTest, timeout: Math.min(timeout * slower, limit) }
  })
  // The command line as it was built: from the sources it takes minutes to start there.
  const env = { NO_COLOR: '1', RTNL_TEST_BUILT: '1', RTNL_TEST_SLOW: String(slower) }
  const onLine = (/** @type {string} */ line) => {
    const report = parseReport(line)
    if (report === undefined) return console.error(line)
    if ('has' in report) {
      for (const [name, answer] of report.has) result.has.set(name, answer)
      return
    }
    const job = planned.find(({ path }) => path === report.path)
    if (job === undefined) return
    if ('lacks' in report) {
      result.outcomes.push({ ...job, ...withoutWants(report.lacks) })
      return
    }
    begun.add(job)
    if ('began' in report) return console.error(`  ${image.release}: ${job.path}`)
    const unmet = NEEDS.filter(({ feature }) => result.has.get(feature) === 'no')
    const outcome = { ...judgeReport(job, report, unmet), suite: job.suite, path: job.path }
    result.outcomes.push(outcome)
    console.error(
      `  ${image.release}: ${job.path}: ${describe([outcome])} (${result.outcomes.length}/${planned.length})`,
    )
    if (outcome.failed.length > 0) console.error(report.output.slice(-OUTPUT_SHOWN))
  }
  const { problem } = await runInMachine(image, ['node', 'tools/kernels/guest.mjs', '/run/job/input'], {
    cwd: ROOT,
    input: JSON.stringify({ programs, env, root: ROOT }),
    silence: Math.max(limit + 60, START_SECONDS),
    kvm,
    onLine,
  })
  return problem
}

/**
 * @param {string} line
 * @returns {Report | undefined} `undefined` where it is none: something else that the machine prints
 */
function parseReport(line) {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
