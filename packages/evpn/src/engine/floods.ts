import type { Neighbor } from '@rtnl/neighbor'
import type { Flood } from '../entries.ts'
import { floodKey } from '../keys.ts'
import { Multimap } from '../multimap.ts'
import type { State } from './state.ts'

/** Counts of entries that flood, by VNI. */
interface FloodKinds {
  vtep: number
  multicast: number
  group: number
}

/** Derives what vxlans flood to. */
export class FloodDeriver {
  readonly #state: State
  /** What each entry of a vxlan made. */
  readonly #made = new Map<string, Flood>()
  /** Entries that flood to groups. */
  readonly #rows = new Map<string, Neighbor>()
  /** Entries of a vxlan by what they make: a default port can make two the same. */
  readonly #makers = new Multimap<string, string>()
  readonly #kinds = new Map<number, FloodKinds>()
  /** VNIs that began or ceased to flood to endpoints alone. */
  readonly changedVnis = new Set<number>()

  constructor(state: State) {
    this.#state = state
  }

  /** Whether a VNI floods to endpoints, each of which therefore has to have an entry. */
  replicates(vni: number): boolean {
    const kinds = this.#kinds.get(vni)
    return kinds !== undefined && kinds.vtep > 0 && kinds.multicast + kinds.group === 0
  }

  /** An entry that floods to a group, by its key. */
  rowOf(text: string): Neighbor | undefined {
    return this.#rows.get(text)
  }

  /** @param text the key of the entry @param row the entry as it is now */
  derive(text: string, row: Neighbor | undefined): void {
    const meaning = row && this.#state.meaning(row)
    const next = meaning?.kind === 'flood' ? meaning.flood : undefined
    const old = this.#made.get(text)
    if (old === undefined && next === undefined) return
    this.#state.rows.derived.floods++
    if (row !== undefined && next?.nhId !== undefined) this.#rows.set(text, row)
    else this.#rows.delete(text)
    if (old !== undefined) this.#remove(text, old)
    if (next !== undefined) this.#add(text, next)
    for (const flood of [old, next]) if (flood !== undefined) this.#publish(flood)
  }

  #add(text: string, flood: Flood): void {
    const { vni, ifindex, remote, nhId, kind } = flood
    this.#made.set(text, flood)
    this.#makers.add(floodKey(flood), text)
    this.#count(vni, kind, 1)
    if (remote !== undefined && kind === 'vtep') this.#state.vteps.count('floods', vni, remote, [ifindex], 1)
    if (nhId === undefined) return
    this.#state.uses.addFlood({ vni, nhId }, text, ifindex)
    this.#state.dirty.group({ vni, nhId })
  }

  #remove(text: string, flood: Flood): void {
    const { vni, ifindex, remote, nhId, kind } = flood
    this.#made.delete(text)
    this.#makers.delete(floodKey(flood), text)
    this.#count(vni, kind, -1)
    if (remote !== undefined && kind === 'vtep') this.#state.vteps.count('floods', vni, remote, [ifindex], -1)
    if (nhId === undefined) return
    this.#state.uses.removeFlood({ vni, nhId }, text)
    this.#state.dirty.group({ vni, nhId })
  }

  #publish(flood: Flood): void {
    const key = floodKey(flood)
    const [maker] = this.#makers.get(key)
    const made = maker === undefined ? undefined : this.#made.get(maker)
    const { rows, cause } = this.#state
    if (made === undefined) rows.floods.delete(key, cause)
    else rows.floods.set(key, made, cause)
  }

  #count(vni: number, kind: Flood['kind'], by: 1 | -1): void {
    const before = this.replicates(vni)
    const kinds = this.#kinds.get(vni) ?? { vtep: 0, multicast: 0, group: 0 }
    kinds[kind] += by
    if (kinds.vtep + kinds.multicast + kinds.group > 0) this.#kinds.set(vni, kinds)
    else this.#kinds.delete(vni)
    if (before !== this.replicates(vni)) this.changedVnis.add(vni)
  }
}
