import { AddressFamily, RouteProtocol } from '@rtnl/netlink-core'
import {
  defineRoutes,
  type Hop,
  type Route,
  RouteFlag,
  RouteTableId,
  RouteType,
  routeDefinition,
  routeOwner,
} from '@rtnl/route'
import { anyRules, usage } from '../desired/table-sync.ts'
import { encapsulationText } from './encapsulation.ts'
import { type ChosenInterface, ofDevice } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'
import { nexthopFlagNames, protocolName, routeTableName, scopeName } from './names.ts'
import { metricWords } from './route-metrics.ts'
import { preferenceName, realmName, routeTypeName, tosName } from './route-names.ts'
import type { TableModule } from './table-module.ts'

/** In the order in which `ip` prints them, behind the flags of a nexthop. */
const routeFlags = [
  [RouteFlag.OFFLOAD, 'rt_offload'],
  [RouteFlag.TRAP, 'rt_trap'],
  [RouteFlag.OFFLOAD_FAILED, 'rt_offload_failed'],
] as const

/** Routes of all tables, as `ip -o route show table all` prints them, without the backslashes before hops. */
export const routeModule: TableModule<Route> = {
  name: 'route',
  aliases: ['routes'],
  nouns: ['route', 'routes'],
  refersTo: ['link', 'nexthop'],
  examples: {
    show: ['rtnl show route', 'rtnl show route --table main --family inet6'],
    watch: ['rtnl watch route neighbor --dev eth0'],
    sync: [
      'rtnl sync route --file ours.json --table 100 --protocol 84',
      'rtnl show route --json | rtnl sync route --additive --file - --netns copy',
    ],
  },
  ofDevice: 'a route that goes out of it (also by a nexthop object)',
  families: ['inet', 'inet6', 'mpls'],
  inRoutingTables: true,
  refersToNexthops: true,
  references: ({ oif, multipath = [], nhId }) => ({
    interfaces: [oif, ...multipath.map((hop) => hop.oif)],
    nexthops: [nhId],
  }),
  values: {
    prefix: ({ dst = '' }) => dst,
    protocol: ({ protocol }) => protocol,
    id: ({ nhId }) => nhId,
  },
  part: ({ family, table, device }) => ({
    definition: family === undefined && table === undefined ? routeDefinition : defineRoutes({ family, table }),
    shows: ofDevice(device, leadsTo),
  }),
  naming: ['from', 'tos', 'table', 'metric'],
  words: (entry, names) => [
    ...destinationWords(entry),
    ...wayWords(entry, names),
    ...originWords(entry),
    ...stateWords(entry),
    ...ttlWords(entry),
    ...metricWords(entry.metrics ?? {}),
    ...(entry.pref === undefined ? [] : [`pref ${preferenceName(entry.pref)}`]),
    ...(entry.multipath ?? []).map((hop) => hopWords(hop, entry.family, names).join(' ')),
  ],
  sync: {
    takes: ['table', 'protocol'],
    ownership: 'Routes are ours by --protocol, which they need, in the routing table --table (default: main).',
    rules({ table, protocol, additive }) {
      if (additive === true) return anyRules(usage(() => routeOwner({ table, protocol, additive })))
      return anyRules(usage(() => routeOwner({ table: table ?? RouteTableId.MAIN, protocol: protocol! })))
    },
    kernelMade: { includes: isLocalIpv6, from: 'the addresses of interfaces' },
  },
}

/** The kernel makes these of addresses, with the metric 0, which it lets no program give. */
function isLocalIpv6(entry: object): boolean {
  const { family, protocol, priority = 0 } = entry as Readonly<Record<string, unknown>>
  return family === AddressFamily.INET6 && protocol === RouteProtocol.KERNEL && priority === 0
}

/** Whether a route itself goes out of an interface, or one of its hops does, or its nexthop object. */
function leadsTo({ oif, multipath = [], nhId }: Route, device: ChosenInterface): boolean {
  const { ifindex } = device
  if (oif === ifindex || multipath.some((hop) => hop.oif === ifindex)) return true
  return nhId !== undefined && device.hasNexthop(nhId)
}

