import { sameValue } from '@rtnl/live-table'
import { NeighborFlag } from '@rtnl/neighbor'
import type { Reason, Vni } from '../entries.ts'
import { vniKey } from '../keys.ts'
import { vniEntry } from '../topology/vni-entry.ts'
import { noteRemoteRow, type State, vlanText } from './state.ts'

/** Derives segments and VNIs, and notes what depends on those that changed. */
export class VniDeriver {
  readonly #state: State
  /** Keys of failures of segments. */
  #failures = new Set<string>()

  constructor(state: State) {
    this.#state = state
  }

  run(): void {
    const { dirty } = this.#state
    this.#own()
    if (dirty.devices.size > 0 || dirty.wholeVnis.size > 0) this.#rescan()
    if (dirty.svis.size > 0) this.#rescanNeighbors()
  }

  /** Derives segments and VNIs before anything else is taken in, which therefore need not be read again. */
  begin(): void {
    const { dirty } = this.#state
    this.#own()
    for (const places of [dirty.devices, dirty.wholeVnis, dirty.svis]) places.clear()
  }

  #own(): void {
    const { dirty } = this.#state
    if (dirty.segments) this.#segments()
    dirty.segments = false
    const vnis = [...dirty.vnis]
    dirty.vnis.clear()
    for (const vni of vnis) this.#vni(vni)
  }

  #vni(vni: number): void {
    const { rows, topology, cause, dirty, vnisOfSvi, vnisOfVlan } = this.#state
    rows.derived.vnis++
    const old = this.#state.vni(vni)
    const next = vniEntry(vni, topology)
    for (const ifindex of new Set([...(old?.devices ?? []), ...(next?.devices ?? [])])) {
      const device = next?.devices.includes(ifindex) === true ? topology.devices.get(ifindex) : undefined
      const isLeftOut = device?.filtered === true && !topology.filters.get(ifindex).has(vni)
      const text = isLeftOut ? `VNI ${vni} is not in the filter of ${device.name}, which drops its frames.` : undefined
      this.#state.setNotice('vni-filtered', `${vni} ${ifindex}`, vni, text)
    }
    if (sameValue(old, next)) return
    if (old?.bridge !== undefined) vnisOfVlan.delete(vlanText(old.bridge, old.vlan), vni)
    if (next?.bridge !== undefined) vnisOfVlan.add(vlanText(next.bridge, next.vlan), vni)
    if (old?.svi !== next?.svi) {
      // Whoever shares the SVI may be the only one with it now, or not any more.
      for (const svi of [old?.svi, next?.svi]) if (svi !== undefined) dirty.svis.add(svi)
      if (old?.svi !== undefined) vnisOfSvi.delete(old.svi, vni)
      if (next?.svi !== undefined) vnisOfSvi.add(next.svi, vni)
    }
    if (!isSamePlace(old, next)) dirty.wholeVnis.add(vni)
    for (const ifindex of new Set([...(old?.devices ?? []), ...(next?.devices ?? [])])) {
      if (old?.devices.includes(ifindex) !== next?.devices.includes(ifindex)) dirty.devices.add(ifindex)
    }
    if (next === undefined) rows.vnis.delete(vniKey({ vni }), cause)
    else rows.vnis.set(vniKey({ vni }), next, cause)
  }

  /** All forwarding entries of some vxlans, and all that was derived for some VNIs. */
  #rescan(): void {
    const { dirty, inputs, rows, topology } = this.#state
    const { devices, wholeVnis } = dirty
    // Entries of a VNI with many are found by the vxlans that it has now; those that it had are in what was derived.
    const scanned = new Set(devices)
    for (const vni of wholeVnis) for (const ifindex of this.#state.vni(vni)?.devices ?? []) scanned.add(ifindex)
    for (const row of inputs.fdb.ofInterfaces(scanned)) {
      const device = topology.devices.get(row.ifindex)
      const vni = device === undefined ? undefined : (device.id ?? row.srcVni)
      if ((row.flags & NeighborFlag.SELF) === 0) continue
      if (devices.has(row.ifindex) || (vni !== undefined && wholeVnis.has(vni))) {
        noteRemoteRow(this.#state, row, vni)
      }
    }
    for (const row of this.#bridgeRows()) {
      dirty.mac(row.vni, row.lladdr)
    }
    for (const id of rows.fdb.ids()) {
      const vni = rows.fdb.vniOf(id)
      if (wholeVnis.has(vni) || devices.has(rows.fdb.ifindexOf(id))) dirty.mac(vni, rows.fdb.macOf(id))
    }
    for (const { kind, subject, vni } of rows.notices.stored()) {
      if (kind === 'bridge-only' && wholeVnis.has(vni)) dirty.mac(vni, subject.split(' ')[1])
    }
    for (const { vni, nhId, devices: users } of rows.groups.stored()) {
      if (wholeVnis.has(vni) || users.some((ifindex) => devices.has(ifindex))) dirty.group({ vni, nhId })
    }
    devices.clear()
    wholeVnis.clear()
  }

  /** Entries of bridges at the vxlans of VNIs that are derived again: the vxlan may not have them. */
  *#bridgeRows(): Generator<{ readonly vni: number; readonly lladdr: string | undefined }, void, undefined> {
    const { dirty, inputs, vnisOfVlan } = this.#state
    const ports = new Set<number>(dirty.devices)
    for (const vni of dirty.wholeVnis) for (const ifindex of this.#state.vni(vni)?.devices ?? []) ports.add(ifindex)
    for (const { flags, master, vlan, lladdr } of inputs.fdb.ofInterfaces(ports)) {
      if ((flags & NeighborFlag.SELF) !== 0 || master === undefined) continue
      for (const vni of vnisOfVlan.get(vlanText(master, vlan))) if (dirty.wholeVnis.has(vni)) yield { vni, lladdr }
    }
  }

  #rescanNeighbors(): void {
    const { dirty, inputs, rows } = this.#state
    const svis = new Set(dirty.svis)
    dirty.svis.clear()
    for (const neighbor of inputs.neighbors.ofInterfaces(svis)) {
      dirty.neighbor(neighbor)
      const vni = this.#state.vniOfSvi(neighbor.ifindex)
      if (vni !== undefined && neighbor.dst !== undefined) dirty.arp({ vni, family: neighbor.family, ip: neighbor.dst })
    }
    for (const { vni, family, ip, ifindex } of rows.arps.stored()) if (svis.has(ifindex)) dirty.arp({ vni, family, ip })
  }

  #segments(): void {
    const found = new Set<string>()
    for (const [row, vni, reason, text] of this.#segmentFailures()) {
      found.add(row)
      this.#state.setUnresolved({ table: 'segment', row, vni, reason, text }, { table: 'segment', row })
    }
    for (const row of this.#failures)
      if (!found.has(row)) this.#state.setUnresolved(undefined, { table: 'segment', row })
    this.#failures = found
  }

  *#segmentFailures(): Generator<readonly [row: string, vni: number, reason: Reason, text: string], void, undefined> {
    const { config, topology } = this.#state
    for (const { place, vni, reason, text } of config.failures) yield [String(place), vni, reason, text]
    for (const { place, vni, vxlans, svi } of config.segments?.values() ?? []) {
      for (const name of new Set([...vxlans, ...(svi === undefined ? [] : [svi])])) {
        const ifindex = topology.names.ifindex(name)
        const device = ifindex === undefined ? undefined : topology.devices.get(ifindex)
        const row = `${place} ${name}`
        if (ifindex === undefined) yield [row, vni, 'no-interface', `There is no interface ${name}.`]
        else if (!vxlans.includes(name)) continue
        else if (device === undefined) yield [row, vni, 'not-vxlan', `${name} is no vxlan.`]
        else if (device.id !== undefined && device.id !== vni) {
          yield [row, vni, 'vni-not-configured', `${name} has VNI ${device.id}, and not ${vni}.`]
        } else if (svi === undefined && topology.link(device.master)?.kind !== 'bridge') {
          yield [row, vni, 'no-bridge', `${name} is no port of a bridge, and the segment names no svi.`]
        }
      }
    }
  }
}

/** Whether entries of the VNI mean the same: they depend on where its vxlans are, and on their ports and families. */
function isSamePlace(old: Vni | undefined, next: Vni | undefined): boolean {
  if (old === undefined || next === undefined) return false
  return (
    sameValue(old.devices, next.devices) &&
    old.bridge === next.bridge &&
    old.vlan === next.vlan &&
    sameValue(old.ports, next.ports) &&
    sameValue(old.local, next.local)
  )
}
