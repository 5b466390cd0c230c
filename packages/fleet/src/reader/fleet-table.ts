import { type DerivedObserver, DerivedRows, DerivedTable, type IncompletePart } from '@rtnl/live-table'
import { type FleetEntry, rowKey, TablePart } from './table-part.ts'

/** What names an entry of a table of the fleet. */
export interface FleetKey {
  /** Name of the node. */
  readonly node: string
  /** Default: the namespace in which the publisher runs. */
  readonly netns?: string
  /** The key in the node's table, as its changes have it. */
  readonly key: string
}

/** A table of a kind, of all nodes. */
export class FleetTable {
  readonly table: DerivedTable<FleetEntry, FleetKey>
  readonly rows: DerivedRows<FleetEntry>
  readonly #parts = new Map<string, TablePart>()
  /** Who observes the rows of one part, by its name. */
  readonly #observers = new Map<string, Set<DerivedObserver<FleetEntry>>>()
  #unobserve: (() => void) | undefined

  /** @param isLive whether a part is as its node has it */
  constructor(name: string, isLive: (part: TablePart) => boolean) {
    this.rows = new DerivedRows<FleetEntry>({ name, incomplete: () => this.#incomplete, ref() {}, unref() {} })
    this.table = new DerivedTable(
      this.rows,
      ({ node, netns = '', key }) => rowKey(node, netns, key),
      () => (this.parts.every(isLive) ? 'live' : 'stale'),
    )
  }

  get parts(): TablePart[] {
    return [...this.#parts.values()]
  }

  part(node: string, netns: string): TablePart {
    const known = this.find(node, netns)
    if (known !== undefined) return known
    const part = new TablePart(this.rows, node, netns)
    this.#parts.set(partName(node, netns), part)
    return part
  }

  /** A part that something was read of. */
  find(node: string, netns: string): TablePart | undefined {
    return this.#parts.get(partName(node, netns))
  }

  /** Calls an observer for each change of a part, and for those of one that comes. @returns a function that ends it */
  observe(node: string, netns: string, observer: DerivedObserver<FleetEntry>): () => void {
    const name = partName(node, netns)
    const observers = this.#observers.get(name) ?? new Set()
    this.#observers.set(name, observers.add(observer))
    this.#unobserve ??= this.table.observe((change, cause) => {
      const { entry } = change
      for (const each of this.#observers.get(partName(entry.node, entry.netns)) ?? []) each(change, cause)
    })
    return () => {
      observers.delete(observer)
      if (observers.size === 0 && this.#observers.get(name) === observers) this.#observers.delete(name)
      if (this.#observers.size > 0) return
      this.#unobserve?.()
      this.#unobserve = undefined
    }
  }

  /** Removes the rows of a namespace of a node. */
  remove(part: TablePart): void {
    part.remove('resync')
    this.#parts.delete(partName(part.node, part.netns))
    this.rows.resynced([{ cause: 'resync', reason: `${part.node} does not publish it` }])
  }

  get #incomplete(): IncompletePart[] {
    return this.parts.flatMap(({ node, netns, incomplete }) =>
      incomplete.map((part) => ({ ...part, part: `${node} ${netns} ${part.part}` })),
    )
  }
}

function partName(node: string, netns: string): string {
  return `${node} ${netns}`
}
