import { LinkFlag } from '@rtnl/link'
import type { Neighbor } from '@rtnl/neighbor'
import { familyOfText } from '@rtnl/netlink-core'
import { legsOfNexthop } from '../lookup/legs.ts'
import type { Leg, Step } from '../step.ts'
import type { Advance, Context, NewStep, Place } from './context.ts'
import { percent } from './hop.ts'

const noHardwareAddress = '00:00:00:00:00:00'
/** `IANA_VXLAN_UDP_PORT` */
const usualPort = 4789

/** Looks up a frame in the forwarding entries of a vxlan (`vxlan_xmit`). */
export function takeVxlan(place: Place & { at: 'vxlan' }, { snapshot }: Context): Advance {
  const { link, lladdr, vni, backupNhid = 0 } = place
  if (backupNhid !== 0) {
    const known = `${link.ifname} does not look up ${lladdr}: what comes instead of another port is`
    return takeGroup(undefined, backupNhid, known, { link, vni }, snapshot)
  }
  const srcVni = link.vxlan?.collectMetadata === 1 ? vni : undefined
  const own = snapshot.vxlanEntries(link.ifindex, lladdr, srcVni)
  const entries = own.length > 0 ? own : snapshot.vxlanEntries(link.ifindex, noHardwareAddress, srcVni)
  const [entry] = entries
  const name = link.ifname
  if (entry === undefined) {
    const text = `${name} does not know ${lladdr}, and floods to nobody: the frame is dropped`
    return { steps: [{ kind: 'fdb', entry, legs: [], outcome: 'stops', text }] }
  }
  const known = own.length > 0 ? `${name} has ${lladdr}` : `${name} does not know ${lladdr}, and floods it`
  if (entry.nhId !== undefined) return takeGroup(entry, entry.nhId, known, { link, vni }, snapshot)
  const legs = entries.map(({ dst, viaIfindex }): Leg => {
    return {
      weight: 1,
      share: 1,
      chosen: true,
      oif: viaIfindex,
      gateway: dst,
      nexthopId: undefined,
      unusable: undefined,
    }
  })
  const { dst } = entry
  const step = { kind: 'fdb', entry, legs: entries.length > 1 ? legs : [] } as const
  if (entries.length > 1) {
    const text = `${known} to ${entries.length} endpoints: ${entries.map((each) => each.dst).join(', ')}`
    return { steps: [{ ...step, outcome: 'delivered', text }] }
  }
  if (dst === undefined || dst === '0.0.0.0' || dst === '::') {
    return { steps: [{ ...step, outcome: 'stops', text: `${known}, and its entry names no endpoint` }] }
  }
  const text = own.length > 0 ? `${known} behind ${dst}` : `${known} to ${dst}`
  return { steps: [{ ...step, outcome: 'next', text }], next: { at: 'vtep', link, vni, remote: entry, ip: dst } }
}

function takeGroup(
  entry: Neighbor | undefined,
  id: number,
  known: string,
  place: Pick<Place & { at: 'vtep' }, 'link' | 'vni'>,
  snapshot: Context['snapshot'],
): Advance {
  const group = snapshot.nexthop(id)
  const legs = legsOfNexthop(id, undefined, snapshot).map((leg) => ({
    ...leg,
    unusable: leg.unusable ?? (leg.gateway === undefined ? `nexthop ${leg.nexthopId} has no gateway` : undefined),
  }))
  const step: NewStep = { kind: 'fdb', entry, legs, outcome: 'next', text: `${known} behind nexthop group ${id}` }
  const nexthop = { kind: 'nexthop', entry: group } as const
  const stops = (text: string): Advance => ({ steps: [step, { ...nexthop, outcome: 'stops', text }] })
  if (group === undefined) return stops(`there is no nexthop ${id}: the frame is dropped`)
  const [first, ...others] = legs.filter(({ unusable }) => unusable === undefined)
  if (first?.gateway === undefined) return stops(`group ${id} has no member that can be used: the frame is dropped`)
  const way: Place = { at: 'vtep', ...place, remote: entry, ip: first.gateway, memberId: first.nexthopId }
  if (others.length === 0) {
    return { steps: [step, { ...nexthop, outcome: 'next', text: `group ${id} leads to ${first.gateway}` }], next: way }
  }
  const shares = [first, ...others].map(({ gateway, share }) => `${gateway} ${percent(share)}`).join(', ')
  const text = `group ${id} spreads frames by their content: ${shares}; the first is followed`
  return { steps: [step, { ...nexthop, outcome: 'next', text }], next: way }
}

/** Puts a frame into a packet to a tunnel endpoint, which is looked up like any other packet. */
export function takeVtep(place: Place & { at: 'vtep' }, context: Context): Advance {
  const { link, vni, remote: entry, ip, memberId } = place
  const { snapshot } = context
  const { port: usual = usualPort, local, link: lower } = link.vxlan ?? {}
  const remote = { ip, port: entry?.port ?? usual, vni: entry?.vni ?? vni }
  const member = memberId === undefined ? undefined : snapshot.nexthop(memberId)
  const step: Omit<Step & { kind: 'vtep' }, 'underlay' | 'outcome' | 'text'> = {
    kind: 'vtep',
    entry: member ?? entry,
    remote,
  }
  const stops = (text: string): Advance => ({ steps: [{ ...step, outcome: 'stops', text }] })
  if (context.underlay) return stops(`${link.ifname} is a tunnel inside of a tunnel, which is not followed`)
  if (local !== undefined && familyOfText(local) !== familyOfText(ip)) {
    return stops(`${link.ifname} sends from ${local}, and cannot reach ${ip}, which is of the other family`)
  }
  if (snapshot.address(ip) !== undefined) return bypass(place, remote, step, context)
  const oif = entry?.viaIfindex ?? lower
  const question = { dst: ip, ...(local === undefined ? {} : { src: local }), ...(oif === undefined ? {} : { oif }) }
  const text = `${link.ifname} puts the frame into a packet to ${ip}, port ${remote.port}, VNI ${remote.vni}`
  context.underlay = true
  return { steps: [{ ...step, outcome: 'next', text }], next: { at: 'lookup', question } }
}

/** A frame to an endpoint that this host is goes to the vxlan that has the VNI, without a packet (`encap_bypass_if_local`). */
function bypass(
  { link }: Place & { at: 'vtep' },
  { ip, port, vni }: { readonly ip: string; readonly port: number; readonly vni: number | undefined },
  step: Omit<Step & { kind: 'vtep' }, 'underlay' | 'outcome' | 'text'>,
  { snapshot }: Context,
): Advance {
  for (const other of snapshot.links) {
    const { vxlan } = other
    if (vxlan === undefined || (other.flags & LinkFlag.UP) === 0 || vxlan.port !== port) continue
    if (vxlan.id !== vni && vxlan.collectMetadata !== 1) continue
    const text = `${ip} is this host: ${link.ifname} hands the frame to ${other.ifname}`
    return { steps: [{ ...step, outcome: 'delivered', text }] }
  }
  const text = `${ip} is this host, and no vxlan here has VNI ${vni} at port ${port}: the frame is dropped`
  return { steps: [{ ...step, outcome: 'stops', text }] }
}
