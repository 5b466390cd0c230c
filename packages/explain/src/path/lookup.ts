import { AddressFamily, Errno } from '@rtnl/netlink-core'
import { type Route, RouteType } from '@rtnl/route'
import { chosenOf, compared, isSameRoute } from '../lookup/compare.ts'
import { isHop, legsOfRoute } from '../lookup/legs.ts'
import { followRules, type RuleResult, refusalText } from '../lookup/rules.ts'
import { broadcastHardwareAddress, isMulticast, lengthIfIn, multicastHardwareAddress } from '../prefix.ts'
import type { KernelAnswer } from '../question/answer.ts'
import { checkQuestion, type Packet, type Question } from '../question/question.ts'
import type { Leg, StepOutcome } from '../step.ts'
import type { Advance, Context, NewStep, Place } from './context.ts'

/** Asks for the source, the rules and the route of a packet. */
export function lookUp(question: Question, context: Context): Advance {
  const packet = checkQuestion(question)
  const source = sourceStep(packet, context)
  const derived = source?.isRefused === true ? unsent : followRules(packet, context.snapshot)
  const answer = context.answer(question)
  const checked = compared(derived, answer, context.snapshot)
  const errno = checked === 'different' ? errorOf(answer) : derived.errno
  const route = errno === undefined ? routeOf(derived, answer, checked, context) : derived.found?.route
  const legs = route === undefined ? [] : legsFor(route, packet, answer, context)
  const verdict = errno === undefined && route !== undefined ? carried(route, packet) : undefined
  const step: NewStep = {
    kind: 'route',
    entry: route,
    legs,
    checked,
    kernel: answer,
    ...(checked === 'different' ? { derived: derived.found?.route } : {}),
    outcome: verdict?.outcome ?? 'stops',
    text: `${verdict?.text ?? refused(derived, errno, packet)}${checkText(checked, derived, packet)}`,
  }
  const steps = [...(source === undefined ? [] : [source.step]), ...derived.steps, step]
  return { steps, next: verdict?.outcome === 'next' && route !== undefined ? way(route, legs, packet) : undefined }
}

/** A packet for which the kernel does not ask the rules. */
const unsent: RuleResult = { steps: [], found: undefined, errno: Errno.ENETUNREACH, merged: false }

/** IPv4 sends with addresses of this host only (`ip_route_output_key_hash_rcu`); of IPv6 that is checked when a socket is bound. */
function sourceStep(
  { src, srcBytes, family }: Packet,
  { snapshot }: Context,
): { readonly step: NewStep; readonly isRefused: boolean } | undefined {
  if (src === undefined || srcBytes === undefined) return undefined
  const entry = snapshot.address(src)
  const step = { kind: 'source', entry, outcome: 'next' } as const
  if (entry !== undefined) {
    return { step: { ...step, text: `${src} is an address of ${snapshot.name(entry.ifindex)}` }, isRefused: false }
  }
  for (const { type, dst = '' } of snapshot.tables.routes) {
    if (type !== RouteType.LOCAL || lengthIfIn(dst, srcBytes) < 0) continue
    return { step: { ...step, text: `${src} is within the local route ${dst}` }, isRefused: false }
  }
  const text = `${src} is no address of this host`
  if (family === AddressFamily.INET)
    return { step: { ...step, text: `${text}: IPv4 does not send with it` }, isRefused: true }
  return { step: { ...step, text: `${text}: only programs that ask for it may send with it` }, isRefused: false }
}

function errorOf(answer: KernelAnswer | undefined): number | undefined {
  return answer !== undefined && 'errno' in answer ? answer.errno : undefined
}

/** The route that the packet takes: what the kernel says, as the tables have it. */
function routeOf(
  derived: RuleResult,
  answer: KernelAnswer | undefined,
  checked: 'same' | 'different' | undefined,
  { snapshot }: Context,
): Route | undefined {
  if (answer === undefined || 'errno' in answer) return derived.found?.route
  if (checked === 'same') return chosenOf(derived, answer, snapshot)
  for (const route of snapshot.tables.routes) if (isSameRoute(route, answer.route, derived.merged)) return route
  return answer.route
}

/** The ways of a route, with the one that the kernel takes. Unless it was asked, it is the only one that can be used. */
function legsFor(route: Route, { oif }: Packet, answer: KernelAnswer | undefined, { snapshot }: Context): Leg[] {
  const legs = legsOfRoute(route, oif, snapshot)
  const usable = legs.filter(({ unusable }) => unusable === undefined)
  const choice = answer !== undefined && 'choice' in answer ? answer.choice : undefined
  const chosen = choice === undefined ? undefined : legs.find((leg) => isHop(leg, choice))
  const only = chosen ?? (choice === undefined && usable.length === 1 ? usable[0] : undefined)
  return legs.map((leg) => (leg === only ? { ...leg, chosen: true } : leg))
}

function carried(route: Route, { dst }: Packet): { readonly outcome: StepOutcome; readonly text: string } {
  if (route.type === RouteType.LOCAL || route.type === RouteType.ANYCAST) {
    return { outcome: 'delivered', text: `${dst} is an address of this host: the packet is delivered here` }
  }
  return { outcome: 'next', text: `${route.dst} leads to ${dst}` }
}

function refused(derived: RuleResult, errno: number | undefined, { dst }: Packet): string {
  const { found } = derived
  if (found?.errno !== undefined && found.errno === errno) return `${found.route.dst} ${refusalText(errno)}`
  if (derived === unsent && errno === unsent.errno)
    return 'the packet is not sent: the sender gets "network is unreachable"'
  const none = errno === undefined || errno === Errno.ENETUNREACH
  if (none) return `no rule leads to a route to ${dst}: the sender gets "network is unreachable"`
  return `the kernel ${refusalText(errno)}`
}

function checkText(checked: 'same' | 'different' | undefined, { found }: RuleResult, { dst }: Packet): string {
  if (checked !== 'different') return checked === 'same' ? '; the kernel says the same' : ''
  const derived = found === undefined ? `no route to ${dst}` : found.route.dst
  return `; so the kernel says, where the tables say ${derived}`
}

function way(route: Route, legs: readonly Leg[], packet: Packet): Place | undefined {
  const leg = legs.find(({ chosen }) => chosen) ?? legs.find(({ unusable }) => unusable === undefined)
  const hop: Place = {
    at: 'hop',
    ifindex: leg?.oif,
    address: leg?.gateway ?? packet.dst,
    ...lladdrOf(route, packet),
  }
  return route.nhId === undefined ? hop : { at: 'nexthop', id: route.nhId, leg, hop }
}

/** The hardware address of frames to many. */
function lladdrOf({ type }: Route, { dstBytes }: Packet): { readonly lladdr?: string } {
  if (isMulticast(dstBytes)) return { lladdr: multicastHardwareAddress(dstBytes) }
  const isBroadcast = type === RouteType.BROADCAST || (dstBytes.length === 4 && dstBytes.every((byte) => byte === 255))
  return isBroadcast ? { lladdr: broadcastHardwareAddress } : {}
}
