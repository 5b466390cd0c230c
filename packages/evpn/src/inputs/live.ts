import type { LiveTable } from '@rtnl/live-table'
import { ifindexOfRow, type Neighbor } from '@rtnl/neighbor'
import type { InterfaceTable } from './inputs.ts'

/** A live table of neighbours or forwarding entries, of which those of an interface are found without decoding the others. */
export function interfaceTable(table: LiveTable<Neighbor>): InterfaceTable<Neighbor> {
  return {
    get: (key) => table.get(key),
    observe: (observer) => table.observe(observer),
    ofInterfaces: (ifindexes) => table.select((row) => ifindexes.has(ifindexOfRow(row))),
    [Symbol.iterator]: () => table[Symbol.iterator](),
  }
}
