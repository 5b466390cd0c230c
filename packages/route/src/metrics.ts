import { attribute, type Infer, nested, string, u32 } from '@rtnl/netlink-core'
import { RouteMetric } from './constants.ts'

/**
 * Metrics of a route (`RTA_METRICS`). `lock` has a bit for each metric that the kernel must not adjust; `rtt`,
 * `rttvar` and `rtoMin` are in the units of the kernel (`rtt` 1/8 ms, `rttvar` 1/4 ms, `rtoMin` ms).
 */
export const metrics = nested(
  'metrics',
  {
    /** Bit n keeps the kernel from adjusting the metric with the number n (`RouteMetric`). */
    lock: attribute(RouteMetric.LOCK, u32),
    /** Largest packet, in bytes. */
    mtu: attribute(RouteMetric.MTU, u32),
    /** Largest TCP window that is advertised, in bytes. */
    window: attribute(RouteMetric.WINDOW, u32),
    /** First estimate of the round-trip time, in 1/8 ms. */
    rtt: attribute(RouteMetric.RTT, u32),
    /** Its variance, in 1/4 ms. */
    rttvar: attribute(RouteMetric.RTTVAR, u32),
    /** Slow start threshold of TCP, in segments. */
    ssthresh: attribute(RouteMetric.SSTHRESH, u32),
    /** Largest congestion window of TCP, in segments, where `lock` has its bit. */
    cwnd: attribute(RouteMetric.CWND, u32),
    /** The MSS that TCP advertises, in bytes. */
    advmss: attribute(RouteMetric.ADVMSS, u32),
    /** Segments that TCP takes for reordered before it takes them for lost, at first. */
    reordering: attribute(RouteMetric.REORDERING, u32),
    /** TTL or hop limit of packets, 1 to 255; 0: that of the system. */
    hoplimit: attribute(RouteMetric.HOPLIMIT, u32),
    /** First congestion window of TCP, in segments. */
    initcwnd: attribute(RouteMetric.INITCWND, u32),
    /** `RTAX_FEATURE_*`: 1 ECN, 2 SACK, 4 timestamps, 8 allfrag; the kernel uses the first. */
    features: attribute(RouteMetric.FEATURES, u32),
    /** Shortest retransmission timeout of TCP, in ms. */
    rtoMin: attribute(RouteMetric.RTO_MIN, u32),
    /** First receive window of TCP, in segments. */
    initrwnd: attribute(RouteMetric.INITRWND, u32),
    /** 1: TCP does not delay acknowledgements. */
    quickack: attribute(RouteMetric.QUICKACK, u32),
    /** Congestion control of TCP: `bbr`. */
    ccAlgo: attribute(RouteMetric.CC_ALGO, string(15)),
    /** 1: TCP Fast Open without a cookie. */
    fastopenNoCookie: attribute(RouteMetric.FASTOPEN_NO_COOKIE, u32),
  },
  { flag: false },
)

/** Metrics of a route (`RTAX_*`, linux/rtnetlink.h). */
export type RouteMetrics = Infer<typeof metrics>
