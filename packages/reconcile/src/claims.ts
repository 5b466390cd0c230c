import type { Connection } from '@rtnl/netlink-core'

/** Somebody in this process keeps the same entries already. */
export class ClaimedError extends Error {
  override readonly name: string = 'ClaimedError'
  readonly code = 'ERR_RTNL_CLAIMED'
  readonly claim: string

  constructor(claim: string, place: string) {
    super(`${claim} in ${place} is kept by another part of this program; two would undo each other's changes`)
    this.claim = claim
  }
}

const claims = new Set<string>()

/**
 * Notes that somebody keeps what a claim names. The first one holds it; who comes later is refused, and what the first
 * one keeps stays as it is.
 * @returns a function that gives it up
 * @throws {ClaimedError} it is held
 */
export function acquireClaim(connection: Connection, claim: string): () => void {
  const name = `${connection.name}: ${claim}`
  if (claims.has(name)) throw new ClaimedError(claim, connection.name)
  claims.add(name)
  let held = true
  return () => {
    // The next one may hold it by now.
    if (held) claims.delete(name)
    held = false
  }
}
