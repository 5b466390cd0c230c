import type { Address } from '@rtnl/address'
import type { Link } from '@rtnl/link'
import type { Neighbor } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import type { Route } from '@rtnl/route'
import type { Rule } from '@rtnl/rule'
import type { KernelAnswer } from './question/answer.ts'

/**
 * What becomes of a packet at a step: it goes on to the `next` one, is `delivered` (to this host, or out of an interface), `waits` until
 * a neighbour answers, or `stops`.
 */
export type StepOutcome = 'next' | 'delivered' | 'waits' | 'stops'

/** One of the ways that a route or a group has. */
export interface Leg {
  /** In proportion to the other legs. */
  readonly weight: number
  /** Of all that goes by legs that can be used, from 0 to 1; 0 for one that cannot. */
  readonly share: number
  /** Whether the kernel takes it for this packet. */
  readonly chosen: boolean
  /** Index of the interface that it leaves by; `undefined` if there is none, as in the nexthops of a vxlan. */
  readonly oif: number | undefined
  /** IP address of the gateway; `undefined` if the destination is on the link. */
  readonly gateway: string | undefined
  /** The nexthop object that the leg is. */
  readonly nexthopId: number | undefined
  /** Why no packet can take it; `undefined` if one can. */
  readonly unusable: string | undefined
}

/** What a step of every kind has. */
interface StepBase {
  /** What becomes of the packet. */
  readonly outcome: StepOutcome
  /** What happens and why, in a sentence. */
  readonly text: string
  /** `true` of the way of the packet that a vxlan puts this one into. */
  readonly underlay: boolean
}

/** The source address that was asked for. */
export interface SourceStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'source'
  /** The entry with the address; `undefined` if this host has no such address. */
  readonly entry: Address | undefined
}

/** A rule that matches. */
export interface RuleStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'rule'
  /** The rule. */
  readonly entry: Rule
}

/** The route. */
export interface RouteStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'route'
  /** The route that the packet takes; `undefined` if there is none. */
  readonly entry: Route | undefined
  /** The ways of the route. */
  readonly legs: readonly Leg[]
  /** Whether the kernel says the same; `undefined` if it was not asked. */
  readonly checked: 'same' | 'different' | undefined
  /** What the kernel says, if it was asked. */
  readonly kernel: KernelAnswer | undefined
  /** The route by the tables, where the kernel says something different, and the steps go on with what it says. */
  readonly derived?: Route | undefined
}

/** A nexthop object or a group of them. */
export interface NexthopStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'nexthop'
  /** The nexthop object; `undefined` if there is none with the id. */
  readonly entry: Nexthop | undefined
}

/** An interface that a packet or a frame leaves by. */
export interface InterfaceStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'interface'
  /** The interface; `undefined` if there is none with the index. */
  readonly entry: Link | undefined
}

/** The neighbour that a packet is handed to. */
export interface NeighborStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'neighbor'
  /** Its entry; `undefined` if there is none, and the kernel would ask for the hardware address. */
  readonly entry: Neighbor | undefined
}

/** A lookup of a hardware address in the forwarding entries of a bridge or a vxlan. */
export interface FdbStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'fdb'
  /** The entry of the hardware address; `undefined` if there is none, and the frame is flooded. */
  readonly entry: Neighbor | undefined
  /** The ways of the nexthop group that the entry leads to, and otherwise all that a frame is flooded to. */
  readonly legs: readonly Leg[]
}

/** A port of a bridge that a frame leaves by. */
export interface PortStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'port'
  /** The port; `undefined` if there is no interface with the index. */
  readonly entry: Link | undefined
}

/** The tunnel endpoint that a vxlan sends to. */
export interface VtepStep extends StepBase {
  /** What was looked at. */
  readonly kind: 'vtep'
  /** The forwarding entry, or the member of the group, that names the endpoint. */
  readonly entry: Neighbor | Nexthop | undefined
  /** Where the tunnel leads; `undefined` if nothing says it. */
  readonly remote: VtepRemote | undefined
}

/** A tunnel endpoint to which a packet is sent. */
export interface VtepRemote {
  /** Text of an IPv4 or IPv6 address. */
  readonly ip: string
  /** UDP port. */
  readonly port: number
  /** VNI on the wire. */
  readonly vni: number | undefined
}

/** A step of a packet: what was looked at, and what came of it. `kind` says which one it is. */
export type Step =
  | SourceStep
  | RuleStep
  | RouteStep
  | NexthopStep
  | InterfaceStep
  | NeighborStep
  | FdbStep
  | PortStep
  | VtepStep
