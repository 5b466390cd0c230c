import { AddressFamily, Errno, NexthopFlag } from '@rtnl/netlink-core'
import { RouteTableId, RouteType } from '@rtnl/route'
import { RuleAction } from '@rtnl/rule'
import type { FakeLink } from '../links/link.ts'
import { Refusal } from '../refusal.ts'
import { lookupByRules } from '../rules/lookup.ts'
import type { Rules } from '../rules/rules.ts'
import type { Addresses6 } from './addresses6.ts'
import type { Fib6Tables, Question6, Route6 } from './fib6-table.ts'
import { ipv6Mask, isLinkLocal, isMulticastIpv6, parseIpv6 } from './ipv6.ts'

/** What gateways are checked against. */
export interface Gateway6World {
  readonly tables6: Fib6Tables
  readonly rules: Rules
  readonly addresses6: Addresses6
}

/** A way that a request names. */
export interface Way6 {
  readonly gateway: bigint
  /** The interface that the request names. */
  readonly link: FakeLink | undefined
  readonly flags: number
  /** Of the route; 0 where the request has none. */
  readonly table: number
}

const invalid = (text: string): Refusal => new Refusal(Errno.EINVAL, text)

/**
 * Finds the interface of a gateway (`ip6_validate_gw`).
 * @throws {Refusal} the gateway cannot be one
 */
export function interfaceOfGateway(world: Gateway6World, way: Way6): FakeLink {
  const { gateway } = way
  const { addresses6 } = world
  const isAnywhere = !isLinkLocal(gateway)
  const isLocal = (link: FakeLink): boolean => addresses6.has(gateway, link, isAnywhere)
  if (way.link !== undefined && isLocal(way.link)) throw invalid('Gateway can not be a local address')
  let { link } = way
  if (!isLinkLocal(gateway)) {
    if (gateway === 0n || isMulticastIpv6(gateway)) {
      throw invalid('Invalid gateway address')
    }
    if ((way.flags & NexthopFlag.ONLINK) !== 0) checkOnLink(world, way)
    else link = interfaceByRoute(world, way)
  }
  if (link === undefined) throw invalid('Egress device not specified')
  if (link.isLoopback) throw invalid('Egress device can not be loopback device for this route')
  if (way.link === undefined && isLocal(link)) throw invalid('Gateway can not be a local address')
  return link
}

function checkOnLink({ tables6 }: Gateway6World, { gateway, link }: Way6): void {
  const found = tables6.lookup(RouteTableId.MAIN, { destination: gateway, oif: link?.ifindex ?? 0 }, false)
  if (found === undefined || found.isReject || found.destination === 0n) return
  if (found.type === RouteType.UNICAST && found.link === link) return
  throw invalid('Nexthop has invalid gateway or device mismatch')
}

function interfaceByRoute({ tables6, rules }: Gateway6World, { gateway, link, table }: Way6): FakeLink {
  const question = { destination: gateway, oif: link?.ifindex ?? 0 }
  const isUsable = (route: Route6 | undefined): boolean =>
    route !== undefined && !route.isReject && route.gateway === undefined
  let found = table === 0 ? undefined : tables6.lookup(table, question, true)
  if (!isUsable(found) || (link !== undefined && found?.link !== link)) found = lookupIpv6(rules, tables6, question)
  if (found === undefined || !isUsable(found)) throw new Refusal(Errno.EHOSTUNREACH)
  if (link !== undefined && found.link !== link) throw new Refusal(Errno.EHOSTUNREACH)
  return found.link
}

/** What the rules say of a gateway; undefined where it is out of reach for any reason. */
function lookupIpv6(rules: Rules, tables: Fib6Tables, question: Question6): Route6 | undefined {
  const answer = lookupByRules<Route6 | 'nothing'>(rules, {
    family: AddressFamily.INET6,
    oif: question.oif,
    isWithin: ({ iifname, src, dst = '::/0' }) => {
      const [network = '::', length = '0'] = dst.split('/')
      const isTo = ((question.destination ^ parseIpv6(network)) & ipv6Mask(Number(length))) === 0n
      return iifname === undefined && src === undefined && isTo
    },
    act({ action, table, suppressPrefixlen, suppressIfgroup }) {
      if (action !== RuleAction.LOOKUP) return 'nothing'
      const found = tables.lookup(table, question, true)
      if (found === undefined || found.length <= suppressPrefixlen || suppressIfgroup === 0) return undefined
      return found
    },
  })
  return answer === 'nothing' ? undefined : answer
}
