/**
 * How often a test tries what is random: all `deep` times with `node tools/test.mjs --deep`, otherwise a fifth of them, with the
 * same seed; fewer on a machine that is called slow.
 */
export function tries(deep: number): number {
  const some = process.env.RTNL_TEST_DEEP === '1' ? deep : deep / 5
  return Math.ceil(some / Number(process.env.RTNL_TEST_SLOW ?? 1))
}
