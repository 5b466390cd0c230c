import { linkDefinition } from '@rtnl/link'
import { onTable, type Partition, type TableTrigger } from '@rtnl/live-table'
import type { Mdb } from './message.ts'

/**
 * While a bridge does not listen to who joins groups, Linux 6.1 keeps its entries and does not show them. It announces neither
 * that they are not shown any more nor that they are shown again.
 * @param partsOf the entries of a bridge
 */
export function snoopingTrigger(partsOf: (ifindex: number) => readonly Partition<Mdb>[]): TableTrigger<Mdb> {
  return onTable(linkDefinition, 'snooping', (old, next) => {
    const isSame = old?.bridge?.mcastSnooping === next?.bridge?.mcastSnooping
    return old === undefined || next === undefined || isSame ? [] : partsOf(next.ifindex)
  })
}
