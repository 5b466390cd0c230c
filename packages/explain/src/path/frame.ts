import { VlanFlag } from '@rtnl/bridge'
import { BridgePortState, type Link } from '@rtnl/link'
import { type Neighbor, NeighborState } from '@rtnl/neighbor'
import type { Leg } from '../step.ts'
import { takeBond } from './bond.ts'
import type { Advance, Context, NewStep, Place } from './context.ts'
import { whyClosed } from './hop.ts'

type Frame = Place & { at: 'frame' }

/** Hands a frame to an interface, which is open. */
export function takeFrame(frame: Frame, context: Context): Advance {
  const { link, lladdr, vlan } = frame
  const { snapshot } = context
  switch (link.kind) {
    case 'bridge':
      return forward(frame, context)
    case 'bond':
      return takeBond(frame, context)
    case 'vxlan':
      if (link.vxlan?.collectMetadata === 1) return without(link)
      return { steps: [], next: { at: 'vxlan', link, lladdr, vni: link.vxlan?.id } }
    case 'vlan': {
      const lower = link.linkNetnsid === undefined ? snapshot.link(link.link) : undefined
      if (lower === undefined) return left(link, vlan)
      const id = link.vlan?.id ?? 0
      const problem = whyClosed(lower)
      const text = problem ?? `${link.ifname} gives the frame VLAN ${id} and hands it to ${lower.ifname}`
      const step: NewStep = { kind: 'interface', entry: lower, outcome: problem === undefined ? 'next' : 'stops', text }
      return { steps: [step], next: problem === undefined ? { at: 'frame', link: lower, lladdr, vlan: id } : undefined }
    }
    default:
      return left(link, vlan)
  }
}

/** A vxlan that carries many VNIs is told by a bridge which one a frame is of, or by the route of the packet (`vxlan_xmit`). */
function without(link: Link): Advance {
  const text = `${link.ifname} carries many VNIs, and the frame is of none, unless its route says one (encap): it is dropped`
  return { steps: [{ kind: 'fdb', entry: undefined, legs: [], outcome: 'stops', text }] }
}

function left(link: Link, vlan: number): Advance {
  const tag = vlan === 0 ? '' : ` in VLAN ${vlan}`
  const step: NewStep = {
    kind: 'interface',
    entry: link,
    outcome: 'delivered',
    text: `the frame leaves by ${link.ifname}${tag}`,
  }
  return { steps: [step] }
}

/** Looks up a frame of the bridge itself in its forwarding entries (`br_dev_xmit`). */
function forward({ link: bridge, lladdr, vlan }: Frame, context: Context): Advance {
  const { snapshot } = context
  const filters = bridge.bridge?.vlanFiltering === 1
  const vid = filters ? vidOf(bridge, vlan, context) : 0
  const name = bridge.ifname
  if (vid === undefined) {
    const text =
      vlan === 0 ? `${name} has no VLAN for frames without one (PVID)` : `${name} itself is not in VLAN ${vlan}`
    return {
      steps: [{ kind: 'fdb', entry: undefined, legs: [], outcome: 'stops', text: `${text}: the frame is dropped` }],
    }
  }
  const within = vid === 0 ? '' : ` in VLAN ${vid}`
  const entry = isGroup(lladdr) ? undefined : snapshot.bridgeEntry(bridge.ifindex, lladdr, vid)
  if (entry === undefined) return flood(bridge, lladdr, vid, within, context)
  const step = { kind: 'fdb', entry, legs: [] } as const
  const port = snapshot.link(entry.ifindex)
  if (port === undefined || port.ifindex === bridge.ifindex) {
    const text = `${lladdr}${within} is an address of ${name} itself: it does not send a frame to itself`
    return { steps: [{ ...step, outcome: 'stops', text }] }
  }
  const own = isLocal(entry) ? ', an address of the port itself' : ''
  return {
    steps: [{ ...step, outcome: 'next', text: `${name} has ${lladdr}${within} at ${port.ifname}${own}` }],
    next: { at: 'port', link: port, lladdr, vlan: vid, insteadOf: undefined },
  }
}

function isLocal({ state }: Neighbor): boolean {
  return (state & NeighborState.PERMANENT) !== 0
}

/** The VLAN of a frame that the bridge itself sends; `undefined` if it may not send it. */
function vidOf({ ifindex }: Link, vlan: number, { snapshot }: Context): number | undefined {
  if (vlan === 0) return snapshot.vlanWith(ifindex, ({ flags = 0 }) => (flags & VlanFlag.PVID) !== 0)?.vid
  return snapshot.vlan(ifindex, vlan) === undefined ? undefined : vlan
}

/** Whether many have a hardware address. */
function isGroup(lladdr: string): boolean {
  return (Number.parseInt(lladdr.slice(0, 2), 16) & 1) !== 0
}

