import type { DerivedObserver, IncompletePart, TableState } from '@rtnl/live-table'
import { surface } from '@rtnl/netlink-core'
import type { FleetTable } from './fleet-table.ts'
import { type FleetEntry, rowKey } from './table-part.ts'

/** A namespace of a node. */
export interface NodePlace {
  /** Name of the node. */
  readonly node: string
  /** Default: the namespace in which the publisher runs. */
  readonly netns?: string | undefined
}

/** What one namespace of one node has in a table of the fleet, live: it is read and observed without a look at other nodes' rows. */
export class NodeTable<Entry extends object = FleetEntry> implements Iterable<Entry & FleetEntry> {
  readonly #table: FleetTable
  readonly #node: string
  readonly #netns: string
  readonly #state: () => TableState

  /** Use `fleet.nodeTable`. @internal */
  constructor(table: FleetTable, { node, netns = '' }: NodePlace, state: () => TableState) {
    this.#table = table
    this.#node = node
    this.#netns = netns
    this.#state = state
  }

  /** Whether it is as the node has it: `stale` while nothing is heard of the node, or nothing has been read. */
  get state(): TableState {
    return this.#state()
  }

  /** How many entries there are. */
  get size(): number {
    return this.#part?.size ?? 0
  }

  /** Parts that the kernel's dumps do not show to the end. */
  get incomplete(): readonly IncompletePart[] {
    return this.#part?.incomplete ?? []
  }

  /** The entry of a key. @param key as changes of the node's table have it */
  get(key: string): (Entry & FleetEntry) | undefined {
    return this.#table.rows.get(rowKey(this.#node, this.#netns, key)) as (Entry & FleetEntry) | undefined
  }

  /** Iterates over the entries, each as it is when the iteration reaches it. */
  *[Symbol.iterator](): Generator<Entry & FleetEntry, void, undefined> {
    for (const key of this.#part?.keys() ?? []) {
      const entry = this.#table.rows.get(key)
      if (entry !== undefined) yield entry as Entry & FleetEntry
    }
  }

  /**
   * Calls `observer` for every change as it is made, also of what a node publishes that comes later.
   * @returns a function that removes the observer
   */
  observe(observer: DerivedObserver<Entry & FleetEntry>): () => void {
    return this.#table.observe(this.#node, this.#netns, (change, cause) => {
      try {
        observer(change as Parameters<typeof observer>[0], cause)
      } catch (error) {
        surface(error)
      }
    })
  }

  get #part(): ReturnType<FleetTable['find']> {
    return this.#table.find(this.#node, this.#netns)
  }
}
