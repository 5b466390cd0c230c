import type { Message } from '@rtnl/netlink-core'
import type { Partition, TableDefinition } from './definition.ts'
import { RowKeys } from './store/row-keys.ts'

/**
 * What `defineTable` takes: a definition whose key has names of header fields, hidden ones too, and of attributes. `message` alone
 * says what an entry is.
 */
export interface TableDeclaration<Entry, Hidden extends string>
  extends TableDefinition<NoInfer<Entry>, (keyof Entry & string) | NoInfer<Hidden>> {
  /** The message of the table's entries: its type is that of an entry. */
  readonly message: Message<Entry, Hidden>
}

/**
 * Declares a table of the kernel. The type checker knows the names that `key` may have.
 * @throws {TypeError} `key` has a field that the message has not; a table of several partitions has one that does not say
 *   what belongs to it; `lists` stands beside `entries` or `amended`
 * @throws {RangeError} `key` takes more than 256 bytes
 */
export function defineTable<Entry, Hidden extends string>(
  definition: TableDeclaration<Entry, Hidden>,
): TableDefinition<Entry> {
  checkDefinition(definition)
  // Hidden fields are known to the message; who uses a definition need not know their names.
  return definition as TableDefinition<Entry, string> as TableDefinition<Entry>
}

/** Throws as `defineTable`, for a definition that may not have been made by it. */
export function checkDefinition<Entry>(definition: TableDefinition<Entry, string>): void {
  const { name, message, key, entries, amended, lists, partitions } = definition
  new RowKeys(message, key)
  if (lists !== undefined && (entries !== undefined || amended !== undefined)) {
    const other = entries === undefined ? 'amended' : 'entries'
    throw new TypeError(`definition of ${name}: ${other} and lists cannot be given together`)
  }
  if (partitions.length > 1) for (const partition of partitions) checkPartition(name, partition)
}

/** Rows that belong to a partition and are not shown by its dump are gone: without a predicate those are all others. */
function checkPartition<Entry>(name: string, partition: Partition<Entry>): void {
  if (partition.contains === undefined && partition.containsRow === undefined) {
    throw new TypeError(
      `definition of ${name}: partition ${partition.name} needs contains or containsRow, since the table has others`,
    )
  }
  if (partition.fallback !== undefined) checkPartition(name, partition.fallback)
}
