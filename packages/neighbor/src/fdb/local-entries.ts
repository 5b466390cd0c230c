import type { TableView } from '@rtnl/live-table'
import { NeighborFlag, NeighborState } from '../constants.ts'
import type { Neighbor } from '../message.ts'
import { flagsOfRow, stateOfRow } from '../row.ts'

const none: readonly Neighbor[] = []

/**
 * The local entries of bridges by interface: the addresses of ports and of the bridges themselves, in each of their
 * VLANs, and those that somebody made `permanent`. There are few beside those that are learned.
 */
export class LocalEntries {
  /** Ports that are being taken out of their bridges. */
  readonly leaving = new Set<number>()
  readonly #byInterface = new Map<number, Map<string, Neighbor>>()
  /** Bridges that have entries of their own. */
  readonly #bridges = new Set<number>()

  constructor(table: TableView<Neighbor>) {
    const local = table.select((row) => isLocal({ state: stateOfRow(row), flags: flagsOfRow(row) }))
    for (const entry of local) this.#change(undefined, entry)
    table.observe((old, next) => this.#change(old, next))
  }

  /** Those at an interface, which is a port or a bridge. */
  of(ifindex: number): Iterable<Neighbor> {
    return this.#byInterface.get(ifindex)?.values() ?? none
  }

  /** The bridges that have entries of their own, not of a port. */
  get bridges(): Iterable<number> {
    return this.#bridges
  }

  #change(old: Neighbor | undefined, next: Neighbor | undefined): void {
    if (old !== undefined && isLocal(old)) {
      const entries = this.#byInterface.get(old.ifindex)
      entries?.delete(keyOf(old))
      if (entries?.size === 0) {
        this.#byInterface.delete(old.ifindex)
        this.#bridges.delete(old.ifindex)
      }
    }
    if (next !== undefined && isLocal(next)) {
      let entries = this.#byInterface.get(next.ifindex)
      if (entries === undefined) {
        entries = new Map()
        this.#byInterface.set(next.ifindex, entries)
      }
      entries.set(keyOf(next), next)
      if (next.ifindex === next.master) this.#bridges.add(next.ifindex)
    }
  }
}

function isLocal({ state, flags }: Pick<Neighbor, 'state' | 'flags'>): boolean {
  return (state & NeighborState.PERMANENT) !== 0 && (flags & NeighborFlag.SELF) === 0
}

function keyOf({ master, lladdr, vlan = 0 }: Neighbor): string {
  return `${master} ${lladdr} ${vlan}`
}

/** The local entries of a table, gathered with the first call. */
export function localEntries(table: TableView<Neighbor>): LocalEntries {
  return table.index(makeLocalEntries)
}

function makeLocalEntries(table: TableView<Neighbor>): LocalEntries {
  return new LocalEntries(table)
}
