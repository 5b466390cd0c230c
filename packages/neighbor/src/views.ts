import { isLearned, isRemoteVtep, isStaticArp, isStaticFdb } from './kinds.ts'
import type { Neighbor } from './message.ts'

/** A tunnel endpoint. */
export interface RemoteVtep {
  /** IP address. */
  readonly dst: string
  /** UDP port, 4789 unless the entry says another. */
  readonly port: number
  /** Of the segment; `undefined` if neither the caller nor the entry says one. */
  readonly vni: number | undefined
}

/** Where a hardware address is: behind a tunnel endpoint, or behind one of a group of nexthop objects. */
export interface StaticFdb {
  /** Hardware address. */
  readonly lladdr: string
  /** Of the segment; `undefined` if neither the caller nor the entry says one. */
  readonly vni: number | undefined
  /** IP address of the endpoint; `undefined` behind a group. */
  readonly dst: string | undefined
  /** Id of the group of nexthops; `undefined` behind one endpoint. */
  readonly nhId: number | undefined
}

/** A remote neighbour. */
export interface StaticArp {
  /** Hardware address. */
  readonly lladdr: string
  /** IP address. */
  readonly dst: string
  /** Of the segment; `undefined` if the caller says none. */
  readonly vni: number | undefined
}

/** `IANA_VXLAN_UDP_PORT` */
const vxlanPort = 4789

/**
 * The VNI that an entry belongs to. The `vni` of the entry is not asked: it is the VNI on the wire to a remote that gives the
 * segment another one.
 * @param usual that of the vxlan; none for a vxlan that carries many (`external`), whose entries have one each (`srcVni`)
 */
export function vniOf({ srcVni }: Neighbor, usual?: number): number | undefined {
  return srcVni ?? usual
}

/**
 * The tunnel endpoints in the forwarding entries of a vxlan, each once, in the order of the entries.
 * @param vni that of the vxlan; none for one that carries many
 */
export function remoteVteps(entries: Iterable<Neighbor>, vni?: number): RemoteVtep[] {
  return Unique.remoteVteps(vni).of(entries)
}

/**
 * The hardware addresses in the forwarding entries of a vxlan that were learned from elsewhere, each once.
 * @param vni that of the vxlan; none for one that carries many
 */
export function staticFdb(entries: Iterable<Neighbor>, vni?: number): StaticFdb[] {
  return Unique.staticFdb(vni).of(entries)
}

/**
 * The neighbours of a bridge that were learned from elsewhere, each once.
 * @param vni the VNI that the bridge is for
 */
export function staticArp(entries: Iterable<Neighbor>, vni?: number): StaticArp[] {
  return Unique.staticArp(vni).of(entries)
}

/** Collects what a function makes of the learned entries of one kind. Equal results are collected once. */
export class Unique<View extends object> {
  readonly #wanted: (entry: Neighbor) => boolean
  readonly #view: (entry: Neighbor) => View | undefined
  readonly #views = new Map<string, View>()

  private constructor(wanted: (entry: Neighbor) => boolean, view: (entry: Neighbor) => View | undefined) {
    this.#wanted = wanted
    this.#view = view
  }

  static remoteVteps(vni: number | undefined): Unique<RemoteVtep> {
    return new Unique(isRemoteVtep, (entry) =>
      entry.dst === undefined ? undefined : { dst: entry.dst, port: entry.port ?? vxlanPort, vni: vniOf(entry, vni) },
    )
  }

  static staticFdb(vni: number | undefined): Unique<StaticFdb> {
    return new Unique(isStaticFdb, (entry) => {
      const { lladdr = '', dst, nhId } = entry
      return { lladdr, vni: vniOf(entry, vni), dst, nhId }
    })
  }

  static staticArp(vni: number | undefined): Unique<StaticArp> {
    return new Unique(isStaticArp, ({ lladdr = '', dst = '' }) => ({ lladdr, dst, vni }))
  }

  add(entry: Neighbor): void {
    const made = isLearned(entry) && this.#wanted(entry) ? this.#view(entry) : undefined
    if (made === undefined) return
    const name = Object.values(made).join(' ')
    if (!this.#views.has(name)) this.#views.set(name, made)
  }

  of(entries: Iterable<Neighbor>): View[] {
    for (const entry of entries) this.add(entry)
    return [...this.#views.values()]
  }

  /** Adds what was made to an array of very many. */
  addTo(found: View[]): void {
    for (const view of this.#views.values()) found.push(view)
  }
}
