import type { TableView } from '@rtnl/live-table'
import { NeighborFlag } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { isFloodAddress } from './key.ts'

/** Notes about the entries of one vxlan. */
interface VxlanNotes {
  /** Ids of nexthop groups that entries lead to, or did. */
  readonly nexthops: Set<number>
  /** State and flags of the remotes of an address that is flooded to, as they were seen last. */
  readonly states: Map<string, number>
  /** Addresses of which a notification had another state than the entries before. */
  readonly differing: Set<string>
}

/**
 * What triggers have to know about the entries of vxlans, so that an event invalidates what it affects and no more. A note
 * stays when its entry is deleted, since a superfluous note costs one relist. It ends with the vxlan.
 */
export class FdbNotes {
  readonly #vxlans = new Map<number, VxlanNotes>()
  /** By vxlan and address: the state that invalidated the remotes since the table was last `live`. */
  readonly #invalidatedBy = new Map<string, number>()

  constructor(table: TableView<Neighbor>) {
    for (const entry of table) this.#note(entry, true)
    table.observe((_old, next, cause) => {
      if (next !== undefined) this.#note(next, cause === 'notification')
    })
  }

  /** @returns whether there were notes of the vxlan */
  forget(ifindex: number): boolean {
    return this.#vxlans.delete(ifindex)
  }

  /** Returns the vxlans that have, or had, entries by a nexthop group that was deleted, and forgets the group. */
  takeNexthop(id: number): number[] {
    return [...this.#vxlans].flatMap(([ifindex, { nexthops }]) => (nexthops.delete(id) ? [ifindex] : []))
  }

  /**
   * Whether a notification, which has been applied, invalidates the other remotes of its address.
   * @param live whether the table is live; otherwise a running dump may show remotes as they were before
   */
  invalidatesOthers(entry: Neighbor, live: boolean): boolean {
    const address = addressOf(entry)
    const differs = this.#vxlans.get(entry.ifindex)?.differing.delete(address) === true
    if (live) this.#invalidatedBy.clear()
    const name = `${entry.ifindex} ${address}`
    const state = stateOf(entry)
    if (live ? !differs : this.#invalidatedBy.get(name) === state) return false
    this.#invalidatedBy.set(name, state)
    return true
  }

  #note(entry: Neighbor, compare: boolean): void {
    if ((entry.flags & NeighborFlag.SELF) === 0) return
    let notes = this.#vxlans.get(entry.ifindex)
    if (notes === undefined) {
      notes = { nexthops: new Set(), states: new Map(), differing: new Set() }
      this.#vxlans.set(entry.ifindex, notes)
    }
    if (entry.nhId !== undefined) notes.nexthops.add(entry.nhId)
    if (!isFloodAddress(entry.lladdr)) return
    const address = addressOf(entry)
    const known = notes.states.get(address)
    notes.states.set(address, stateOf(entry))
    if (compare && known !== undefined && known !== stateOf(entry)) notes.differing.add(address)
  }
}

/** An address of a vxlan that carries many VNIs is another one in each. */
function addressOf({ lladdr, srcVni }: Neighbor): string {
  return `${lladdr} ${srcVni}`
}

/** What the remotes of an address share. */
function stateOf({ state, flags }: Neighbor): number {
  return state | (flags << 16)
}

/** The notes of a table, made with the first call. */
export function fdbNotes(table: TableView<Neighbor>): FdbNotes {
  return table.index(makeFdbNotes)
}

function makeFdbNotes(table: TableView<Neighbor>): FdbNotes {
  return new FdbNotes(table)
}
