// Stands in for fast-check in the modules of tests: a property is tried some times, not hundreds, for each mutant.
import fc from 'fast-check'

const mostRuns = 25

/** A seed that is always the same: whether a mutant survives is not to depend on chance. */
const seed = 1

const assert: typeof fc.assert = ((property: fc.IRawProperty<unknown>, options: fc.Parameters<unknown> = {}) =>
  fc.assert(property, {
    ...options,
    seed,
    numRuns: Math.min(options.numRuns ?? mostRuns, mostRuns),
    endOnFailure: true,
  })) as typeof fc.assert

// biome-ignore lint/style/noDefaultExport: tests take it that way from fast-check
export default { ...fc, assert }
