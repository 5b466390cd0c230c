const isDeep = process.env.RTNL_TEST_DEEP === '1'
/** The logic is the same on each runtime, and Node.js tries it most: others have to show that they run it as Node.js does. */
const RUNTIME_PART = 'Deno' in globalThis || 'Bun' in globalThis ? 3 : 1

/**
 * How often a test tries what is random: all `deep` times with `node tools/test.mjs --deep`, otherwise a fifth of them, with the
 * same seed; on Deno and Bun a third of that; fewer on a machine that is called slow.
 * @param part how many times fewer it is on Node.js otherwise, where a fifth is not what the test needs
 */
export function tries(deep: number, part = 5): number {
  const some = isDeep ? deep : deep / (part * RUNTIME_PART)
  return Math.ceil(some / Number(process.env.RTNL_TEST_SLOW ?? 1))
}

/**
 * Those of a list of cases that a test tries: all with `node tools/test.mjs --deep`, otherwise every third and the last.
 * @param turn where it begins: tests that do so again and again begin elsewhere each time
 */
export function sampled<Case>(cases: readonly Case[], turn = 0): readonly Case[] {
  if (isDeep) return cases
  return cases.filter((_, index) => index % 3 === turn % 3 || index === cases.length - 1)
}
