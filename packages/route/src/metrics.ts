import { attribute, type Infer, nested, string, u32 } from '@rtnl/netlink-core'
import { RouteMetric } from './constants.ts'

/**
 * Metrics of a route (`RTA_METRICS`). `lock` has a bit for each metric that the kernel must not adjust; `rtt`,
 * `rttvar` and `rtoMin` are in the units of the kernel (`rtt` 1/8 ms, `rttvar` 1/4 ms, `rtoMin` ms).
 */
export const metrics = nested(
  'metrics',
  {
    lock: attribute(RouteMetric.LOCK, u32),
    mtu: attribute(RouteMetric.MTU, u32),
    window: attribute(RouteMetric.WINDOW, u32),
    rtt: attribute(RouteMetric.RTT, u32),
    rttvar: attribute(RouteMetric.RTTVAR, u32),
    ssthresh: attribute(RouteMetric.SSTHRESH, u32),
    cwnd: attribute(RouteMetric.CWND, u32),
    advmss: attribute(RouteMetric.ADVMSS, u32),
    reordering: attribute(RouteMetric.REORDERING, u32),
    hoplimit: attribute(RouteMetric.HOPLIMIT, u32),
    initcwnd: attribute(RouteMetric.INITCWND, u32),
    features: attribute(RouteMetric.FEATURES, u32),
    rtoMin: attribute(RouteMetric.RTO_MIN, u32),
    initrwnd: attribute(RouteMetric.INITRWND, u32),
    quickack: attribute(RouteMetric.QUICKACK, u32),
    ccAlgo: attribute(RouteMetric.CC_ALGO, string(15)),
    fastopenNoCookie: attribute(RouteMetric.FASTOPEN_NO_COOKIE, u32),
  },
  { flag: false },
)

/** Metrics of a route (`RTAX_*`, linux/rtnetlink.h). */
export type RouteMetrics = Infer<typeof metrics>
