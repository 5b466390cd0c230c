import { TimeSlice } from '@rtnl/netlink-core'
import { type ActivityModule, refersTo, type SeenChange } from '@rtnl/tables'
import type { ReferringRows, RowDetails, ShownChange } from '../api.ts'
import { shownRow, wordsOf } from '../live/shown-row.ts'
import type { TableGroup } from '../live/table-group.ts'
import type { ViewTable } from '../source.ts'
import { rowSource } from './row-source.ts'

/** How many rows are named of those that refer to one. */
const mostNamed = 50

/** Which row is meant. */
export interface RowName {
  readonly key: string
  /** Where the table had it; `undefined`: it is looked for. */
  readonly id: number | undefined
}

/**
 * A row with its history, and what refers to it. The tables are looked through a few milliseconds at a time.
 * @returns `undefined` if there is and was no such row, as far as is known
 */
export async function rowDetails(
  group: TableGroup,
  table: ViewTable,
  row: RowName,
  signal: AbortSignal,
): Promise<RowDetails | undefined> {
  const { module } = table
  const seen = group.activity.changesOfRow(module, row.key)
  const present = await entryOf(table, row, signal)
  const entry = present ?? seen[0]?.change.entry
  if (entry === undefined) return undefined
  return {
    ...shownRow(table, row.key, entry),
    table: module.name,
    entry,
    isGone: present === undefined,
    history: seen.map((one) => shownChange(table, one)),
    refersTo: await related(group, table, entry, signal, (other, candidate) => {
      const identity = other.identity?.(candidate)
      return identity !== undefined && refersTo(module, entry, identity)
    }),
    referredBy: await related(group, table, entry, signal, (other, candidate) => {
      const identity = module.identity?.(entry)
      return identity !== undefined && refersTo(other, candidate, identity)
    }),
  }
}

/** A change as a page shows it. */
export function shownChange(table: ViewTable, { at, cause, change }: SeenChange): ShownChange {
  const words = wordsOf(table, change.entry)
  return { at, cause, kind: change.kind, words, ...(change.kind === 'changed' && { was: wordsOf(table, change.old) }) }
}

/** The rows of a table, by their ids. */
function* rowsOf(table: ViewTable): Generator<{ id: number; key: string; entry: unknown }> {
  const { rows } = rowSource(table)
  for (let id = 0; id < rows.store.idLimit; id++) {
    const row = rows.store.has(id) ? rows.added(id) : undefined
    if (row !== undefined) yield { id, key: row.key, entry: row.entry }
  }
}

async function entryOf(table: ViewTable, { key, id }: RowName, signal: AbortSignal): Promise<unknown> {
  const { rows } = rowSource(table)
  const found = id !== undefined && rows.store.has(id) ? rows.added(id) : undefined
  if (found?.key === key) return found.entry
  const slice = new TimeSlice()
  for (const row of rowsOf(table)) {
    if (row.key === key) return row.entry
    if (slice.over()) await slice.next()
    signal.throwIfAborted()
  }
  return undefined
}

/** The rows of all tables that have to do with a row of one, and are where it is. */
async function related(
  { tables }: TableGroup,
  table: ViewTable,
  entry: unknown,
  signal: AbortSignal,
  isRelated: (other: ActivityModule, candidate: unknown) => boolean,
): Promise<ReferringRows[]> {
  const found: ReferringRows[] = []
  const slice = new TimeSlice()
  const { node, netns } = table.place?.(entry) ?? {}
  for (const other of tables) {
    const rows: ReferringRows['rows'][number][] = []
    let count = 0
    for (const { id, key, entry: candidate } of rowsOf(other)) {
      if (slice.over()) await slice.next()
      signal.throwIfAborted()
      const place = other.place?.(candidate)
      if (place?.node !== node || place?.netns !== netns || !isRelated(other.module, candidate)) continue
      count++
      if (rows.length < mostNamed) rows.push({ id, ...shownRow(other, key, candidate) })
    }
    if (count > 0) found.push({ table: other.module.name, count, rows })
  }
  return found
}
