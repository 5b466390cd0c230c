// Runs tests in a process of its own, with at most one mutant active, up to the first that fails.
import { writeSync } from 'node:fs'
import { kept } from './suites.ts'

/** What the process is to do. */
export interface Order {
  /** None is active without it, and what each test reaches is reported. */
  readonly mutant: string | undefined
  /** How often a mutant may be reached before it counts as an endless loop. */
  readonly hits: number
  readonly modules: readonly {
    readonly path: string
    /** Numbers of the tests to begin with, and of those that are left out. */
    readonly first: readonly number[]
    readonly not: readonly number[]
  }[]
}

/** How often each mutant was reached. */
export type Reached = Readonly<Record<string, number>>

/**
 * What the process says of a run without a mutant, one line each: how many tests there are, and each of them that ran. With a
 * mutant, it says an empty line for each test that passed, and what failed.
 */
export type DryLine =
  | { readonly loading: Reached; readonly tests: number }
  | {
      readonly number: number
      readonly milliseconds: number
      readonly error: string | undefined
      readonly reached: Reached
    }

/** What the instrumented sources look at. */
interface Switches {
  activeMutant: string | undefined
  currentTestId: string | undefined
  hitCount: number | undefined
  hitLimit: number
  mutantCoverage?: {
    static: Record<string, number>
    perTest: Record<string, Record<string, number>>
  }
}

const order = JSON.parse(process.argv[2]!) as Order
const switches: Switches = {
  activeMutant: order.mutant,
  currentTestId: undefined,
  hitCount: order.mutant === undefined ? undefined : 0,
  hitLimit: order.hits,
}
Object.assign(globalThis, { __stryker__: switches })

function end(text: string): never {
  writeSync(1, text)
  // What tests have left open does not matter.
  process.exit(0)
}

const failed = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

process.on('beforeExit', () => end('a test waits for what never comes'))
process.on('uncaughtException', (error) => end(failed(error)))
process.on('unhandledRejection', (error) => end(failed(error)))

function sayDry(line: DryLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

try {
  for (const { path, first, not } of order.modules) {
    kept.length = 0
    await import(path)
    if (order.mutant === undefined) sayDry({ loading: switches.mutantCoverage?.static ?? {}, tests: kept.length })
    const numbers = [...new Set([...first, ...kept.keys()])].filter((number) => !not.includes(number))
    for (const number of numbers) {
      const { name, run } = kept[number]!
      switches.currentTestId = name
      const begin = performance.now()
      let error: string | undefined
      try {
        await run()
      } catch (thrown) {
        error = failed(thrown)
      }
      switches.currentTestId = undefined
      if (order.mutant !== undefined) {
        if (error !== undefined) end(name)
        writeSync(1, '\n')
        continue
      }
      const reached = switches.mutantCoverage?.perTest[name] ?? {}
      sayDry({ number, milliseconds: performance.now() - begin, error, reached })
    }
  }
} catch (error) {
  end(failed(error))
}
process.exit(0)
