import { DerivedRows, DerivedTable, type IncompletePart } from '@rtnl/live-table'
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
    const name = `${node} ${netns}`
    const known = this.#parts.get(name)
    if (known !== undefined) return known
    const part = new TablePart(this.rows, node, netns)
    this.#parts.set(name, part)
    return part
  }

  /** Removes the rows of a namespace of a node. */
  remove(part: TablePart): void {
    part.remove('resync')
    this.#parts.delete(`${part.node} ${part.netns}`)
    this.rows.resynced([{ cause: 'resync', reason: `${part.node} does not publish it` }])
  }

  get #incomplete(): IncompletePart[] {
    return this.parts.flatMap(({ node, netns, incomplete }) =>
      incomplete.map((part) => ({ ...part, part: `${node} ${netns} ${part.part}` })),
    )
  }
}
