import type { Order } from './child.ts'
import type { DryRun } from './processes.ts'

/** The tests of a module, and what they reach. */
export interface Measured extends DryRun {
  readonly path: string
}

/** What is to be run for a mutant. */
export interface Plan {
  readonly modules: Order['modules']
  readonly hits: number
  /** How many milliseconds the slowest of the tests takes without the mutant. */
  readonly slowest: number
}

/**
 * Chooses the modules in which a test reaches a mutant, the quickest first, and in each of them these tests first. The others
 * follow: in a process where the first has not run, they may reach the mutant too, since much is done once.
 * @returns `undefined` if no test reaches it
 */
export function planFor(mutant: string, measured: readonly Measured[]): Plan | undefined {
  const plans: { readonly module: Order['modules'][number]; readonly time: number; readonly hits: number }[] = []
  let slowest = 0
  for (const { path, loading, tests, not } of measured) {
    const reaching = tests.filter(({ reached }) => reached[mutant] !== undefined)
    const loaded = loading[mutant] ?? 0
    if (tests.length === 0 || (reaching.length === 0 && loaded === 0)) continue
    const quickest = [...reaching].sort((one, other) => one.milliseconds - other.milliseconds)
    const hits = reaching.reduce((sum, { reached }) => sum + reached[mutant]!, loaded)
    const time = tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    slowest = Math.max(slowest, ...tests.map(({ milliseconds }) => milliseconds))
    plans.push({ module: { path, first: quickest.map(({ number }) => number), not }, time, hits })
  }
  if (plans.length === 0) return undefined
  plans.sort((one, other) => one.time - other.time)
  const hits = plans.reduce((total, plan) => total + plan.hits, 0)
  return { modules: plans.map(({ module }) => module), hits: 1000 + 100 * hits, slowest }
}