/** An address that a bridge does not know, or that many have, goes to all ports that take it. */
function flood(bridge: Link, lladdr: string, vid: number, within: string, context: Context): Advance {
  const all = context.snapshot
    .ports(bridge.ifindex)
    .map((port) => ({ port, problem: whyNotFlooded(port, lladdr, vid, context) }))
  const open = all.filter(({ problem }) => problem === undefined)
  const legs = all.map(
    ({ port, problem }): Leg => ({
      ...{ weight: 1, oif: port.ifindex, gateway: undefined, nexthopId: undefined, unusable: problem },
      ...{ share: problem === undefined ? 1 : 0, chosen: problem === undefined },
    }),
  )
  const known = isGroup(lladdr) ? `${lladdr} is for many` : `${bridge.ifname} does not know ${lladdr}${within}`
  const step = { kind: 'fdb', entry: undefined, legs } as const
  if (open.length === 0) {
    return { steps: [{ ...step, outcome: 'stops', text: `${known}, and no port takes what is flooded` }] }
  }
  const names = open.map(({ port }) => port.ifname).join(', ')
  const [only] = open
  if (open.length > 1 || only === undefined) {
    return { steps: [{ ...step, outcome: 'delivered', text: `${known}: it is flooded to ${names}` }] }
  }
  return {
    steps: [{ ...step, outcome: 'next', text: `${known}: it is flooded to ${names}` }],
    next: { at: 'port', link: only.port, lladdr, vlan: vid, insteadOf: undefined },
  }
}

function whyNotFlooded(port: Link, lladdr: string, vid: number, context: Context): string | undefined {
  const problem = whyNotSent(port, vid, context)
  if (problem !== undefined) return problem
  const { unicastFlood = 1, mcastFlood = 1, bcastFlood = 1 } = port.bridgePort ?? {}
  const takes = !isGroup(lladdr) ? unicastFlood : lladdr === 'ff:ff:ff:ff:ff:ff' ? bcastFlood : mcastFlood
  return takes === 0 ? `${port.ifname} takes nothing that is flooded` : undefined
}

/** Why a port does not let a frame out; `undefined` if it does. */
function whyNotSent(port: Link, vid: number, { snapshot }: Context): string | undefined {
  const closed = whyClosed(port)
  if (closed !== undefined) return closed
  const { state = BridgePortState.FORWARDING } = port.bridgePort ?? {}
  if (state !== BridgePortState.FORWARDING) return `${port.ifname} is ${stateNames.get(state) ?? state}, not forwarding`
  return vid === 0 || snapshot.vlan(port.ifindex, vid) !== undefined
    ? undefined
    : `${port.ifname} is not in VLAN ${vid}`
}

const stateNames = new Map<number, string>([
  [BridgePortState.DISABLED, 'disabled'],
  [BridgePortState.LISTENING, 'listening'],
  [BridgePortState.LEARNING, 'learning'],
  [BridgePortState.BLOCKING, 'blocking'],
])

/** Sends a frame out of a port of a bridge, or of its backup port if it has no carrier (`br_forward`). */
export function takePort(place: Place & { at: 'port' }, context: Context): Advance {
  const { link: port, lladdr, vlan, insteadOf } = place
  const { snapshot } = context
  const problem = whyNotSent(port, vlan, context)
  const isOpen = insteadOf !== undefined || whyClosed(port) === undefined
  const backup = isOpen ? undefined : snapshot.link(port.bridgePort?.backupPort)
  if (backup !== undefined) {
    const text = `${problem}; ${backup.ifname} is its backup`
    const step: NewStep = { kind: 'port', entry: port, outcome: 'next', text }
    return { steps: [step], next: { ...place, link: backup, insteadOf: port } }
  }
  const ends = (outcome: 'delivered' | 'stops', text: string): Advance => ({
    steps: [{ kind: 'port', entry: port, outcome, text }],
  })
  if (problem !== undefined) return ends('stops', problem)
  if (port.kind === 'bond' || port.kind === 'vlan') {
    const step: NewStep = { kind: 'port', entry: port, outcome: 'next', text: `the frame is handed to ${port.ifname}` }
    return { steps: [step], next: { at: 'frame', link: port, lladdr, vlan: tagOf(port, vlan, context) } }
  }
  if (port.kind !== 'vxlan') return ends('delivered', `the frame leaves by ${port.ifname}`)
  const isExternal = port.vxlan?.collectMetadata === 1
  const tunnelId = port.bridgePort?.vlanTunnel === 1 ? snapshot.vlan(port.ifindex, vlan)?.tunnelId : undefined
  const vni = isExternal ? tunnelId : port.vxlan?.id
  if (isExternal && port.bridgePort?.vlanTunnel !== 1) {
    return ends('stops', `${port.ifname} carries many VNIs, and as a port it maps no VLANs to them (vlan_tunnel)`)
  }
  if (vni === undefined) return ends('stops', `${port.ifname} carries many VNIs, and none for VLAN ${vlan}`)
  // Only where the port maps VLANs to VNIs (`br_handle_egress_vlan_tunnel`).
  const backupNhid = isExternal ? insteadOf?.bridgePort?.backupNhid : undefined
  return {
    steps: [{ kind: 'port', entry: port, outcome: 'next', text: `${port.ifname} is a vxlan of VNI ${vni}` }],
    next: { at: 'vxlan', link: port, lladdr, vni, backupNhid },
  }
}

/** The VLAN that a frame has outside of a port; 0 if the port takes it off (`untagged`). */
function tagOf({ ifindex }: Link, vlan: number, { snapshot }: Context): number {
  const { flags = 0 } = snapshot.vlan(ifindex, vlan) ?? {}
  return (flags & VlanFlag.UNTAGGED) === 0 ? vlan : 0
}
