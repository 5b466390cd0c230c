import { UsageError } from '../usage-error.ts'
import { nexthopModule } from './nexthop.ts'
import { type TableModule, tableModule } from './table-module.ts'

/** All tables; those that others refer to come first, so that `watch` tells of them first. */
export const tables: readonly TableModule<unknown>[] = [tableModule(nexthopModule)]

/** @throws {UsageError} there is no such table */
export function findTable(text: string): TableModule<unknown> {
  const found = tables.find(({ name, aliases }) => name === text || aliases.includes(text))
  if (found !== undefined) return found
  throw new UsageError(`there is no table '${text}'; the tables are: ${tables.map(({ name }) => name).join(', ')}`)
}
