import { RouteMetric, type RouteMetrics } from '@rtnl/route'
import { generalNumber } from './number-text.ts'

const ecn = 1
/** A hop limit that leaves it to the interface. */
const ownHopLimit = 0xffffffff

/** In the order in which `ip` prints them, with the bit of each in `lock`. */
const names = [
  ['mtu', 'mtu', RouteMetric.MTU],
  ['window', 'window', RouteMetric.WINDOW],
  ['rtt', 'rtt', RouteMetric.RTT],
  ['rttvar', 'rttvar', RouteMetric.RTTVAR],
  ['ssthresh', 'ssthresh', RouteMetric.SSTHRESH],
  ['cwnd', 'cwnd', RouteMetric.CWND],
  ['advmss', 'advmss', RouteMetric.ADVMSS],
  ['reordering', 'reordering', RouteMetric.REORDERING],
  ['hoplimit', 'hoplimit', RouteMetric.HOPLIMIT],
  ['initcwnd', 'initcwnd', RouteMetric.INITCWND],
  ['features', 'features', RouteMetric.FEATURES],
  ['rtoMin', 'rto_min', RouteMetric.RTO_MIN],
  ['initrwnd', 'initrwnd', RouteMetric.INITRWND],
  ['quickack', 'quickack', RouteMetric.QUICKACK],
  ['ccAlgo', 'congctl', RouteMetric.CC_ALGO],
  ['fastopenNoCookie', 'fastopen_no_cookie', RouteMetric.FASTOPEN_NO_COOKIE],
] as const

/** The metrics of a route, as `ip route` prints them. */
export function metricWords(metrics: RouteMetrics): string[] {
  const { lock = 0 } = metrics
  const words: string[] = []
  for (const [field, name, metric] of names) {
    const value = metrics[field]
    if (value === undefined || (field === 'hoplimit' && value === ownHopLimit)) continue
    const locked = (lock & (1 << metric)) === 0 ? '' : 'lock '
    words.push(`${name} ${locked}${typeof value === 'string' ? value : valueText(field, value)}`)
  }
  return words
}

function valueText(field: (typeof names)[number][0], value: number): string {
  switch (field) {
    case 'rtt':
      return timeText(Math.trunc(value / 8))
    case 'rttvar':
      return timeText(Math.trunc(value / 4))
    case 'rtoMin':
      return timeText(value)
    case 'features':
      return [...((value & ecn) === 0 ? [] : ['ecn']), ...(value === ecn ? [] : [`0x${value.toString(16)}`])].join(' ')
    default:
      return String(value)
  }
}

function timeText(milliseconds: number): string {
  return milliseconds >= 1000 ? `${generalNumber(milliseconds / 1000)}s` : `${milliseconds}ms`
}
