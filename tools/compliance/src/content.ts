import type { LiveTable, TableDefinition } from '@rtnl/live-table'
import { Writer } from '@rtnl/netlink-core'

/** The entries as texts, less what changes by itself, in an order that depends on nothing but them. */
export function content<Entry>(definition: TableDefinition<Entry>, entries: Iterable<Entry>): string[] {
  return Array.from(entries, (entry) => text(definition, entry)).sort()
}

/** The lists of more than one entry, each in its order. */
export function lists<Entry>(table: LiveTable<Entry>): string[][] {
  const found = new Map<string, string[]>()
  for (const entry of table) {
    const key = table.definition.keyText(entry)
    const list = found.has(key) ? [] : table.list(entry)
    if (list.length > 1)
      found.set(
        key,
        list.map((other) => text(table.definition, other)),
      )
  }
  return [...found.values()].sort()
}

function text<Entry>({ message, keyText }: TableDefinition<Entry>, entry: Entry): string {
  const writer = new Writer(512)
  message.encode(writer, entry)
  return `${keyText(entry)}: ${JSON.stringify(message.decodeStable(writer.view, 0, writer.length))}`
}
