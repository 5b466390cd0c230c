/** Leases that may fail to come before their holder counts as silent. */
export const silentAfter = 3
/** Milliseconds between two leases. */
export const shortestInterval = 100
export const longestInterval = 3_600_000
