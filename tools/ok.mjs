// `pnpm ok`: what a commit has to pass and what can be known in a minute. `npm test` is the whole.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from './lib/child-environment.mjs'
import { killAllTests, runProcess } from './lib/test-process.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
/** Seconds after which a check is taken for hung. */
const TIMEOUT_SECONDS = 600

/** @typedef {{ name: string, words: string[] }} Check */

const bin = (/** @type {string} */ name, folder = '.') => join(ROOT, folder, 'node_modules/.bin', name)
const test = (/** @type {string[]} */ ...words) => [process.execPath, 'tools/test.mjs', '--runtime', 'node', ...words]

/** Rows run at the same time, and those of a row one after the other: packages are packed when they are built. @type {readonly Check[][]} */
const CHECKS = [
  [
    { name: 'build and types', words: [bin('turbo'), 'run', 'build', 'typecheck', '--output-logs=errors-only'] },
    { name: 'exports', words: test('tools/test/packed.ts') },
  ],
  [{ name: 'format and lint', words: [bin('biome'), 'check', '--error-on-warnings', '.'] }],
  [{ name: 'dead code', words: [bin('knip', 'tools'), '--no-progress'] }],
  [{ name: 'unit tests', words: test('--unit', 'packages/', 'bench/', 'tools/fuzz/') }],
]

/**
 * What of an output tells why a check failed: not the tests that passed.
 * @param {string} output
 */
function withoutPassed(output) {
  return output.replaceAll(/^ok {4}.*\n/gm, '').trimEnd()
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const started = performance.now()
  const env = { ...childEnvironment(process.env, ROOT), NO_COLOR: '1', FORCE_COLOR: undefined }
  /** @type {Check[]} */
  const failed = []
  const run = async (/** @type {readonly Check[]} */ row) => {
    for (const check of row) {
      const { end, output, seconds } = await runProcess(check.words, { cwd: ROOT, env, timeout: TIMEOUT_SECONDS })
      console.log(`${end === undefined ? 'ok    ' : 'FAIL  '}${check.name}  ${seconds.toFixed(1)} s`)
      if (end === undefined) continue
      failed.push(check)
      console.log(withoutPassed(output))
    }
  }
  await Promise.all(CHECKS.map(run))
  console.log(
    `\n${failed.length === 0 ? 'all is well' : 'failed'} after ${Math.round((performance.now() - started) / 1000)} s`,
  )
  for (const { name, words } of failed) console.log(`FAIL  ${name}: ${words.join(' ').replaceAll(`${ROOT}/`, '')}`)
  return failed.length === 0 ? 0 : 1
}

for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]))
  process.on(signal, () => {
    killAllTests()
    process.exit(code)
  })

process.exitCode = await main()
