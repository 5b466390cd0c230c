import {
  encapsulationTypes,
  nexthopFlags,
  realms,
  routerPreferences,
  routeScopes,
  routeTypes,
  routingProtocols,
  routingTables,
  typesOfService,
} from '@rtnl/names'
import { AddressFamily, EncapsulationType, InvalidValue, showValue, string } from '@rtnl/netlink-core'
import { encapsulationField } from '@rtnl/nexthop'
import {
  canonicalAddress,
  capped,
  EntryFields,
  type FieldRule,
  flagSet,
  interfaceIndex,
  ipAddress,
  listOf,
  named,
  ofKind,
  refused,
  structure,
  unlessZero,
  wholeNumber,
} from '@rtnl/reconcile/declarations'
import { RouteFlag, RouteType } from '../constants.ts'
import type { Hop } from '../hop.ts'
import type { Route } from '../message.ts'
import type { RouteMetrics } from '../metrics.ts'

/** What each field of a route may be, and what the kernel makes of it (`net/ipv4/metrics.c`, `fib_semantics.c`). */

const u32 = 0xffffffff
/** The kernel takes a metric of 0 and keeps none. */
const metric = unlessZero(wholeNumber(0, u32))

const metricFields = new EntryFields<RouteMetrics, unknown>('metrics', {
  lock: metric,
  mtu: capped(65520, metric),
  window: metric,
  rtt: metric,
  rttvar: metric,
  ssthresh: metric,
  cwnd: metric,
  advmss: capped(65495, metric),
  reordering: metric,
  hoplimit: capped(255, metric),
  initcwnd: metric,
  features: metric,
  rtoMin: metric,
  initrwnd: metric,
  quickack: metric,
  ccAlgo: ofKind(string(15)),
  fastopenNoCookie: metric,
})

const { onlink, dead, offload, trap, linkdown } = nexthopFlags

const encapsulationType = named('a lightweight tunnel', encapsulationTypes, EncapsulationType.MPLS, 0xffff)

/** Most of a realm on either side of the slash. */
const mostRealm = 0xffff
const realm = named('a realm', realms, 0, mostRealm)

/** The realm of the source in the upper half, that of the destination in the lower: a number, `5`, or `5/6`. */
const realmPair: FieldRule<number, unknown> = unlessZero((value) => {
  if (typeof value !== 'string') return wholeNumber(0, u32)(value, undefined)
  const [first = '', second, ...rest] = value.split('/')
  if (rest.length > 0) throw new InvalidValue(`${showValue(value)} is not one realm or two`)
  const of = (text: string): number => realm(text, undefined) ?? 0
  return second === undefined ? of(first) : of(first) * (mostRealm + 1) + of(second)
})

const ofLabels = refused('only routes of labels (family 28, mpls) have one, which are read and not written')

const hopFields = new EntryFields<Hop>(
  'hop',
  {
    flags: flagSet({ written: { onlink }, shown: { dead, offload, trap, linkdown } }),
    oif: interfaceIndex,
    weight: wholeNumber(1, 256),
    newdst: ofLabels,
    gateway: ipAddress(),
    via: ipAddress(),
    encap: encapsulationField,
    encapType: encapsulationType,
    realms: realmPair,
  },
  { dev: 'oif' },
)

const slash = '/'
/** What routes of labels have in its place, which are refused by their family. */
const label = /^\d{1,7}$/
/** A prefix is checked when it is written: there may be a million of them. One address is a prefix of full length. */
const prefix: FieldRule<string, unknown> = (value) => {
  if (typeof value !== 'string') throw new InvalidValue(`${showValue(value)} is not a text`, true)
  if (value === 'default' || value.includes(slash) || label.test(value)) return value
  const host = canonicalAddress(value)
  return `${host}/${host.includes(':') ? 128 : 32}`
}

const families = named('a family', { numberOf: (name) => familyNumbers.get(name) }, 0, 0xff)
const familyNumbers = new Map<string, number>([
  ['inet', AddressFamily.INET],
  ['inet6', AddressFamily.INET6],
  ['mpls', AddressFamily.MPLS],
])

/** The longest lifetime that the kernel can show, in seconds: 31 bits of clock ticks. */
const longestLifetime = 21474836

export const routeFields = new EntryFields<Route>(
  'route',
  {
    family: families,
    tos: named('a type of service', typesOfService, 0, 0xff),
    protocol: named('a routing protocol', routingProtocols, 0, 0xff),
    scope: named('a scope', routeScopes, 0, 0xff),
    type: named('a type of route', routeTypes, RouteType.UNICAST, RouteType.XRESOLVE),
    flags: flagSet({
      written: { onlink },
      shown: {
        dead,
        offload,
        trap,
        linkdown,
        rt_offload: RouteFlag.OFFLOAD,
        rt_trap: RouteFlag.TRAP,
        rt_offload_failed: RouteFlag.OFFLOAD_FAILED,
      },
    }),
    table: named('a routing table', routingTables, 0, u32),
    dst: prefix,
    src: prefix,
    priority: wholeNumber(0, u32),
    gateway: ipAddress(),
    via: ipAddress(),
    oif: interfaceIndex,
    prefsrc: ipAddress(),
    metrics: structure(metricFields),
    multipath: listOf((hop, context) => hopFields.check(hop, context) as Hop),
    nhId: wholeNumber(1, u32),
    encap: encapsulationField,
    encapType: encapsulationType,
    pref: named('a preference', routerPreferences, 0, 0xff),
    realms: realmPair,
    expires: wholeNumber(1, longestLifetime),
    newdst: ofLabels,
    ttlPropagate: ofLabels,
  },
  { dev: 'oif', metric: 'priority', nhid: 'nhId', from: 'src', nexthops: 'multipath' },
)
