import { EncapsulationType, NexthopFlag, type Seg6Encapsulation } from '@rtnl/netlink-core'
import { type Hop, type Route, type RouteMetrics, RouterPreference } from '@rtnl/route'
import { ipJson, linkNames } from './ip.ts'

/** Routes in the words of `ip -j -d -N route`, to compare them with ours. */
export type Shown = Readonly<Record<string, unknown>>

/**
 * A route in these words. Encapsulations but seg6 are left out, and so is the time that a route has left.
 * @param names of interfaces by index
 */
export function asIpShows(route: Route, names: ReadonlyMap<number, string>): Shown {
  const { type, dst = '', src, tos, table, protocol, scope, prefsrc, priority, flags, metrics, multipath, pref } = route
  return {
    type: String(type),
    dst: shownPrefix(dst),
    ...(src === undefined ? {} : { from: shownPrefix(src) }),
    ...(tos === 0 ? {} : { tos: `0x${tos.toString(16).padStart(2, '0')}` }),
    ...(route.nhId === undefined ? {} : { nhid: route.nhId }),
    ...shownWay(route, names),
    table: String(table),
    protocol: String(protocol),
    scope: String(scope),
    ...(prefsrc === undefined ? {} : { prefsrc }),
    ...(priority === undefined ? {} : { metric: priority }),
    flags: shownFlags(flags),
    ...(metrics === undefined ? {} : { metrics: [shownMetrics(metrics)] }),
    ...(pref === undefined ? {} : { pref: preferences[pref] }),
    ...(multipath === undefined
      ? {}
      : {
          nexthops: multipath.map((hop) => ({
            ...shownWay(hop, names),
            weight: hop.weight,
            flags: shownFlags(hop.flags),
          })),
        }),
  }
}

const preferences: Readonly<Record<number, string>> = {
  [RouterPreference.LOW]: 'low',
  [RouterPreference.MEDIUM]: 'medium',
  [RouterPreference.HIGH]: 'high',
}

/** A host has no length, and what is everything has a name. */
function shownPrefix(prefix: string): string {
  const [address = '', length] = prefix.split('/')
  if (length === '0') return 'default'
  return length === (address.includes(':') ? '128' : '32') ? address : prefix
}

function shownWay({ encapType, encap, gateway, via, oif, realms }: Partial<Hop>, names: ReadonlyMap<number, string>) {
  return {
    ...(encapType === EncapsulationType.SEG6 ? { encap: 'seg6', ...shownSeg6(encap as Seg6Encapsulation) } : {}),
    ...(gateway === undefined ? {} : { gateway }),
    ...(via === undefined ? {} : { via: { family: via.includes(':') ? 'inet6' : 'inet', host: via } }),
    ...(oif === undefined ? {} : { dev: names.get(oif) }),
    ...(realms === undefined ? {} : { flow: shownRealms(realms) }),
  }
}

function shownSeg6({ mode, segs }: Seg6Encapsulation): Shown {
  return { mode: ['inline', 'encap'][mode], segs }
}

function shownRealms(realms: number): Shown {
  const from = realms >>> 16
  return { ...(from === 0 ? {} : { from: String(from) }), to: String(realms & 0xffff) }
}

const flagNames: readonly (readonly [number, string])[] = [
  [NexthopFlag.DEAD, 'dead'],
  [NexthopFlag.ONLINK, 'onlink'],
  [NexthopFlag.PERVASIVE, 'pervasive'],
  [NexthopFlag.LINKDOWN, 'linkdown'],
]

function shownFlags(flags: number): string[] {
  return flagNames.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name)
}

/** `ip` shows times in milliseconds and one of the features by its name. It does not show which metrics are locked. */
function shownMetrics({ lock: _, rtt, rttvar, rtoMin, ccAlgo, features, ...others }: RouteMetrics): Shown {
  return {
    ...others,
    ...(rtt === undefined ? {} : { rtt: rtt / 8 }),
    ...(rttvar === undefined ? {} : { rttvar: rttvar / 4 }),
    ...(rtoMin === undefined ? {} : { rto_min: rtoMin }),
    ...(ccAlgo === undefined ? {} : { congestion: ccAlgo }),
    ...(features === undefined ? {} : { ecn: null }),
  }
}

/** What the kernel derives from a nexthop object, and what `ip` adds of the object. */
const derived = ['gateway', 'via', 'dev', 'nexthops', 'encap', 'mode', 'segs', 'nh_info', 'flow']

/** What `ip` shows of a route, less what we leave out. */
export function asWeShow(shown: Shown): Shown {
  const entries = Object.entries(shown).filter(
    ([name]) => name !== 'expires' && !(shown.nhid !== undefined && derived.includes(name)),
  )
  return Object.fromEntries(entries)
}

/** All routes of a namespace as `ip` shows them, in its order. */
export function ipRoutes(netns: string): Shown[] {
  const families = ['-4', '-6'].flatMap((family) => ipJson<Shown>(netns, `-d -N ${family} route show table all`))
  return families.map(asWeShow)
}

/** Some of our routes in the words of `ip`. */
export function shownRoutes(netns: string, routes: Iterable<Route>): Shown[] {
  const names = linkNames(netns)
  return [...routes].map((route) => asIpShows(route, names))
}
