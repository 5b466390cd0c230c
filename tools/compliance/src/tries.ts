/**
 * How often a test tries what is random: all `deep` times with `node tools/test.mjs --deep`, otherwise a fifth of them, with the
 * same seed; fewer on a machine that is called slow.
 * @param part how many times fewer it is otherwise, where a fifth is more than the test needs
 */
export function tries(deep: number, part = 5): number {
  const some = process.env.RTNL_TEST_DEEP === '1' ? deep : deep / part
  return Math.ceil(some / Number(process.env.RTNL_TEST_SLOW ?? 1))
}

/**
 * Those of a list of cases that a test tries: all with `node tools/test.mjs --deep`, otherwise every third and the last.
 * @param turn where it begins: tests that do so again and again begin elsewhere each time
 */
export function sampled<Case>(cases: readonly Case[], turn = 0): readonly Case[] {
  if (process.env.RTNL_TEST_DEEP === '1') return cases
  return cases.filter((_, index) => index % 3 === turn % 3 || index === cases.length - 1)
}