function destinationWords({ type, dst = '', src }: Route): string[] {
  const name = type === RouteType.UNICAST ? '' : `${routeTypeName(type)} `
  const words = [`${name}${dst.endsWith('/0') ? 'default' : prefixText(dst)}`]
  if (src !== undefined) words.push(`from ${prefixText(src)}`)
  return words
}

/** Without the length where the prefix is one address. */
function prefixText(prefix: string): string {
  return prefix.replace(prefix.includes(':') ? /\/128$/ : /\/32$/, '')
}

function wayWords(entry: Route, names: InterfaceNames): string[] {
  const { encap, encapType, newdst, tos, nhId, gateway, via, oif } = entry
  const words = encap === undefined ? [] : [encapsulationText(encapType, encap, names)]
  words.push(...labelWords(newdst))
  if (tos !== 0) words.push(`tos ${tosName(tos)}`)
  if (nhId !== undefined) words.push(`nhid ${nhId}`)
  words.push(...gatewayWords(gateway, via))
  if (oif !== undefined) words.push(`dev ${names.name(oif)}`)
  return words
}

function gatewayWords(gateway: string | undefined, via: string | undefined): string[] {
  if (gateway !== undefined) return [`via ${gateway}`]
  return via === undefined ? [] : [`via ${familyOfGateway(via)} ${via}`]
}

function familyOfGateway(via: string): string {
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(via)) return 'link'
  return via.includes(':') ? 'inet6' : 'inet'
}

/** The labels that take the place of the one that a packet has. */
function labelWords(labels: readonly number[] | undefined): string[] {
  return labels === undefined ? [] : [`as to ${labels.join('/')}`]
}

function ttlWords({ ttlPropagate }: Route): string[] {
  return ttlPropagate === undefined ? [] : [`ttl-propagate ${ttlPropagate === 0 ? 'disabled' : 'enabled'}`]
}

function originWords({ table = RouteTableId.UNSPEC, protocol, scope, prefsrc, priority }: Route): string[] {
  const words: string[] = []
  if (table !== RouteTableId.MAIN) words.push(`table ${routeTableName(table)}`)
  if (protocol !== RouteProtocol.BOOT) words.push(`proto ${protocolName(protocol)}`)
  if (scope !== 0) words.push(`scope ${scopeName(scope)}`)
  if (prefsrc !== undefined) words.push(`src ${prefsrc}`)
  if (priority !== undefined) words.push(`metric ${priority}`)
  return words
}

function stateWords({ flags, realms, expires }: Route): string[] {
  const words = nexthopFlagNames(flags)
  for (const [flag, name] of routeFlags) if ((flags & flag) !== 0) words.push(name)
  if (realms !== undefined) words.push(realmWords(realms))
  if (expires !== undefined) words.push(`expires ${expires}sec`)
  return words
}

/** The realm of the source in the upper 16 bits, and that of the destination. */
function realmWords(realms: number): string {
  const from = realms >>> 16
  const to = realmName(realms & 0xffff)
  return from === 0 ? `realm ${to}` : `realms ${realmName(from)}/${to}`
}

function hopWords(
  { encap, encapType, newdst, gateway, via, realms, oif, weight, flags }: Hop,
  family: number,
  names: InterfaceNames,
): string[] {
  return [
    'nexthop',
    ...(encap === undefined ? [] : [encapsulationText(encapType, encap, names)]),
    ...labelWords(newdst),
    ...gatewayWords(gateway, via),
    ...(realms === undefined ? [] : [realmWords(realms)]),
    // Of a route that is wanted the kernel may have to find the interface.
    ...(oif === 0 ? [] : [`dev ${names.name(oif)}`]),
    ...(family === AddressFamily.MPLS ? [] : [`weight ${weight}`]),
    ...nexthopFlagNames(flags),
  ]
}
