import type { Vni as FilteredVni, Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import type { CheckedConfig } from '../config.ts'
import type { InputTable } from '../inputs/inputs.ts'
import { Multimap } from '../multimap.ts'
import { type Device, deviceOf } from './device.ts'
import { Names, namesOf } from './names.ts'
import { VlanMaps } from './vlan-maps.ts'

/** Which vxlans there are, what they carry, and how bridges, VLANs and SVIs belong to them: by indexes that links and VLANs fill. */
export class Topology {
  readonly config: CheckedConfig
  readonly links: InputTable<Link>
  /** All vxlans. */
  readonly devices = new Map<number, Device>()
  readonly names = new Names()
  readonly vlans = new VlanMaps()
  /** VNIs in the filter of a vxlan. */
  readonly filters = new Multimap<number, number>()
  /** Vxlans that are ports, by bridge. */
  readonly ports = new Multimap<number, number>()
  /** VLAN devices, by the bridge below them. */
  readonly uppers = new Multimap<number, number>()
  readonly #uppersOfVlan = new Multimap<string, number>()
  /** What is below VLAN devices. */
  readonly #lowers = new Map<number, number>()
  /** Bridges that filter by VLAN. */
  readonly #filtering = new Set<number>()
  /** Names of vxlans, those of their own and others. */
  readonly #namesOfVxlan = new Map<number, readonly string[]>()
  readonly #byId = new Multimap<number, number>()
  readonly #external = new Set<number>()
  /** Forwarding entries with a VNI of their own, by vxlan and VNI. */
  readonly #rowVnis = new Map<number, Map<number, number>>()
  /** Names that segments give to vxlans, and the segments. */
  readonly #segmentsByVxlan = new Multimap<string, number>()

  constructor(config: CheckedConfig, links: InputTable<Link>) {
    this.config = config
    this.links = links
    for (const [vni, { vxlans }] of config.segments ?? []) {
      for (const name of vxlans) this.#segmentsByVxlan.add(name, vni)
    }
  }

  /** @returns the names that mean another interface now */
  changeLink(old: Link | undefined, next: Link | undefined): string[] {
    const before = deviceOf(old)
    const after = deviceOf(next)
    if (before !== undefined) {
      this.devices.delete(before.ifindex)
      if (before.master !== undefined) this.ports.delete(before.master, before.ifindex)
      if (before.id === undefined) this.#external.delete(before.ifindex)
      else this.#byId.delete(before.id, before.ifindex)
    }
    if (after !== undefined) {
      this.devices.set(after.ifindex, after)
      if (after.master !== undefined) this.ports.add(after.master, after.ifindex)
      if (after.id === undefined) this.#external.add(after.ifindex)
      else this.#byId.add(after.id, after.ifindex)
    }
    if (old !== undefined) {
      this.#filtering.delete(old.ifindex)
      this.#namesOfVxlan.delete(old.ifindex)
    }
    if (next?.bridge?.vlanFiltering === 1) this.#filtering.add(next.ifindex)
    if (next !== undefined && after !== undefined) this.#namesOfVxlan.set(next.ifindex, namesOf(next))
    this.#changeUpper(old, next)
    return this.names.change(old, next)
  }

  changeVlan(old: Vlan | undefined, next: Vlan | undefined): void {
    this.vlans.change(old, next)
  }

  changeFilter(old: FilteredVni | undefined, next: FilteredVni | undefined): void {
    if (old?.vni !== undefined) this.filters.delete(old.ifindex, old.vni)
    if (next?.vni !== undefined) this.filters.add(next.ifindex, next.vni)
  }

  /** @returns whether it is the first entry of the vxlan with the VNI, or was the last one */
  countRow(ifindex: number, vni: number, by: 1 | -1): boolean {
    const counts = this.#rowVnis.get(ifindex) ?? new Map<number, number>()
    const count = (counts.get(vni) ?? 0) + by
    if (count > 0) counts.set(vni, count)
    else counts.delete(vni)
    if (counts.size > 0) this.#rowVnis.set(ifindex, counts)
    else this.#rowVnis.delete(ifindex)
    return count === 0 || (count === 1 && by === 1)
  }

  /** Whether a bridge filters by VLAN. Asked for each hardware address, so that no link is decoded. */
  filtersVlans(bridge: number): boolean {
    return this.#filtering.has(bridge)
  }

  link(ifindex: number | undefined): Link | undefined {
    return ifindex === undefined ? undefined : this.links.get({ ifindex })
  }

  /** The vxlans of a VNI, from the smallest index. */
  devicesOf(vni: number): Device[] {
    const { segments } = this.config
    const indexes = segments === undefined ? this.#carriers(vni) : this.#named(segments.get(vni)?.vxlans ?? [])
    const found = [...new Set(indexes)].flatMap((ifindex) => this.devices.get(ifindex) ?? [])
    return found.filter(({ id }) => id === undefined || id === vni).sort((a, b) => a.ifindex - b.ifindex)
  }

  /** The VNIs that a vxlan carries, or that segments want of it. */
  vnisOf({ ifindex, id }: Device): Set<number> {
    const vnis = new Set<number>(id === undefined ? this.#carried(ifindex) : [id])
    const { segments } = this.config
    if (segments === undefined) return vnis
    for (const name of this.#segmentsByVxlan.keys()) {
      if (this.names.ifindex(name) === ifindex) for (const vni of this.#segmentsByVxlan.get(name)) vnis.add(vni)
    }
    return new Set([...vnis].filter((vni) => segments.has(vni)))
  }

  /** The segments that name a vxlan, by their VNI. */
  segmentsOf(name: string): ReadonlySet<number> {
    return this.#segmentsByVxlan.get(name)
  }

  /** Whether forwarding entries of an interface matter. */
  isFollowed(ifindex: number): boolean {
    const names = this.#namesOfVxlan.get(ifindex)
    if (names === undefined || this.config.segments === undefined) return names !== undefined
    return names.some((name) => this.#segmentsByVxlan.has(name) && this.names.ifindex(name) === ifindex)
  }

  /** Whether neighbours of an interface may be bindings: of a vxlan, of its bridge, or of a VLAN device on that. */
  isRelated(ifindex: number): boolean {
    if (this.devices.has(ifindex)) return this.isFollowed(ifindex)
    const bridge = this.#lowers.get(ifindex) ?? ifindex
    return [...this.ports.get(bridge)].some((port) => this.isFollowed(port))
  }

  /** VLAN devices for a VLAN of a bridge. */
  uppersOf(bridge: number, vlan: number): ReadonlySet<number> {
    return this.#uppersOfVlan.get(`${bridge} ${vlan}`)
  }

  #changeUpper(old: Link | undefined, next: Link | undefined): void {
    for (const [link, present] of [
      [old, false],
      [next, true],
    ] as const) {
      if (link?.kind !== 'vlan' || link.link === undefined || link.vlan?.id === undefined) continue
      if (present) this.#lowers.set(link.ifindex, link.link)
      else this.#lowers.delete(link.ifindex)
      const place = `${link.link} ${link.vlan.id}`
      if (present) {
        this.uppers.add(link.link, link.ifindex)
        this.#uppersOfVlan.add(place, link.ifindex)
      } else {
        this.uppers.delete(link.link, link.ifindex)
        this.#uppersOfVlan.delete(place, link.ifindex)
      }
    }
  }

  #named(names: readonly string[]): number[] {
    return names.flatMap((name) => this.names.ifindex(name) ?? [])
  }

  *#carriers(vni: number): Generator<number, void, undefined> {
    yield* this.#byId.get(vni)
    for (const ifindex of this.#external) {
      const isCarried =
        this.vlans.tunnels.get(ifindex).has(vni) ||
        this.filters.get(ifindex).has(vni) ||
        this.#rowVnis.get(ifindex)?.has(vni) === true
      if (isCarried) yield ifindex
    }
  }

  *#carried(ifindex: number): Generator<number, void, undefined> {
    yield* this.vlans.tunnels.get(ifindex)
    yield* this.filters.get(ifindex)
    yield* this.#rowVnis.get(ifindex)?.keys() ?? []
  }
}
