import type { TimeSlice } from '@rtnl/netlink-core'
import type { Partition } from '../definition.ts'
import type { Row } from '../store/row.ts'
import type { TableRows } from '../store/table-rows.ts'

/** Calls `gone` for every row of the partitions that has no mark: neither dump nor notification named it during a relist. */
export async function prune<Entry>(
  rows: TableRows<Entry>,
  partitions: readonly Partition<Entry>[],
  slice: TimeSlice,
  gone: (id: number) => void,
): Promise<void> {
  const { store } = rows
  for (let id = 0; id < store.idLimit; id++) {
    if (store.has(id) && store.mark(id) === 0 && partitions.some((partition) => contains(rows, partition, id))) gone(id)
    if (slice.over()) await slice.next()
  }
}

/** Whether a stored row belongs to a partition. */
export function contains<Entry>(rows: TableRows<Entry>, partition: Partition<Entry>, id: number): boolean {
  if (partition.containsRow !== undefined) return partition.containsRow(rows.store.bytes(id))
  return partition.contains === undefined || partition.contains(rows.entry(id))
}

/** Like `contains`, for a row that is not stored. */
export function containsRow<Entry>(rows: TableRows<Entry>, partition: Partition<Entry>, row: Row): boolean {
  if (partition.containsRow !== undefined) return partition.containsRow(row)
  if (partition.contains === undefined) return true
  return partition.contains(rows.definition.message.decode(row.view, row.start, row.end))
}
