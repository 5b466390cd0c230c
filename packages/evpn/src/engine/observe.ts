import type { Vni as FilteredVni, Vlan } from '@rtnl/bridge'
import type { Link } from '@rtnl/link'
import { type Cause, sameValue } from '@rtnl/live-table'
import { fdbDefinition, type Neighbor, NeighborFlag } from '@rtnl/neighbor'
import type { Nexthop } from '@rtnl/nexthop'
import type { InputTable } from '../inputs/inputs.ts'
import { fdbKey } from '../keys.ts'
import { isHostMac, vniOfRow } from '../rules/row.ts'
import { deviceOf } from '../topology/device.ts'
import { noteRemoteRow, type State, vlanText } from './state.ts'

/** Keeps the indexes, and notes what depends on each change. */
export class Observer {
  readonly #state: State
  readonly #changed: () => void
  readonly #stops: (() => void)[] = []
  /** While the tables are taken in: the entries with a VNI of their own that are counted. */
  #counted: Set<string> | undefined = new Set()

  /** @param changed is called after each change */
  constructor(state: State, changed: () => void) {
    this.#state = state
    this.#changed = changed
    const { links, vlans, filters, nexthops, fdb, neighbors } = state.inputs
    this.#follow(links, (old, next) => this.#link(old, next))
    this.#follow(vlans, (old, next) => this.#vlan(old, next))
    this.#follow(filters, (old, next) => this.#filter(old, next))
    this.#follow(nexthops, (old, next) => this.#nexthop(old, next))
    this.#follow(fdb, (old, next) => {
      this.#forwarding(old, next)
      this.#noteLatest(next ?? old)
    })
    this.#follow(neighbors, (old, next) => this.#neighbor(old, next))
  }

  /** Each entry of the tables that say what VNIs there are, as if it had been added now. The caller lets others run between them. */
  *fillPlaces(): Generator<void, void, undefined> {
    const { links, vlans, filters } = this.#state.inputs
    for (const entry of links) yield this.#link(undefined, entry)
    for (const entry of vlans) yield this.#vlan(undefined, entry)
    for (const entry of filters) yield this.#filter(undefined, entry)
  }

  /** Like `fillPlaces`, of the other tables. */
  *fillEntries(): Generator<void, void, undefined> {
    const { nexthops, fdb, neighbors } = this.#state.inputs
    for (const entry of nexthops) yield this.#nexthop(undefined, entry)
    for (const entry of fdb) yield this.#forwarding(undefined, entry)
    this.#counted = undefined
    for (const entry of neighbors) yield this.#neighbor(undefined, entry)
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #follow<Entry>(table: InputTable<Entry>, change: (old: Entry | undefined, next: Entry | undefined) => void): void {
    const stop = table.observe((old, next, cause: Cause) => {
      if (old === next) return
      this.#state.dirty.because(cause)
      change(old, next)
      this.#changed()
    })
    this.#stops.push(stop)
  }

  #link(old: Link | undefined, next: Link | undefined): void {
    if (old !== undefined && next !== undefined && sameValue(relevant(old), relevant(next))) return
    const { topology, dirty, config } = this.#state
    const ifindex = (next ?? old)?.ifindex ?? 0
    const before = deviceOf(old)
    if (before !== undefined) for (const vni of topology.vnisOf(before)) dirty.vnis.add(vni)
    const renamed = topology.changeLink(old, next)
    const after = deviceOf(next)
    if (after !== undefined) for (const vni of topology.vnisOf(after)) dirty.vnis.add(vni)
    if (before !== undefined || after !== undefined) dirty.devices.add(ifindex)
    for (const device of [before, after]) if (device?.master !== undefined) this.#bridgeNeighbors(device.master)
    dirty.svis.add(ifindex)
    // A bridge, or a VRF: what refers to it changes with it.
    for (const port of topology.ports.get(ifindex)) this.#device(port)
    if (old?.bridge?.vlanFiltering !== next?.bridge?.vlanFiltering) this.#allAt(ifindex)
    for (const vni of this.#state.vnisOfSvi.get(ifindex)) dirty.vnis.add(vni)
    for (const link of [old, next]) {
      if (link?.kind === 'vlan' && link.link !== undefined) this.#vnisAt(link.link, link.vlan?.id)
      if (link?.kind === 'vrf') for (const vni of this.#vnisIn(ifindex)) dirty.vnis.add(vni)
    }
    if (config.segments !== undefined) this.#segments(renamed, before !== after || topology.ports.has(ifindex))
  }

  /** Names of segments may mean other interfaces now. @param isPlace whether it is a vxlan, or what some are ports of */
  #segments(renamed: readonly string[], isPlace: boolean): void {
    const { topology, dirty, config } = this.#state
    if (renamed.length === 0 && !isPlace) return
    dirty.segments = true
    for (const name of renamed) {
      for (const vni of topology.segmentsOf(name)) dirty.vnis.add(vni)
      const ifindex = topology.names.ifindex(name)
      if (ifindex === undefined || topology.segmentsOf(name).size === 0) continue
      dirty.devices.add(ifindex)
      dirty.svis.add(ifindex)
      const master = topology.devices.get(ifindex)?.master
      if (master !== undefined) this.#bridgeNeighbors(master)
    }
    for (const [vni, { svi }] of config.segments ?? [])
      if (svi !== undefined && renamed.includes(svi)) dirty.vnis.add(vni)
  }

  #vlan(old: Vlan | undefined, next: Vlan | undefined): void {
    const { topology, dirty } = this.#state
    const { ifindex } = next ?? old ?? { ifindex: 0 }
    const before = topology.vlans.pvid(ifindex)
    topology.changeVlan(old, next)
    const device = topology.devices.get(ifindex)
    // A bridge itself is the SVI of one VLAN.
    if (device === undefined) for (const pvid of [before, topology.vlans.pvid(ifindex)]) this.#vnisAt(ifindex, pvid)
    else if (device.id !== undefined) for (const vni of topology.vnisOf(device)) dirty.vnis.add(vni)
    for (const vlan of [old, next]) if (vlan?.tunnelId !== undefined) this.#carried(ifindex, vlan.tunnelId)
  }

  #filter(old: FilteredVni | undefined, next: FilteredVni | undefined): void {
    this.#state.topology.changeFilter(old, next)
    const { ifindex, vni } = next ?? old ?? { ifindex: 0 }
    if (vni !== undefined) this.#carried(ifindex, vni)
  }

  #nexthop(old: Nexthop | undefined, next: Nexthop | undefined): void {
    const { groupsOfMember } = this.#state
    const id = (next ?? old)?.id ?? 0
    for (const member of old?.group ?? []) groupsOfMember.delete(member.id, id)
    for (const member of next?.group ?? []) groupsOfMember.add(member.id, id)
    for (const nhId of [id, ...groupsOfMember.get(id)]) this.#group(nhId)
  }

  #group(nhId: number): void {
    const { uses, dirty } = this.#state
    for (const vni of uses.vnisOf(nhId)) dirty.group({ vni, nhId })
  }

  #forwarding(old: Neighbor | undefined, next: Neighbor | undefined): void {
    const entry = next ?? old
    if (entry === undefined) return
    if ((entry.flags & NeighborFlag.SELF) === 0) this.#bridgeRow(entry)
    else this.#remoteRow(entry, old, next)
  }

  #bridgeRow({ master = 0, vlan, lladdr }: Neighbor): void {
    for (const vni of this.#state.vnisOfVlan.get(vlanText(master, vlan))) this.#state.dirty.mac(vni, lladdr)
  }

  #remoteRow(entry: Neighbor, old: Neighbor | undefined, next: Neighbor | undefined): void {
    const { topology } = this.#state
    const { ifindex, srcVni } = entry
    if (srcVni !== undefined && this.#isCounted(entry, old, next)) {
      if (topology.countRow(ifindex, srcVni, next === undefined ? -1 : 1)) this.#carried(ifindex, srcVni)
    }
    const device = topology.devices.get(ifindex)
    noteRemoteRow(this.#state, entry, device && vniOfRow(entry, device))
  }

  /** Whether an entry that names its VNI came or went. What is taken in may have been announced before, or be gone by then. */
  #isCounted(entry: Neighbor, old: Neighbor | undefined, next: Neighbor | undefined): boolean {
    if (this.#counted === undefined) return (old === undefined) !== (next === undefined)
    const text = fdbDefinition.keyText(entry)
    const isKnown = this.#counted.has(text)
    if (next === undefined) this.#counted.delete(text)
    else this.#counted.add(text)
    return isKnown === (next === undefined)
  }

  /** Which entry changed last matters only where several vxlans know the address. */
  #noteLatest(row: Neighbor | undefined): void {
    const { topology, latest } = this.#state
    const { ifindex, lladdr: mac } = row ?? { ifindex: 0 }
    const device = topology.devices.get(ifindex)
    if (row === undefined || device === undefined || (row.flags & NeighborFlag.SELF) === 0 || !isHostMac(mac)) return
    const vni = vniOfRow(row, device)
    if (vni === undefined) return
    const others = topology.devicesOf(vni).filter((each) => each.ifindex !== ifindex)
    if (others.some((other) => this.#state.remoteRow(other.ifindex, mac, vni) !== undefined)) {
      latest.set(fdbKey({ vni, mac }), ifindex)
    }
  }

  #neighbor(old: Neighbor | undefined, next: Neighbor | undefined): void {
    const entry = next ?? old
    if (entry?.dst === undefined) return
    const { dirty } = this.#state
    dirty.neighbor(entry)
    const vni = this.#state.vniOfSvi(entry.ifindex)
    if (vni !== undefined) dirty.arp({ vni, family: entry.family, ip: entry.dst })
  }

  /** All of a port may be in another VLAN, or in none. */
  #device(ifindex: number): void {
    const { topology, dirty } = this.#state
    const device = topology.devices.get(ifindex)
    if (device === undefined) return
    for (const vni of topology.vnisOf(device)) dirty.vnis.add(vni)
  }

  /** A bridge looks at VLANs now, or does not any more: it has other entries for all VNIs. */
  #allAt(bridge: number): void {
    const { topology, dirty } = this.#state
    for (const port of topology.ports.get(bridge)) {
      const device = topology.devices.get(port)
      if (device !== undefined) for (const vni of topology.vnisOf(device)) dirty.wholeVnis.add(vni)
    }
  }

  /** A vxlan of many VNIs began or ceased to carry one, or has it in another VLAN. */
  #carried(ifindex: number, vni: number): void {
    const device = this.#state.topology.devices.get(ifindex)
    if (device !== undefined && device.id === undefined) this.#state.dirty.vnis.add(vni)
  }

  #vnisAt(bridge: number, vlan: number | undefined): void {
    for (const vni of this.#state.vnisOfVlan.get(vlanText(bridge, vlan))) this.#state.dirty.vnis.add(vni)
  }

  #bridgeNeighbors(bridge: number): void {
    const { topology, dirty } = this.#state
    dirty.svis.add(bridge)
    for (const upper of topology.uppers.get(bridge)) dirty.svis.add(upper)
  }

  *#vnisIn(vrf: number): Generator<number, void, undefined> {
    const { rows, topology } = this.#state
    for (const { vni, svi } of rows.vnis.stored()) if (topology.link(svi)?.master === vrf) yield vni
  }
}

/** What of a link matters here: not whether it is up. */
function relevant({ ifname, altnames, kind, master, link, vxlan, vlan, bridge }: Link): unknown {
  const vlanFiltering = bridge?.vlanFiltering
  return { ifname, altnames, kind, master, link, vxlan, vlan: vlan?.id, vlanFiltering }
}
