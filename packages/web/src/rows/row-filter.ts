import { type Filter, families, havingValues, parseRouteTable, parseValue, UsageError, valueFor } from '@rtnl/tables'
import type { ViewTable } from '../source.ts'

/** Whether a row is wanted. */
export type RowFilter = (entry: unknown) => boolean

const fields = {
  family(text: string): (entry: Fields) => boolean {
    if (!Object.hasOwn(families, text)) {
      throw new UsageError(`family: '${text}' is none of ${Object.keys(families).join(', ')}`)
    }
    const family = families[text as keyof typeof families]
    return (entry) => entry.family === family
  },
  table(text: string): (entry: Fields) => boolean {
    const table = parseRouteTable(text)
    return (entry) => entry.table === table
  },
  vni(text: string): (entry: Fields) => boolean {
    return (entry) => String(entry.vni) === text
  },
} as const

interface Fields {
  readonly family?: number
  readonly table?: number
  readonly vni?: number
}

const token = /"([^"]*)"|(\S+)/g
const named = new RegExp(`^(${[...Object.keys(parseValue), ...Object.keys(fields), 'node', 'netns'].join('|')}):(.+)$`)

/**
 * What a user is looking for in a table: words that are all in the line of a row, in whatever case, `"several words"` as they
 * stand, and values: `within:10.0.0.0/8`, `to:192.0.2.1`, `protocol:bgp`, `id:5`, `mac:02:00:00:00:00:01`, `state:stale`,
 * `family:inet6`, `table:main`, `vni:100`, `node:leaf1`, `netns:blue`.
 * @returns `undefined` where all rows are wanted
 * @throws {UsageError} a value cannot be read, or entries of the table have none of the kind
 */
export function rowFilter(text: string, table: ViewTable): RowFilter | undefined {
  const tests: RowFilter[] = []
  const filter: Record<string, unknown> = {}
  for (const [, quoted, word = ''] of text.matchAll(token)) {
    const [, name, value = ''] = (quoted === undefined && named.exec(word)) || []
    if (name === undefined) tests.push(containing(quoted ?? word, table))
    else if (name === 'node' || name === 'netns') tests.push((entry) => table.place?.(entry)[name] === value)
    else if (Object.hasOwn(fields, name)) {
      const test = fields[name as keyof typeof fields](value)
      tests.push((entry) => test(entry as Fields))
    } else filter[name] = parsed(name as keyof typeof parseValue, value, table)
  }
  const having = havingValues(table.module.values, filter as Filter)
  // Values are compared faster than texts are made.
  if (having !== undefined) tests.unshift(having)
  return tests.length === 0 ? undefined : (entry) => tests.every((test) => test(entry))
}

function containing(text: string, { words, place }: ViewTable): RowFilter {
  const wanted = text.toLowerCase()
  return (entry) => {
    const { node = '', netns = '' } = place?.(entry) ?? {}
    return [node, netns, ...words(entry)].join(' ').toLowerCase().includes(wanted)
  }
}

function parsed(name: keyof typeof parseValue, text: string, { module }: ViewTable): unknown {
  if (module.values[valueFor[name]] === undefined) throw new UsageError(`${name}: no ${module.nouns[0]} has that`)
  return parseValue[name](text)
}
