import type { TableDefinition } from '@rtnl/notifier'
import type { InterfaceNames } from './interface-names.ts'

/** What the commands need to know of a table. One file a table, and one line in the registry. */
export interface TableModule<Entry> {
  /** As on the command line and in the `table` field of events. */
  readonly name: string
  /** Other words for it on the command line. */
  readonly aliases: readonly string[]
  readonly definition: TableDefinition<Entry>
  /** An entry as one line, in the words of `ip` and `bridge`, without spaces at its end. */
  text(entry: Entry, names: InterfaceNames): string
}

/** A module as the registry holds it. The commands give an entry only to the module whose table it is from. */
export function tableModule<Entry>(module: TableModule<Entry>): TableModule<unknown> {
  return module as TableModule<unknown>
}
