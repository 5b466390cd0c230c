import { statSync } from 'node:fs'

/** There is one in each network namespace while the kernel has routes of labels. */
const settings = '/proc/sys/net/mpls'

/**
 * Asked for routes of labels, a kernel without them answers as one that has none.
 * @throws {Error} this kernel has no MPLS
 */
export function requireMpls(): void {
  try {
    statSync(settings)
  } catch (error) {
    // Who may not look cannot tell.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
    throw new Error('route: this kernel has no MPLS: there is no /proc/sys/net/mpls (`modprobe mpls_router` loads it)')
  }
}
