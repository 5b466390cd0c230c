import type { Cause } from '@rtnl/live-table'
import { fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import { type ArpKey, arpKey, type GroupKey } from '../keys.ts'
import { Multimap } from '../multimap.ts'
import { macNumber } from '../rules/macs.ts'
import type { MacRows } from './mac-rows.ts'

/** What has to be derived again: each key once, however often something that it depends on changed. */
export class Dirty {
  segments = false
  readonly vnis = new Set<number>()
  /** Vxlans of which all forwarding entries may mean something else. */
  readonly devices = new Set<number>()
  /** VNIs of which all that is derived may be something else. */
  readonly wholeVnis = new Set<number>()
  /** Interfaces of which all neighbours may mean something else. */
  readonly svis = new Set<number>()
  /** Forwarding entries of vxlans that are not those of a hardware address of a VNI that the vxlan carries, by their keys. */
  readonly rows = new Map<string, Neighbor>()
  readonly neighbors = new Map<string, Neighbor>()
  readonly arps = new Map<string, ArpKey>()
  readonly #macRows: MacRows
  /** The numbers of hardware addresses, of which the first ones were taken. */
  #macs: number[] = []
  #taken = 0
  /** Groups by VNI. */
  readonly #groups = new Multimap<number, number>()
  /** Groups of which the number of addresses is another. */
  readonly #counts = new Multimap<number, number>()
  #cause: Cause = 'notification'

  constructor(macRows: MacRows) {
    this.#macRows = macRows
  }

  row(entry: Neighbor): void {
    this.rows.set(fdbDefinition.keyText(entry), entry)
  }

  neighbor(entry: Neighbor): void {
    this.neighbors.set(neighborText(entry), entry)
  }

  mac(vni: number, mac: string | undefined): void {
    const number = macNumber(mac)
    if (number === undefined) return
    const id = this.#macRows.note(vni, number)
    if (id >= 0) this.#macs.push(id)
  }

  /** The numbers of hardware addresses to derive, those that were noted first. */
  takeMacs(most: number): number[] {
    const taken = this.#macs.slice(this.#taken, this.#taken + most)
    this.#taken += taken.length
    if (this.#taken === this.#macs.length) {
      this.#macs = []
      this.#taken = 0
    }
    for (const id of taken) this.#macRows.unnote(id)
    return taken
  }

  group({ vni, nhId }: GroupKey): void {
    this.#groups.add(vni, nhId)
  }

  takeGroups(): GroupKey[] {
    return taken(this.#groups, Number.POSITIVE_INFINITY)
  }

  count({ vni, nhId }: GroupKey): void {
    this.#counts.add(vni, nhId)
  }

  /** None while there are hardware addresses to derive, each of which may change the number. */
  takeCounts(most: number): GroupKey[] {
    return this.#macs.length > 0 ? [] : taken(this.#counts, most)
  }

  arp(key: ArpKey): void {
    this.arps.set(arpKey(key), key)
  }

  /** Remembers how a change became known: of several together, that messages were lost before that they were inferred. */
  because(cause: Cause): void {
    if (cause !== 'notification' && this.#cause !== 'resync') this.#cause = cause
  }

  takeCause(): Cause {
    const cause = this.#cause
    this.#cause = 'notification'
    return cause
  }

  get isEmpty(): boolean {
    if (this.segments || this.#macs.length > 0) return false
    const { vnis, devices, wholeVnis, svis, rows, neighbors, arps } = this
    const all = [vnis, devices, wholeVnis, svis, rows, neighbors, arps, this.#groups, this.#counts]
    return all.every(({ size }) => size === 0)
  }
}

function neighborText({ ifindex, dst }: Neighbor): string {
  return `${ifindex} ${dst}`
}

/** Takes at most so many entries of a map out of it. */
export function take<Value>(map: Map<string, Value>, most: number): [string, Value][] {
  const taken: [string, Value][] = []
  for (const entry of map) {
    if (taken.length >= most) break
    taken.push(entry)
  }
  for (const [key] of taken) map.delete(key)
  return taken
}

function taken(groups: Multimap<number, number>, most: number): GroupKey[] {
  const keys: GroupKey[] = []
  for (const [vni, nhId] of groups.pairs()) {
    if (keys.length >= most) break
    keys.push({ vni, nhId })
  }
  for (const { vni, nhId } of keys) groups.delete(vni, nhId)
  return keys
}
