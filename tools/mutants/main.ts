// The command `pnpm mutants`: changes sources in one place at a time, and sees whether a unit test fails.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle, instrument, type Mutant } from './bundle.ts'
import { type Outcome, runDry, runMutant } from './processes.ts'
import { type Measured, planFor } from './reach.ts'
import { sample } from './sample.ts'
import { root, type Scope, scopes, sourcesOf, testsOf } from './scope.ts'

const usage = `usage: pnpm mutants [PATH...] [OPTIONS]

Changes the generic parts (codec, live-table, reconcile) in one place at a time, as Stryker does it, and runs the unit tests
that reach the place. A mutant with which none of them fails survives: a test is missing, or the change means the same.
Prints the score of each folder and its survivors. PATH is a folder or a file of the sources; default: all.

  --sample N    so many mutants of each folder (default: 100), or "all"
  --seed S      the choice of the sample, a whole number (default: any, which is printed)
  --slowest N   leaves out tests that take more milliseconds (default: 1000)
  --jobs N      so many processes (default: the number of processors)
  --list        the folders and their mutants, without running any
  --help        this text

exit code: 0 all mutants were run, 1 the tests do not run without one, 2 wrong usage`

interface Options {
  readonly scopes: readonly Scope[]
  readonly paths: readonly string[]
  readonly sample: number
  readonly seed: number
  readonly slowest: number
  readonly jobs: number
  readonly list: boolean
}

class WrongUsage extends Error {}

/** @throws {WrongUsage} with a message for the user */
function parseOptions(argv: readonly string[]): Options | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      sample: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 0x7ffffffe)) },
      slowest: { type: 'string', default: '1000' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const whole = (name: 'sample' | 'seed' | 'slowest' | 'jobs'): number => {
    const number = Number(values[name])
    if (/^\d+$/.test(values[name]) && number >= 1 && number <= 0x7fffffff) return number
    throw new WrongUsage(`--${name}: "${values[name]}" is no whole number from 1 to 2147483647`)
  }
  const paths = positionals.map((path) => relative(root, resolve(path)))
  const isIn = (path: string, folder: string): boolean => `${path}/`.startsWith(`${folder}/`)
  const sources = scopes.flatMap(sourcesOf)
  for (const path of paths) {
    if (!sources.some((source) => isIn(source, path))) {
      throw new WrongUsage(`"${path}" has no sources that are changed: see pnpm mutants --list`)
    }
  }
  return {
    scopes: scopes.filter(({ folder }) => paths.length === 0 || paths.some((p) => isIn(p, folder) || isIn(folder, p))),
    paths: sources.filter((source) => paths.length === 0 || paths.some((path) => isIn(source, path))),
    sample: values.sample === 'all' ? Number.POSITIVE_INFINITY : whole('sample'),
    seed: whole('seed'),
    slowest: whole('slowest'),
    jobs: whole('jobs'),
    list: values.list,
  }
}

/** Calls a function for each item, at most `jobs` at a time. */
async function each<Item>(items: readonly Item[], jobs: number, run: (item: Item) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await run(item)
  }
  await Promise.all(Array.from({ length: jobs }, worker))
}

type Survivor = Mutant & { readonly isReached: boolean }

function printSurvivor({ file, line, column, kind, original, replacement, isReached }: Survivor): void {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 100)
  const reached = isReached ? '' : '  (not reached)'
  console.log(`  ${file}:${line}:${column} ${kind}: ${short(original)} -> ${short(replacement)}${reached}`)
}

async function runScope(
  scope: Scope,
  { sources, mutants }: Awaited<ReturnType<typeof instrument>>,
  options: Options,
  measuredOf: (tests: readonly string[]) => Promise<{ readonly child: string; readonly measured: readonly Measured[] }>,
): Promise<void> {
  const own = mutants.filter(({ file }) => file.startsWith(`${scope.folder}/`) && sources.has(file))
  const chosen = sample(own, options.sample, options.seed)
  if (options.list) {
    console.log(`${scope.folder}: ${own.length} mutants`)
    return
  }
  const { child, measured } = await measuredOf(testsOf(scope))
  const counts: Record<Outcome, number> = { killed: 0, hangs: 0, survives: 0 }
  const survivors: Survivor[] = []
  let done = 0
  let last = performance.now()
  await each(chosen, options.jobs, async (mutant) => {
    const plan = planFor(mutant.id, measured)
    const outcome =
      plan === undefined
        ? 'survives'
        : await runMutant(child, { mutant: mutant.id, hits: plan.hits, modules: plan.modules }, plan.slowest)
    counts[outcome]++
    if (outcome === 'survives') survivors.push({ ...mutant, isReached: plan !== undefined })
    done++
    if (performance.now() - last < 5000) return
    last = performance.now()
    process.stderr.write(`${scope.folder}: ${done} of ${chosen.length} mutants, ${counts.survives} survive\n`)
  })
  const found = counts.killed + counts.hangs
  console.log(
    `${scope.folder}: ${((100 * found) / Math.max(chosen.length, 1)).toFixed(1)} % of ${chosen.length} mutants found ` +
      `(of ${own.length} that there are): a test fails with ${counts.killed}, ${counts.hangs} hang, ${counts.survives} survive`,
  )
  const unreached = survivors.filter(({ isReached }) => !isReached).length
  if (survivors.length > 0) console.log(`survivors (${unreached} not reached by a test):`)
  survivors.sort(
    (one, other) => one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column,
  )
  survivors.forEach(printSurvivor)
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv)
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const folder = mkdtempSync(join(tmpdir(), 'rtnl-mutants-'))
  try {
    process.stderr.write(`seed ${options.seed}\n`)
    const instrumented = await instrument(options.paths)
    const dryRuns = new Map<string, Promise<Measured>>()
    const built = options.list
      ? undefined
      : await bundle(folder, [...new Set(options.scopes.flatMap(testsOf))], instrumented.sources)
    const measuredOf = async (tests: readonly string[]) => {
      const { child, modules } = built!
      await each(tests, options.jobs, async (test) => {
        const path = modules.get(test)!
        if (!dryRuns.has(test)) process.stderr.write(`${test}: without a mutant\n`)
        const dry = dryRuns.get(test) ?? runDry(child, path, options.slowest).then((run) => ({ ...run, path }))
        dryRuns.set(test, dry)
        await dry
      })
      return { child, measured: await Promise.all(tests.map((test) => dryRuns.get(test)!)) }
    }
    for (const scope of options.scopes) await runScope(scope, instrumented, options, measuredOf)
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const isUsage =
    error instanceof WrongUsage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  console.error(`mutants: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = isUsage ? 2 : 1
}
