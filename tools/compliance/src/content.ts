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

/**
 * A lifetime runs: that there is one is compared, not its length. What is over is below 0, which no request may have. Of a
 * lifetime that ends within a second or has ended nothing is compared: around its end the kernel says that there is none.
 */
function text<Entry>({ message, keyText }: TableDefinition<Entry>, entry: Entry): string {
  const { expires, ...rest } = entry as Entry & { readonly expires?: number }
  const writer = new Writer(512)
  message.encode(writer, rest as Partial<Entry>)
  const stable = JSON.stringify(message.decodeStable(writer.view, 0, writer.length))
  return `${keyText(entry)}: ${stable}${expires === undefined || expires <= 1 ? '' : ' expires'}`
}
