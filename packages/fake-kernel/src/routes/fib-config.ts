/** What a request for a route says (`struct fib_config`). */
export interface FibConfig {
  readonly table: number
  readonly destination: number
  readonly length: number
  readonly tos: number
  readonly type: number
  readonly scope: number
  readonly protocol: number
  readonly priority: number
  readonly preferredSource: number
  readonly mtu: number
  /** `RTNH_F_*` */
  readonly flags: number
  readonly gateway: number
  readonly oif: number
  readonly legs: readonly FibLeg[] | undefined
  readonly nexthopId: number
}

/** A leg of a multipath route, as a request has it. */
export interface FibLeg {
  readonly gateway: number
  readonly oif: number
  readonly weight: number
  readonly flags: number
}
