import { type ChangeSource, changeSource } from '@rtnl/live-table/internal'
import { ClosedError } from '@rtnl/netlink-core'
import type { ViewTable } from '../source.ts'

/**
 * Where the rows of a table are read.
 * @throws {ClosedError} the table is closed; its cause is the error that ended it
 */
export function rowSource({ module, table }: ViewTable): ChangeSource {
  try {
    return table[changeSource]()
  } catch (error) {
    throw new ClosedError(`table ${module.name}`, error)
  }
}
