import { LiveTable, type LiveTableOptions, openTableAs, type TableDefinition } from '@rtnl/live-table'
import type { TableSync } from '../desired/table-sync.ts'
import { type EntryValues, havingValues } from './entry-values.ts'
import type { FamilyName, Filter } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'
import type { Identity, References } from './references.ts'

/**
 * What the commands and their help need to know of a table. One file a table, and one line in
 * `modules.ts`.
 */
export interface TableModule<Entry> {
  /** As on the command line and in the `table` field of events. */
  readonly name: string
  /** Other names of the table on the command line. */
  readonly aliases: readonly string[]
  /** The noun for one entry, and for several. */
  readonly nouns: readonly [one: string, many: string]
  /** Names of the tables that entries refer to. */
  readonly refersTo: readonly string[]
  /** Lines of examples for the help of the commands, without the spaces before them. */
  readonly examples?: Partial<Readonly<Record<'show' | 'watch' | 'sync', readonly string[]>>>
  /** A text for the help: which entries `--dev` chooses; `undefined` if entries belong to no interface. */
  readonly ofDevice: string | undefined
  /** The families that entries can be chosen by; none where they belong to no family. */
  readonly families: readonly FamilyName[]
  /** Whether entries can be chosen by their routing table. */
  readonly inRoutingTables: boolean
  /** Whether an entry may go out of an interface by a nexthop object. */
  readonly refersToNexthops?: boolean
  /** What an entry refers to. */
  references(entry: Entry): References
  /** By what entries of other tables refer to an entry; left out where none do. */
  identity?(entry: Entry): Identity
  /** What entries have by which they can be chosen. */
  readonly values: EntryValues<Entry>
  /** What of the table matches the family, the routing table and the interface of a filter. */
  part(filter: Filter): TablePart<Entry>
  /** The entries in the order in which they are shown. Default: the order of the table. */
  inOrder?(table: LiveTable<Entry>): Iterable<Entry>
  /** An entry in the words of `ip` and `bridge`: see `LineModule`. */
  words(entry: Entry, names: InterfaceNames): readonly string[]
  /** The names of fields that say which entry it is, beside the first phrase. */
  readonly naming?: readonly string[]
  /** How entries are written; left out for a table that `sync` does not take. */
  readonly sync?: TableSync
}

/** A table whose entries are written. */
export interface WritableTable extends TableModule<unknown> {
  readonly sync: TableSync
}

/** The part of a table that is read and followed. */
export interface TablePart<Entry> {
  /** Which table of the kernel it is. */
  readonly definition: TableDefinition<Entry>
  /** Whether an entry is shown. Default: all are. When its answers change, the caller calls `reselect` of the table. */
  readonly shows?: ((entry: Entry) => boolean) | undefined
}

/** What of a table matches a filter. */
export function partOf<Entry>(module: TableModule<Entry>, filter: Filter): TablePart<Entry> {
  const { definition, shows } = module.part(filter)
  const has = havingValues(module.values, filter)
  if (shows === undefined || has === undefined) return { definition, shows: shows ?? has }
  return { definition, shows: (entry) => has(entry) && shows(entry) }
}

/** As `openTable`, for a part of a table. */
export function openPart<Entry>(
  { definition, shows }: TablePart<Entry>,
  options: LiveTableOptions,
): Promise<LiveTable<Entry>> {
  return openTableAs(definition, (place) => new LiveTable(place, shows), options)
}
