import { type Vni as FilteredVni, type Vlan, vlanDefinition, vniDefinition } from '@rtnl/bridge'
import { type Link, linkDefinition } from '@rtnl/link'
import type { Cause, DerivedObserver, IncompletePart, ResyncCause, TableState } from '@rtnl/live-table'
import { fdbDefinition, type Neighbor, neighborDefinition } from '@rtnl/neighbor'
import { type Nexthop, nexthopDefinition } from '@rtnl/nexthop'
import type { Sources } from '../collections.ts'
import type { Inputs, InterfaceTable } from './inputs.ts'

/** Entries of a kernel's table that come by another way, live: such as those of a node of a fleet. */
export interface KeyedTable<Entry> extends Iterable<Entry> {
  /** Whether it shows what that kernel has. */
  readonly state: TableState
  /** Parts that the kernel's dumps do not show to the end. */
  readonly incomplete: readonly IncompletePart[]
  /** The entry of a key. @param key as changes of the kernel's table have it */
  get(key: string): Entry | undefined
  /** Calls the observer for each change as it is made. @returns a function that ends it */
  observe(observer: DerivedObserver<Entry>): () => void
}

/** The tables of one namespace of one kernel that all is derived from. Each may come at its own time. */
export interface EvpnSourceTables {
  /** Network interfaces: those of `LinkTable`. */
  readonly links: KeyedTable<Link>
  /** VLANs of bridges and of their ports: those of `VlanTable`. */
  readonly vlans: KeyedTable<Vlan>
  /** VNI filters of vxlans: those of `VniTable`. */
  readonly filters: KeyedTable<FilteredVni>
  /** Forwarding entries of bridges and vxlans: those of `FdbTable`. */
  readonly fdb: KeyedTable<Neighbor>
  /** Nexthop objects: those of `NexthopTable`. */
  readonly nexthops: KeyedTable<Nexthop>
  /** Neighbours: those of `NeighborTable`. */
  readonly neighbors: KeyedTable<Neighbor>
}

/** Keyed tables as those that all is derived from. */
export class KeyedSources implements Sources {
  readonly inputs: Inputs
  readonly #tables: readonly (readonly [name: string, table: KeyedTable<unknown>])[]
  /** Of what readers have still to be told, with the table where it began. */
  readonly #resyncs = new Map<ResyncCause, string>()
  readonly #failed: (error: unknown) => void

  /** @param failed called with what is thrown when a change is taken in */
  constructor(tables: EvpnSourceTables, failed: (error: unknown) => void) {
    this.#tables = Object.entries(tables)
    this.#failed = failed
    this.inputs = {
      links: this.#input(linkDefinition, tables.links),
      vlans: this.#input(vlanDefinition, tables.vlans),
      filters: this.#input(vniDefinition, tables.filters),
      fdb: this.#input(fdbDefinition, tables.fdb),
      nexthops: this.#input(nexthopDefinition, tables.nexthops),
      neighbors: this.#input(neighborDefinition, tables.neighbors),
    }
  }

  get state(): TableState {
    const states = this.#tables.map(([, { state }]) => state)
    if (states.includes('closed')) return 'closed'
    return this.#resyncs.size === 0 && states.every((state) => state === 'live') ? 'live' : 'stale'
  }

  get incomplete(): readonly IncompletePart[] {
    return this.#tables.flatMap(([name, { incomplete }]) =>
      incomplete.map((part) => ({ ...part, part: `${name} ${part.part}` })),
    )
  }

  /** Causes of changes say what there is to tell. */
  follow(): void {}

  derived(rows: Parameters<Sources['derived']>[0]): void {
    if (this.#resyncs.size === 0) return
    const resyncs = [...this.#resyncs].map(([cause, name]) => ({ cause, reason: `table ${name} was read again` }))
    this.#resyncs.clear()
    for (const each of rows) each.resynced(resyncs)
  }

  #input<Entry>(
    { name, keyText }: { readonly name: string; keyText(entry: Entry): string },
    table: KeyedTable<Entry>,
  ): InterfaceTable<Entry> {
    return {
      get: (key) => table.get(keyText(key as Entry)),
      observe: (observer) =>
        table.observe(({ kind, entry, ...change }, cause) => {
          const old = kind === 'removed' ? entry : 'old' in change ? change.old : undefined
          this.#note(name, cause)
          try {
            observer(old, kind === 'removed' ? undefined : entry, cause)
          } catch (error) {
            this.#failed(error)
          }
        }),
      *ofInterfaces(ifindexes) {
        for (const entry of table) {
          if (ifindexes.has((entry as { readonly ifindex?: number }).ifindex ?? 0)) yield entry
        }
      },
      [Symbol.iterator]: () => table[Symbol.iterator](),
    }
  }

  #note(name: string, cause: Cause): void {
    if ((cause === 'resync' || cause === 'inferred') && !this.#resyncs.has(cause)) this.#resyncs.set(cause, name)
  }
}
