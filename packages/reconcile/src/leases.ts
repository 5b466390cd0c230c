import type { Connection } from '@rtnl/netlink-core'

/** Another reconciler in this process maintains the same entries already. */
export class LeaseHeldError extends Error {
  /** As of all errors: the name of the class. */
  override readonly name: string = 'LeaseHeldError'
  /** What programs tell it by. */
  readonly code = 'ERR_RTNL_LEASE_HELD'
  /** What is kept: `route table 100 protocol 84`. */
  readonly lease: string

  constructor(lease: string, place: string) {
    super(`${lease} in ${place} is kept by another part of this program; two would undo each other's changes`)
    this.lease = lease
  }
}

const leases = new Set<string>()

/**
 * Takes the lease of the entries that it names. The first reconciler in the process holds the lease; a later one is refused, and
 * the first one is not disturbed.
 * @returns a function that ends the lease
 * @throws {LeaseHeldError} another reconciler holds the lease
 */
export function acquireLease(connection: Connection, lease: string): () => void {
  const name = `${connection.name}: ${lease}`
  if (leases.has(name)) throw new LeaseHeldError(lease, connection.name)
  leases.add(name)
  let held = true
  return () => {
    // After the first call another reconciler may hold the lease.
    if (held) leases.delete(name)
    held = false
  }
}
