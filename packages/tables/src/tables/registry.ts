import { UsageError } from '../usage-error.ts'
import * as modules from './modules.ts'
import type { TableModule, WritableTable } from './table-module.ts'

// The commands give an entry only to the module whose table it is from.
const all = Object.values(modules) as readonly TableModule<unknown>[]

/** All tables. Those to which others refer come first, so that `watch` prints them first. */
export const tables = [...all].sort((one, other) => depth(one) - depth(other))

/** How many tables in a row refer to each other, from this one on. */
function depth({ refersTo }: TableModule<unknown>): number {
  return Math.max(0, ...refersTo.map((name) => 1 + depth(all.find((table) => table.name === name)!)))
}

/** @throws {UsageError} there is no such table */
export function findTable(text: string): TableModule<unknown> {
  const found = tables.find(({ name, aliases }) => name === text || aliases.includes(text))
  if (found !== undefined) return found
  throw new UsageError(`there is no table '${text}'; the tables are: ${tables.map(({ name }) => name).join(', ')}`)
}

/** The tables that can be written. */
export const writableTables: readonly WritableTable[] = tables.filter(isWritable)

/** @throws {UsageError} there is no such table, or it cannot be written */
export function findWritableTable(text: string): WritableTable {
  const table = findTable(text)
  if (isWritable(table)) return table
  throw new UsageError(
    `entries of ${table.name} are not written; those of these are: ${writableTables.map(({ name }) => name).join(', ')}`,
  )
}

function isWritable(table: TableModule<unknown>): table is WritableTable {
  return table.sync !== undefined
}
