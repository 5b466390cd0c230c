// Runs in the machine: finds out what the kernel has, runs programs, some at a time, and prints a line of JSON for each thing that is known.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { namespacePrefix } from '../lib/namespace.mjs'
import { missingWants } from '../lib/test-file.mjs'
import { runProcess } from '../lib/test-process.mjs'
import { FEATURES, parseProbe, probeScript } from './features.mjs'

/**
 * @typedef {object} Program
 * @property {string} path of what it is made of, relative to the root of the checkout
 * @property {string} [needs] name of a feature without which it is not run
 * @property {readonly string[]} wants what of the machine it is not run without
 * @property {string[]} command
 * @property {boolean} isolated whether it wants namespaces made for it
 * @property {number} timeout in seconds
 */

/**
 * What the kernel has, what of the machine a program lacks, that it began, or how it ended.
 * @typedef {{ has: [string, import('./features.mjs').Answer][] } | { path: string, lacks: string[] } | { path: string, began: true } |
 *   { path: string, end?: string, output: string, seconds: number }} Report
 */

/** Of what a program printed, in characters. */
const OUTPUT_REPORTED = 100_000

/** @type {{ programs: Program[], env: Record<string, string>, root: string }} */
const { programs, env: added, root } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const env = { ...process.env, ...added }

/** @param {Report} report */
function tell(report) {
  console.log(JSON.stringify(report))
}

const { stdout } = spawnSync('sh', ['-c', probeScript(FEATURES)], { encoding: 'utf8' })
const has = parseProbe(FEATURES, stdout)
tell({ has: [...has] })

const prefix = namespacePrefix(env)
const machine = { path: process.env.PATH ?? '', isRoot: process.getuid?.() === 0 }
const queue = programs.filter(({ needs }) => needs === undefined || has.get(needs) !== 'no').values()
async function worker() {
  for (const { path, wants, command, isolated, timeout } of queue) {
    const lacks = missingWants({ wants }, machine)
    if (lacks.length > 0) {
      tell({ path, lacks })
      continue
    }
    tell({ path, began: true })
    const words = isolated ? [...prefix, ...command] : command
    const { end, output, seconds } = await runProcess(words, { cwd: root, env, timeout })
    tell({ path, ...(end === undefined ? {} : { end }), output: output.slice(-OUTPUT_REPORTED), seconds })
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, worker))
