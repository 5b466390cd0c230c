import { LiveTable, type LiveTableOptions, openTableAs, type TableDefinition } from '@rtnl/live-table'
import type { TableSync } from '../sync/table-sync.ts'
import type { FamilyName, Filter } from './filter.ts'
import type { InterfaceNames } from './interface-names.ts'

/**
 * What the commands and their help need to know of a table. One file a table, and one line in
 * `modules.ts`.
 */
export interface TableModule<Entry> {
  /** As on the command line and in the `table` field of events. */
  readonly name: string
  /** Other words for it on the command line. */
  readonly aliases: readonly string[]
  /** One entry and several in words, for people. */
  readonly nouns: readonly [one: string, many: string]
  /** Names of the tables that entries refer to. */
  readonly refersTo: readonly string[]
  /** Lines of examples for the help of the commands, without the spaces before them. */
  readonly examples?: Partial<Readonly<Record<'show' | 'watch' | 'sync', readonly string[]>>>
  /** Which entries `--dev` chooses, in words for the help; `undefined` where entries belong to no interface. */
  readonly ofDevice: string | undefined
  /** The families that entries can be chosen by; none where they belong to no family. */
  readonly families: readonly FamilyName[]
  /** Whether entries can be chosen by their routing table. */
  readonly inRoutingTables: boolean
  /** Whether an entry may go out of an interface by a nexthop object. */
  readonly refersToNexthops?: boolean
  /** What of the table matches a filter. */
  part(filter: Filter): TablePart<Entry>
  /** The entries in the order in which they are shown; that of the table, unless told. */
  inOrder?(table: LiveTable<Entry>): Iterable<Entry>
  /** An entry as one line, in the words of `ip` and `bridge`, without spaces at its end. */
  text(entry: Entry, names: InterfaceNames): string
  /** How entries are written; left out where they are not. */
  readonly sync?: TableSync
}

/** A table whose entries are written. */
export interface WritableTable extends TableModule<unknown> {
  readonly sync: TableSync
}

/** What is read and followed of a table. */
export interface TablePart<Entry> {
  readonly definition: TableDefinition<Entry>
  /** Which entries of it are shown; all, unless told. It may come to say otherwise: then the table is to `reselect`. */
  readonly shows?: ((entry: Entry) => boolean) | undefined
}

/** As `openTable`, for a part of a table. */
export function openPart<Entry>(
  { definition, shows }: TablePart<Entry>,
  options: LiveTableOptions,
): Promise<LiveTable<Entry>> {
  return openTableAs((place) => new LiveTable(definition, place, shows), options)
}
