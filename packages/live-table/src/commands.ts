import { type CallOptions, type Connection, MessageFlag } from '@rtnl/netlink-core'
import type { TableDefinition } from './definition.ts'

/** `add` fails where there is such an entry; `replace` adds one where there is none. */
export type Verb = 'add' | 'replace' | 'delete'

const flags: Readonly<Record<Verb, number>> = {
  add: MessageFlag.CREATE | MessageFlag.EXCL,
  replace: MessageFlag.CREATE | MessageFlag.REPLACE,
  delete: 0,
}

/**
 * Sends one request about an entry of a table.
 * @param title the entry for people, behind the name of the table: `10.0.0.1/24`
 * @throws {TypeError | RangeError} a field that does not fit, named with its value; nothing was sent
 * @throws {NetlinkError} the kernel refused
 */
export async function requestEntry<Entry>(
  connection: Connection,
  { name, message, types }: TableDefinition<Entry>,
  verb: Verb,
  { entry, title }: { readonly entry: Partial<Entry>; readonly title: string },
  options: CallOptions,
): Promise<void> {
  const type = verb === 'delete' ? types.delete : types.new
  await connection.request({ message, type, flags: flags[verb], entry, operation: `${verb} ${name} ${title}` }, options)
}

/** Reads the entries of a table once, in batches. @param entry the fields of the request: which are wanted */
export function dumpEntries<Entry>(
  connection: Connection,
  { name, message, types }: TableDefinition<Entry>,
  entry: Partial<Entry>,
  options: CallOptions,
): AsyncGenerator<Entry[], void, undefined> {
  return connection.dump({ message, type: types.get, entry, operation: `dump ${name}` }, options)
}
