import type { LiveTable } from '@rtnl/live-table'
import type { Neighbor } from '@rtnl/neighbor'
import { littleEndian } from '@rtnl/netlink-core'
import type { InterfaceTable } from './inputs.ts'

/** Where the interface index is in `struct ndmsg`. */
const ifindexOffset = 4

/** A live table of neighbours or forwarding entries, of which those of an interface are found without decoding the others. */
export function interfaceTable(table: LiveTable<Neighbor>): InterfaceTable<Neighbor> {
  return {
    get: (key) => table.get(key),
    observe: (observer) => table.observe(observer),
    ofInterfaces: (ifindexes) =>
      table.select(({ view, start }) => ifindexes.has(view.getInt32(start + ifindexOffset, littleEndian))),
    [Symbol.iterator]: () => table[Symbol.iterator](),
  }
}
