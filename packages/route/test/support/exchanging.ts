import { type AdvertisedRoute, formatLearnedRoute, type LearnedRoute } from '@rtnl/route'
import { ip, ipJson, makeNetns, play } from './ip.ts'

interface IpRoute {
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  readonly via?: { readonly host: string }
  readonly protocol: string
  readonly metric?: number
}

/** What `ip` shows of a table, or of ours in it, of both families: `192.0.2.0/24 via 10.0.0.2 metric 10 proto 84`. */
export function shown(netns: string, table: number, ours = false): string[] {
  return ['-4', '-6']
    .flatMap((family) => ipJson<IpRoute>(netns, `-N ${family} route show table ${table}`))
    .filter(({ protocol }) => !ours || protocol === '84')
    .map(({ type, dst, gateway, via, protocol, metric }) => {
      const way = type === undefined ? `via ${gateway ?? via?.host}` : isBlackhole(type)
      return `${dst} ${way} metric ${metric ?? 0} proto ${protocol}`
    })
    .sort()
}

/** `ip -N` shows types as numbers; `RTN_BLACKHOLE` of linux/rtnetlink.h is 6. */
function isBlackhole(type: string): string {
  return type === '6' ? 'blackhole' : type
}

export function lines(learned: readonly LearnedRoute[]): string[] {
  return learned.map((route) => `Route ${formatLearnedRoute(route)}`).sort()
}

let number = 0

export async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `exchange${number++}`
  await makeNetns(netns)
  // A table that was never used is not there for `ip`, which says so as an error.
  await play(netns, [
    'route add blackhole 203.0.113.0/24 table 1000 proto 4',
    'route add blackhole 203.0.113.0/24 table 2000 proto 4',
  ])
  await play(netns, [
    'route add blackhole 2001:db8:ffff::/48 table 1000 proto 4',
    'route add blackhole 2001:db8:ffff::/48 table 2000 proto 4',
  ])
  try {
    await test(netns)
  } finally {
    ip(`netns del ${netns}`)
  }
}

export const four: AdvertisedRoute = { dst: '192.0.2.0/24', priority: 10, nexthop: '10.0.0.2' }
export const six: AdvertisedRoute = { dst: '2001:db8::/32', priority: 20, nexthop: 'fd00:0::2' }
export const shownFour = '192.0.2.0/24 via 10.0.0.2 metric 10 proto 84'
export const shownSix = '2001:db8::/32 via fd00::2 metric 20 proto 84'
