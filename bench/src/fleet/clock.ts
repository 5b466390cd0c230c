/** 32 bits of microseconds: what a route has room for, an hour and more. */
const turn = 2 ** 32

/** Microseconds by a clock that all processes of a machine share, less whole turns of it. */
export function stamp(): number {
  return Number((process.hrtime.bigint() / 1000n) % BigInt(turn))
}

/** Seconds since a stamp. */
export function secondsSince(then: number): number {
  return ((stamp() - then + turn) % turn) / 1e6
}
