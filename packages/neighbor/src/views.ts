import { isLearned, isRemoteVtep, isStaticArp, isStaticFdb } from './kinds.ts'
import type { Neighbor } from './message.ts'

/** A tunnel endpoint. */
export interface RemoteVtep {
  readonly dst: string
  /** UDP port, 4789 unless the entry says another. */
  readonly port: number
  readonly vni: number | undefined
}

/** Where a hardware address is: behind a tunnel endpoint, or behind one of a group of nexthop objects. */
export interface StaticFdb {
  readonly lladdr: string
  readonly vni: number | undefined
  readonly dst: string | undefined
  readonly nhId: number | undefined
}

export interface StaticArp {
  readonly lladdr: string
  readonly dst: string
  readonly vni: number | undefined
}

/** `IANA_VXLAN_UDP_PORT` */
const vxlanPort = 4789

/**
 * The VNI that an entry belongs to: on a vxlan that carries many that of the entry, else the one at its remote.
 * @param usual that of the vxlan, which its entries leave out
 */
export function vniOf({ srcVni, vni }: Neighbor, usual?: number): number | undefined {
  return srcVni ?? vni ?? usual
}

/**
 * The tunnel endpoints in the forwarding entries of a vxlan, each once, in the order of the entries.
 * @param vni that of the vxlan; none for one that carries many
 */
export function remoteVteps(entries: Iterable<Neighbor>, vni?: number): RemoteVtep[] {
  return unique(entries, isRemoteVtep, (entry) =>
    entry.dst === undefined ? undefined : { dst: entry.dst, port: entry.port ?? vxlanPort, vni: vniOf(entry, vni) },
  )
}

/**
 * The hardware addresses in the forwarding entries of a vxlan that were learned from elsewhere, each once.
 * @param vni that of the vxlan; none for one that carries many
 */
export function staticFdb(entries: Iterable<Neighbor>, vni?: number): StaticFdb[] {
  return unique(entries, isStaticFdb, (entry) => {
    const { lladdr = '', dst, nhId } = entry
    return { lladdr, vni: vniOf(entry, vni), dst, nhId }
  })
}

/**
 * The neighbours of a bridge that were learned from elsewhere, each once.
 * @param vni the VNI that the bridge is for
 */
export function staticArp(entries: Iterable<Neighbor>, vni?: number): StaticArp[] {
  return unique(entries, isStaticArp, ({ lladdr = '', dst = '' }) => ({ lladdr, dst, vni }))
}

/** What `view` makes of the entries that are wanted and can be learned from; equal ones once. */
function unique<View extends object>(
  entries: Iterable<Neighbor>,
  wanted: (entry: Neighbor) => boolean,
  view: (entry: Neighbor) => View | undefined,
): View[] {
  const views = new Map<string, View>()
  for (const entry of entries) {
    const made = isLearned(entry) && wanted(entry) ? view(entry) : undefined
    if (made === undefined) continue
    const name = Object.values(made).join(' ')
    if (!views.has(name)) views.set(name, made)
  }
  return [...views.values()]
}
