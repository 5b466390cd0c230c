import { routingTables } from '@rtnl/names'
import type { Notifier } from '@rtnl/notifier'
import { NamedInterface } from './named-interface.ts'
import { type FamilyName, type Filter, families } from './tables/filter.ts'
import { tables } from './tables/registry.ts'
import type { TableModule } from './tables/table-module.ts'
import { UsageError } from './usage-error.ts'

/** The options that choose entries. */
export interface FilterOptions {
  readonly family?: FamilyName | undefined
  /** Id of a routing table. */
  readonly table?: number | undefined
  /** Name of an interface. */
  readonly dev?: string | undefined
}

const largestTable = 0xffffffff

/**
 * A routing table by its id or name.
 * @throws {UsageError} no table can have the id
 */
export function parseRouteTable(text: string): number {
  const table = routingTables.numberOf(text) ?? (/^\d+$/.test(text) ? Number(text) : 0)
  if (table >= 1 && table <= largestTable) return table
  throw new UsageError(
    `--table: '${text}' is neither the name of a routing table (main, local, default, or one of /etc/iproute2/rt_tables) nor a number from 1 to ${largestTable}`,
  )
}

/**
 * The tables to follow: those that were chosen, or all that can have entries which match. A routing table chooses among
 * the entries of those that have one; beside them tables may be chosen that have none.
 * @throws {UsageError} a chosen table cannot have such entries, or no table can
 */
export function chooseTables(
  chosen: readonly TableModule<unknown>[],
  options: FilterOptions,
): readonly TableModule<unknown>[] {
  const besideRoutes = chosen.some(({ inRoutingTables }) => inRoutingTables)
    ? { ...options, table: undefined }
    : options
  for (const module of chosen) checkFilter(module, module.inRoutingTables ? options : besideRoutes)
  if (chosen.length > 0) return chosen
  const fitting = tables.filter((module) => contradiction(module, options) === undefined)
  if (fitting.length > 0) return fitting
  throw new UsageError(`--family ${options.family} and --table contradict each other: no table has such entries`)
}

/** @throws {UsageError} the table cannot have entries that match */
export function checkFilter(module: TableModule<unknown>, options: FilterOptions): void {
  const reason = contradiction(module, options)
  if (reason !== undefined) throw new UsageError(reason)
}

function contradiction(module: TableModule<unknown>, { family, table, dev }: FilterOptions): string | undefined {
  const { name, families: possible, inRoutingTables } = module
  if (family !== undefined && !possible.includes(family)) {
    const instead = possible.length === 0 ? 'which have no family' : `which are of ${possible.join(' or ')}`
    return `--family ${family} does not go with entries of ${name}, ${instead}`
  }
  if (table !== undefined && !inRoutingTables) {
    const fitting = tables.filter((other) => other.inRoutingTables).map((other) => other.name)
    return `--table does not go with entries of ${name}, only with: ${fitting.join(', ')}`
  }
  if (dev !== undefined && module.ofDevice === undefined) {
    return `--dev does not go with entries of ${name}, which belong to no interface`
  }
  return undefined
}

/** A filter in a network namespace. The interface that has the name is followed. */
export interface FollowedFilter extends Filter {
  readonly device: NamedInterface | undefined
}

/**
 * What the options mean in a network namespace.
 * @param modules the tables that are filtered
 * @throws {Error} there is no such interface
 */
export async function followFilter(
  { family, table, dev }: FilterOptions,
  modules: readonly TableModule<unknown>[],
  notifier: Notifier,
): Promise<FollowedFilter> {
  const withNexthops = modules.some(({ refersToNexthops }) => refersToNexthops)
  return {
    family: family && families[family],
    table,
    device: dev === undefined ? undefined : await NamedInterface.open(dev, notifier, withNexthops),
  }
}
