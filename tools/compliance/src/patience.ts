/**
 * How long a test waits for what is bound to come, in milliseconds: a minute, and longer on a machine that is called slow
 * (`node tools/test.mjs --slow N`).
 */
export const patience = 60_000 * Number(process.env.RTNL_TEST_SLOW ?? 1)
