import { UsageError } from '../usage-error.ts'
import { fdbModule } from './fdb.ts'
import { linkModule } from './link.ts'
import { neighborModule } from './neighbor.ts'
import { nexthopModule } from './nexthop.ts'
import { routeModule } from './route.ts'
import { type TableModule, tableModule } from './table-module.ts'

/** All tables; those that others refer to come first, so that `watch` tells of them first. */
export const tables: readonly TableModule<unknown>[] = [
  tableModule(linkModule),
  tableModule(nexthopModule),
  tableModule(routeModule),
  tableModule(neighborModule),
  tableModule(fdbModule),
]

/** @throws {UsageError} there is no such table */
export function findTable(text: string): TableModule<unknown> {
  const found = tables.find(({ name, aliases }) => name === text || aliases.includes(text))
  if (found !== undefined) return found
  throw new UsageError(`there is no table '${text}'; the tables are: ${tables.map(({ name }) => name).join(', ')}`)
}
