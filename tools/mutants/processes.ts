import { spawn } from 'node:child_process'
import type { DryLine, Order, Reached } from './child.ts'

/** What tests do without a mutant. */
export interface DryRun {
  /** What is reached before the first test. */
  readonly loading: Reached
  readonly tests: readonly {
    readonly number: number
    readonly milliseconds: number
    readonly reached: Reached
  }[]
  /** Numbers of tests that are left out: those that fail, and those that take too long. */
  readonly not: readonly number[]
}

/**
 * @param patience after so many milliseconds without a word the process is killed
 * @returns what it wrote, and whether it ended by itself
 */
function say(
  child: string,
  order: Order,
  patience: number,
): Promise<{ readonly text: string; readonly ended: boolean }> {
  const run = spawn(process.execPath, [child, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  let timer = setTimeout(() => run.kill('SIGKILL'), patience)
  run.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    clearTimeout(timer)
    timer = setTimeout(() => run.kill('SIGKILL'), patience)
  })
  return new Promise((resolve, reject) => {
    run.on('error', reject)
    run.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ text: code === 0 || signal !== null ? text : `${text}exit code ${code}`, ended: signal === null })
    })
  })
}

/**
 * Runs the tests of one module without a mutant. A test that is still running after a while is left out.
 * @param slowest tests that take more milliseconds are left out
 * @throws {Error} the module cannot be run
 */
export async function runDry(child: string, path: string, slowest: number): Promise<DryRun> {
  const tests: DryRun['tests'][number][] = []
  const not: number[] = []
  for (;;) {
    const done = [...not, ...tests.map(({ number }) => number)]
    const order: Order = { mutant: undefined, hits: 0, modules: [{ path, first: [], not: done }] }
    const { text, ended } = await say(child, order, 5000 + 4 * slowest)
    let loading: Reached | undefined
    let count = 0
    for (const line of text.split('\n').filter((part) => part !== '')) {
      let said: DryLine
      try {
        said = JSON.parse(line) as DryLine
      } catch {
        throw new Error(`the tests of ${path} do not run without a mutant: ${line.slice(0, 1000)}`)
      }
      if ('loading' in said) {
        loading = said.loading
        count = said.tests
      } else if (said.error !== undefined || said.milliseconds > slowest) not.push(said.number)
      else tests.push(said)
    }
    if (loading === undefined) throw new Error(`the tests of ${path} do not load`)
    if (ended) return { loading, tests, not }
    const running = Array.from({ length: count }, (_, number) => number).find(
      (number) => !not.includes(number) && !tests.some((test) => test.number === number),
    )
    if (running === undefined) return { loading, tests, not }
    not.push(running)
  }
}

export type Outcome = 'killed' | 'hangs' | 'survives'

/**
 * Runs tests with a mutant.
 * @param slowest how many milliseconds the slowest of them takes without it
 */
export async function runMutant(child: string, order: Order, slowest: number): Promise<Outcome> {
  // A test that takes ten times as long hangs. Other programs may have the processors for some seconds.
  const { text, ended } = await say(child, order, 20_000 + 10 * slowest)
  if (text.trim() !== '') return 'killed'
  return ended ? 'survives' : 'hangs'
}
