import type { Fleet, FleetEntry } from '@rtnl/fleet'
import { type Cause, type ChangeBatch, DerivedRows, DerivedTable } from '@rtnl/live-table'
import { AddressFamily } from '@rtnl/netlink-core'
import { type ChosenInterface, families, partOf, type TableModule } from '@rtnl/tables'
import type { FilterOptions } from '../filter-options.ts'
import { type FleetNames, interfaceTable, nexthopTable, placeOf } from './fleet-names.ts'

/** Which entries of a fleet are meant. */
export interface FleetChoice {
  /** Name of a node. Default: all. */
  readonly node: string | undefined
  /** Name of a namespace. Default: all. */
  readonly netns: string | undefined
  readonly filter: FilterOptions
}

/** Names of the tables that a choice of entries of some tables needs. */
export function tablesFor(modules: readonly TableModule<unknown>[], { dev }: FilterOptions): string[] {
  const withNexthops = dev !== undefined && modules.some(({ refersToNexthops }) => refersToNexthops)
  return [...new Set([...modules.map(({ name }) => name), interfaceTable, ...(withNexthops ? [nexthopTable] : [])])]
}

/**
 * Whether an entry is meant.
 * @param names for `--dev`: the interface that has the name in the entry's own namespace
 */
export function isChosen(
  module: TableModule<unknown>,
  { node, netns, filter }: FleetChoice,
  names: FleetNames,
): (entry: FleetEntry) => boolean {
  const { dev, family, ...values } = filter
  const wanted = family === undefined ? (values.within ?? values.to)?.family : families[family]
  const shownOf = (device: ChosenInterface | undefined) => partOf(module, { ...values, family: wanted, device }).shows
  const shows = dev === undefined ? shownOf(undefined) : undefined
  return (entry) => {
    if (node !== undefined && entry.node !== node) return false
    if (netns !== undefined && entry.netns !== netns) return false
    if (!isOfFamily(module, entry, wanted)) return false
    if (module.inRoutingTables && values.table !== undefined && entry.table !== values.table) return false
    return (dev === undefined ? shows : shownOf(names.device(dev, entry)))?.(entry) ?? true
  }
}

function isOfFamily({ families: possible }: TableModule<unknown>, { family }: FleetEntry, wanted?: number): boolean {
  // Of a table of one family all entries are, and a group of nexthops is of its members' family.
  return wanted === undefined || possible.length < 2 || family === AddressFamily.UNSPEC || family === wanted
}

/** The entries of a table of a fleet that are meant, live. They follow the table until the signal. */
export async function chosenEntries(
  fleet: Fleet,
  module: TableModule<unknown>,
  choice: FleetChoice,
  names: FleetNames,
  signal?: AbortSignal,
): Promise<DerivedTable<FleetEntry, { readonly key: string }>> {
  const table = fleet.table(module.name)
  const isMeant = isChosen(module, choice, names)
  const rows = new DerivedRows<FleetEntry>({ name: module.name, ref() {}, unref() {} })
  const places = new Map<string, Map<string, FleetEntry>>()
  const take = (key: string, entry: FleetEntry, cause: Cause): void => {
    if (isMeant(entry)) rows.set(key, entry, cause)
    else rows.delete(key, cause)
  }
  const takeBatch = (batch: ChangeBatch<FleetEntry>): void => {
    if (batch.event === 'resync') rows.resynced([batch])
    if (batch.event !== 'change') return
    for (const { kind, key, entry } of batch.changes) {
      const place = placeOf(entry)
      const known = places.get(place) ?? new Map<string, FleetEntry>()
      places.set(place, known)
      if (kind === 'removed') {
        known.delete(key)
        rows.delete(key, batch.cause)
      } else {
        known.set(key, entry)
        take(key, entry, batch.cause)
      }
    }
  }
  const batches = table.changes({ signal })
  for await (const batch of untilSynced(batches)) takeBatch(batch)
  const follow = async (): Promise<void> => {
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) takeBatch(next.value)
  }
  follow().then(
    () => rows.end(undefined),
    (error) => rows.end(error),
  )
  // Another interface may have come to have the name.
  if (choice.filter.dev !== undefined)
    names.observe((place) => {
      for (const [key, entry] of places.get(place) ?? []) take(key, entry, 'inferred')
    })
  return new DerivedTable(
    rows,
    ({ key }) => key,
    () => table.state,
  )
}

/** The batches of the content at first. What comes then stays to be read. */
async function* untilSynced<Entry>(
  batches: AsyncGenerator<ChangeBatch<Entry>, void, undefined>,
): AsyncGenerator<ChangeBatch<Entry>, void, undefined> {
  while (true) {
    const { value, done } = await batches.next()
    if (done === true || value.event === 'synced') return
    yield value
  }
}
