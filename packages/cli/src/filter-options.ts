import type { Notifier } from '@rtnl/notifier'
import { type FamilyName, type Filter, families, type TableModule, tables, UsageError, valueFor } from '@rtnl/tables'
import { NamedInterface } from './named-interface.ts'
import { listOf } from './output/count.ts'

/** The options that choose entries. */
export interface FilterOptions extends Omit<Filter, 'family' | 'device'> {
  readonly family?: FamilyName | undefined
  /** Name of an interface. */
  readonly dev?: string | undefined
}

/** An option that goes with the tables whose entries have a value. */
export type ValueOption = keyof typeof valueFor

const valueOptions = Object.keys(valueFor) as ValueOption[]

/**
 * The tables to follow: those that were chosen, or all that can have entries which match. A routing table chooses among
 * the entries of those that have one; beside them tables may be chosen that have none.
 * @throws {UsageError} a chosen table cannot have such entries, or no table can
 */
export function chooseTables(
  chosen: readonly TableModule<unknown>[],
  options: FilterOptions,
): readonly TableModule<unknown>[] {
  checkFamilies(options)
  const besideRoutes = chosen.some(({ inRoutingTables }) => inRoutingTables)
    ? { ...options, table: undefined }
    : options
  for (const module of chosen) checkFilter(module, module.inRoutingTables ? options : besideRoutes)
  if (chosen.length > 0) return chosen
  const fitting = tables.filter((module) => contradiction(module, options) === undefined)
  if (fitting.length > 0) return fitting
  throw new UsageError(`${listOf(givenOptions(options), 'and')} contradict each other: no table has such entries`)
}

/** The options that choose tables, as far as they were given. */
function givenOptions(options: FilterOptions): string[] {
  const { family, state } = options
  return (['family', 'table', 'dev', ...valueOptions] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => (name === 'family' ? `--family ${family}` : name === 'state' ? `--state ${state}` : `--${name}`))
}

/** @throws {UsageError} the table cannot have entries that match */
export function checkFilter(module: TableModule<unknown>, options: FilterOptions): void {
  checkFamilies(options)
  const reason = contradiction(module, options)
  if (reason !== undefined) throw new UsageError(reason)
}

/** @throws {UsageError} no entry can be of all the families that the options are of */
function checkFamilies({ family, within, to }: FilterOptions): void {
  if (within !== undefined && to !== undefined && within.family !== to.family) {
    throw new UsageError(`--within ${within.text} and --to ${to.text} are of two families: no entry matches both`)
  }
  for (const [option, range] of Object.entries({ within, to })) {
    // Forwarding entries and groups of a bridge are of the family of that.
    if (range === undefined || family === undefined || family === 'bridge') continue
    if (range.family !== families[family]) {
      throw new UsageError(`--${option}: ${range.text} is not of the family ${family}`)
    }
  }
}

/** The names of the tables with which an option goes. */
export function tablesOf(option: ValueOption): string[] {
  return tables.filter(({ values }) => values[valueFor[option]] !== undefined).map(({ name }) => name)
}

function contradiction(module: TableModule<unknown>, options: FilterOptions): string | undefined {
  const { name, families: possible, inRoutingTables, values } = module
  const { family, table, dev, state } = options
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
  const strange = valueOptions.find((option) => options[option] !== undefined && values[valueFor[option]] === undefined)
  if (strange !== undefined) {
    return `--${strange} does not go with entries of ${name}, only with: ${tablesOf(strange).join(', ')}`
  }
  const states = Object.keys(values.states ?? {})
  if (state !== undefined && !states.includes(state)) {
    return `--state ${state} does not go with entries of ${name}, which are ${listOf(states, 'or')}`
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
  { family, dev, ...values }: FilterOptions,
  modules: readonly TableModule<unknown>[],
  notifier: Notifier,
): Promise<FollowedFilter> {
  const withNexthops = modules.some(({ refersToNexthops }) => refersToNexthops)
  // A prefix is of one family, and the entries of the other need not be read.
  return {
    ...values,
    family: family === undefined ? (values.within ?? values.to)?.family : families[family],
    device: dev === undefined ? undefined : await NamedInterface.open(dev, notifier, withNexthops),
  }
}
