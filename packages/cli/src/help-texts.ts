import { type TableModule, tables, writableTables } from '@rtnl/tables'
import { listOf } from './output/count.ts'

type CommandName = 'show' | 'watch' | 'sync'

/** What the command line does, for the help. */
export const about = `Shows, follows and writes the kernel's ${nounsOf(tables)}, exactly.`

/** The tables with their other names. */
export const tableNames = tables.map(({ name, aliases }) => [name, ...aliases].join(', ')).join('; ')

/** The tables that can be written. */
export const writableNames = writableTables.map(({ name }) => name).join(', ')

/** Which tables have entries that `--table` chooses: `route or rule`. */
export const inRoutingTables = nounsOf(
  tables.filter((table) => table.inRoutingTables),
  'or',
)

/** The tables whose owned entries `--protocol` selects: `routes or nexthops`. */
export const markedByProtocol = nounsOf(
  writableTables.filter(({ sync }) => sync.takes.includes('protocol')),
  'or',
)

/** What is written on one interface. */
export const ofInterfaces = nounsOf(
  writableTables.filter(({ sync }) => sync.takes.includes('dev')),
  'or',
)

/** The paragraph about the options that choose entries. */
export const filterHelp = `
An interface that does not exist is an error; a routing table that does not exist is empty.
${folded(
  `--dev takes an interface by any of its names, and means the one that has the name now: ${listOf(
    tables.flatMap(({ ofDevice }) => (ofDevice === undefined ? [] : [ofDevice])),
    'or',
  )}.`,
)}`

/** The paragraph that says which entries are owned. */
export const ownershipHelp = folded(writableTables.map(({ sync }) => sync.ownership).join(' '))

/** What a command that ends by itself says with its exit code. */
export const exitCodes = 'Exit codes: 0 done, 1 failed, 2 bad usage.'

/** The same of one that goes on until it is interrupted. */
export const exitCodesOfWatch = 'Exit codes: 0 ended by a signal or the end of the reader, 1 failed, 2 bad usage.'

/** The examples that the tables give of a command. */
export function examplesOf(command: CommandName): readonly string[] {
  return tables.flatMap(({ examples }) => examples?.[command] ?? [])
}

/** Lines under the heading of examples. */
export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function nounsOf(chosen: readonly TableModule<unknown>[], conjunction: 'and' | 'or' = 'and'): string {
  return listOf(
    chosen.map(({ nouns: [, many] }) => many),
    conjunction,
  )
}

/** Broken into lines of at most 120 characters. */
function folded(text: string): string {
  return text.replaceAll(/(.{1,120})(?: |$)/g, '$1\n').trimEnd()
}
