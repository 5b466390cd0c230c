import { statSync } from 'node:fs'

/** This folder exists in each network namespace while the kernel supports MPLS. */
const settings = '/proc/sys/net/mpls'

/**
 * Throws on a kernel without MPLS. Such a kernel answers a dump of MPLS routes like one that has no such routes.
 * @throws {Error} this kernel has no MPLS
 */
export function requireMpls(): void {
  try {
    statSync(settings)
  } catch (error) {
    // Without permission to look, nothing is known.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    throw new Error('route: this kernel has no MPLS: there is no /proc/sys/net/mpls (`modprobe mpls_router` loads it)')
  }
}
