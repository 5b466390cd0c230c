import { type Link, LinkFlag } from '@rtnl/link'
import { type Neighbor, NeighborState } from '@rtnl/neighbor'
import type { Advance, Context, Place } from './context.ts'

/** Names the nexthop object of a route, and which member of a group the packet takes. */
export function takeNexthop({ id, leg, hop }: Place & { at: 'nexthop' }, { snapshot }: Context): Advance {
  const entry = snapshot.nexthop(id)
  if (entry === undefined) {
    return { steps: [{ kind: 'nexthop', entry, outcome: 'stops', text: `there is no nexthop ${id}` }] }
  }
  if (entry.group === undefined) {
    return { steps: [{ kind: 'nexthop', entry, outcome: 'next', text: `nexthop ${id} says where to` }], next: hop }
  }
  const count = `group ${id} has ${entry.group.length} ${entry.group.length === 1 ? 'member' : 'members'}`
  const member = leg?.nexthopId === undefined ? undefined : snapshot.nexthop(leg.nexthopId)
  const group = { kind: 'nexthop', entry, outcome: 'next' } as const
  if (member === undefined || leg === undefined) {
    return { steps: [{ ...group, outcome: 'stops', text: `${count}, and none that can be used` }] }
  }
  const share = `nexthop ${leg.nexthopId} takes ${percent(leg.share)} of the traffic`
  const taken = leg.chosen
    ? `${share}, and this packet`
    : `${share}; the kernel was not asked which one takes this packet`
  return {
    steps: [
      { ...group, text: `${count}: ${taken}` },
      { kind: 'nexthop', entry: member, outcome: 'next', text: `nexthop ${leg.nexthopId} says where to` },
    ],
    next: hop,
  }
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** Takes the packet to the interface of its hop. */
export function takeHop({ ifindex, address, lladdr }: Place & { at: 'hop' }, { snapshot }: Context): Advance {
  const link = snapshot.link(ifindex)
  if (link === undefined) {
    const text = ifindex === undefined ? 'the hop has no interface' : `there is no interface with the index ${ifindex}`
    return { steps: [{ kind: 'interface', entry: undefined, outcome: 'stops', text }] }
  }
  const problem = whyClosed(link)
  const step = { kind: 'interface', entry: link } as const
  if (problem !== undefined) return { steps: [{ ...step, outcome: 'stops', text: problem }] }
  const name = link.ifname ?? `if${ifindex}`
  if ((link.flags & LinkFlag.LOOPBACK) !== 0) {
    return { steps: [{ ...step, outcome: 'delivered', text: `${name} returns the packet to this host` }] }
  }
  if (link.vrf !== undefined) {
    const question = { dst: address, oif: link.ifindex }
    const text = `${name} is a VRF: table ${link.vrf.table} says where to`
    return { steps: [{ ...step, outcome: 'next', text }], next: { at: 'lookup', question } }
  }
  if ((link.flags & LinkFlag.NOARP) !== 0) {
    return {
      steps: [{ ...step, outcome: 'delivered', text: `the packet leaves by ${name}, which needs no neighbour` }],
    }
  }
  const next: Place = lladdr === undefined ? { at: 'neighbor', link, address } : { at: 'frame', link, lladdr, vlan: 0 }
  return { steps: [{ ...step, outcome: 'next', text: `${name} takes the packet` }], next }
}

/** Why nothing leaves by an interface; `undefined` if it can. */
export function whyClosed({ ifname, flags, carrier }: Link): string | undefined {
  if ((flags & LinkFlag.UP) === 0) return `${ifname} is down: what it is given is dropped`
  return carrier === 0 ? `${ifname} has no carrier: what it is given is dropped` : undefined
}

/** States in which a frame can be sent at once (`NUD_CONNECTED`, and those that are tried while they are used). */
const usableStates =
  NeighborState.REACHABLE |
  NeighborState.STALE |
  NeighborState.DELAY |
  NeighborState.PROBE |
  NeighborState.NOARP |
  NeighborState.PERMANENT

/** Looks for the hardware address of a neighbour. */
export function takeNeighbor({ link, address }: Place & { at: 'neighbor' }, { snapshot }: Context): Advance {
  const name = link.ifname ?? `if${link.ifindex}`
  const entry = snapshot.neighbor(link.ifindex, address)
  const step = { kind: 'neighbor', entry } as const
  const lladdr = entry?.lladdr
  if (entry !== undefined && lladdr !== undefined && lladdr !== '' && (entry.state & usableStates) !== 0) {
    const text = `${address} on ${name} is at ${lladdr}${doubt(entry)}`
    return { steps: [{ ...step, outcome: 'next', text }], next: { at: 'frame', link, lladdr, vlan: 0 } }
  }
  if (((entry?.state ?? 0) & NeighborState.FAILED) !== 0) {
    const text = `${address} did not answer on ${name}: the kernel asks again for each packet, and drops it if nobody answers`
    return { steps: [{ ...step, outcome: 'stops', text }] }
  }
  const asks = ((entry?.state ?? 0) & NeighborState.INCOMPLETE) !== 0 ? 'asks' : 'would ask'
  const text = `it is not known where ${address} is: the kernel ${asks} on ${name}, and the packet waits for the answer`
  return { steps: [{ ...step, outcome: 'waits', text }] }
}

function doubt({ state }: Neighbor): string {
  const tried = NeighborState.STALE | NeighborState.DELAY | NeighborState.PROBE
  return (state & tried) === 0 ? '' : ', as it was last heard; the kernel checks that when it sends'
}
