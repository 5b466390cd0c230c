import { LiveTable, type LiveTableOptions, openTableAs, type TableDefinition } from '@rtnl/live-table'
import type { FamilyName, Filter } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'

/** What the commands need to know of a table. One file a table, and one line in the registry. */
export interface TableModule<Entry> {
  /** As on the command line and in the `table` field of events. */
  readonly name: string
  /** Other words for it on the command line. */
  readonly aliases: readonly string[]
  /** The families that entries can be chosen by; none where they belong to no family. */
  readonly families: readonly FamilyName[]
  /** Whether entries can be chosen by their routing table. */
  readonly inRoutingTables: boolean
  /** Whether an entry may go out of an interface by a nexthop object. */
  readonly refersToNexthops?: boolean
  /** What of the table matches a filter. */
  part(filter: Filter): TablePart<Entry>
  /** An entry as one line, in the words of `ip` and `bridge`, without spaces at its end. */
  text(entry: Entry, names: InterfaceNames): string
}

/** What is read and followed of a table. */
export interface TablePart<Entry> {
  readonly definition: TableDefinition<Entry>
  /** Which entries of it are shown; all, unless told. It may come to say otherwise: then the table is to `reselect`. */
  readonly shows?: ((entry: Entry) => boolean) | undefined
}

/** A module as the registry holds it. The commands give an entry only to the module whose table it is from. */
export function tableModule<Entry>(module: TableModule<Entry>): TableModule<unknown> {
  return module as TableModule<unknown>
}

/** As `openTable`, for a part of a table. */
export function openPart<Entry>(
  { definition, shows }: TablePart<Entry>,
  options: LiveTableOptions,
): Promise<LiveTable<Entry>> {
  return openTableAs((place) => new LiveTable(definition, place, shows), options)
}
