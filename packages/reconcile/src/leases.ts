import type { Connection } from '@rtnl/netlink-core'

/** Somebody in this process keeps the same entries already. */
export class LeaseHeldError extends Error {
  override readonly name: string = 'LeaseHeldError'
  readonly code = 'ERR_RTNL_LEASE_HELD'
  readonly lease: string

  constructor(lease: string, place: string) {
    super(`${lease} in ${place} is kept by another part of this program; two would undo each other's changes`)
    this.lease = lease
  }
}

const leases = new Set<string>()

/**
 * Notes that somebody keeps what a claim names. The first one holds it; who comes later is refused, and what the first
 * one keeps stays as it is.
 * @returns a function that gives it up
 * @throws {LeaseHeldError} it is held
 */
export function acquireLease(connection: Connection, lease: string): () => void {
  const name = `${connection.name}: ${lease}`
  if (leases.has(name)) throw new LeaseHeldError(lease, connection.name)
  leases.add(name)
  let held = true
  return () => {
    // The next one may hold it by now.
    if (held) leases.delete(name)
    held = false
  }
}
