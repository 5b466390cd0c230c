import { setTimeout as delay } from 'node:timers/promises'
import { content, json, lists, patience } from '@rtnl/compliance'
import type { Link } from '@rtnl/link'
import { type LiveTable, openTable } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { derivedName, sourceNames } from './derived.ts'
import type { Following, Session } from './session.ts'
import { namesOf } from './shown/tables.ts'

/** What two views of a table do not agree on. */
export interface Difference {
  readonly table: string
  readonly between: string
  /** Entries that only the first one has, and only the second one. */
  readonly extra: readonly string[]
  readonly missing: readonly string[]
}

export interface Checked {
  readonly differences: readonly Difference[]
  /** Entries of all tables. */
  readonly rows: number
  /** Looks that were needed until the kernel stood still. */
  readonly looks: number
  /** Whether views agreed only at a later look, although the kernel stood still at the first one. */
  readonly late: boolean
}

/** Looks at a kernel that stands still before a difference counts, since a worker of the kernel may have an announcement left. */
const looksAtRest = 4

/**
 * Compares every table with the folds of its changes, with a fresh dump and with what iproute2 shows, once the kernel has done
 * what it does later. A look counts if dumps before and after it are the same.
 * @param only names of tables; by default all are compared
 */
export async function check(session: Session, only?: readonly string[]): Promise<Checked> {
  const withDerived = only?.includes(derivedName) ?? true
  const isLookedAt = (name: string): boolean =>
    only === undefined || only.includes(name) || (withDerived && sourceNames.includes(name))
  const tables = session.tables.filter(({ followed }) => isLookedAt(followed.definition.name))
  // Neighbours are removed from all namespaces where one of them has many.
  const limit = performance.now() + patience * 5
  let atRest = 0
  for (let looks = 1; ; looks++) {
    await linksAtRest(session.netns)
    const { isStill, rows, differences } = await look(session, tables, withDerived)
    if (!isStill) {
      if (performance.now() > limit) throw new Error(`the kernel does not stand still: ${looks} looks`)
      continue
    }
    atRest++
    if (differences.length === 0) return { differences, rows, looks, late: atRest > 1 }
    if (atRest === looksAtRest) return { differences, rows, looks, late: false }
    await delay(250)
  }
}

async function look({ netns, tables: all, derived }: Session, tables: readonly Following[], withDerived: boolean) {
  await using notifier = await Notifier.open({ netns })
  const fresh = await openFresh(notifier, tables)
  const before = fresh.map(contentOf)
  for (const { table } of tables) await table.waitForSync()
  for (const { table, reader, staller } of tables) {
    staller.release()
    await reader.caughtUp(table)
    await staller.caughtUp(table)
    staller.stall()
  }
  if (withDerived) await derived.caughtUp()
  const views = tables.map(viewsOf)
  const derivedViews = withDerived ? derived.views() : () => []
  const told = await Promise.all(tables.map(async ({ followed }) => (await followed.told(netns)).sort()))
  const names = namesOf(all[0]!.table as LiveTable<unknown> & Iterable<Link>)
  const ours = tables.map(({ followed, table }) => followed.ours([...table], names).sort())
  for (const table of fresh) await table.resync()
  const after = fresh.map(contentOf)
  const isStill = before.every((texts, index) => texts.join() === after[index]!.join())
  const differences = tables.flatMap(({ followed, reader, staller }, index) => {
    const { held, folded, stalled, order } = views[index]!
    const compare = (between: string, one: readonly string[], other: readonly string[]): Difference[] =>
      difference(followed.definition.name, between, one, other)
    return [
      ...compare('table and dump', held, after[index]!),
      ...compare('order in table and dump', order, orderOf(fresh[index]!)),
      ...compare('fold and table', folded, held),
      ...compare('fold of a stalled reader and table', stalled, held),
      ...compare('table and iproute2', ours[index]!, told[index]!),
      ...compare('changes that do not fit', [...reader.fold.misfits, ...staller.fold.misfits], []),
    ]
  })
  for (const [between, one, other] of derivedViews(fresh)) {
    differences.push(...difference(derivedName, between, one, other))
  }
  const rows = tables.reduce((sum, { table }) => sum + table.size, 0)
  for (const table of fresh) table.close()
  return { isStill, rows, differences }
}

async function openFresh(notifier: Notifier, followed: readonly Following[]): Promise<LiveTable<unknown>[]> {
  const tables: LiveTable<unknown>[] = []
  for (const { table } of followed) tables.push(await openTable({ ...table.definition, triggers: [] }, { notifier }))
  return tables
}

function viewsOf({ table, reader, staller }: Following) {
  const { definition } = table
  return {
    held: contentOf(table),
    order: orderOf(table),
    folded: content(definition, reader.fold.entries.values()),
    stalled: content(definition, staller.fold.entries.values()),
  }
}

function contentOf(table: LiveTable<unknown>): string[] {
  return content(table.definition, table)
}

function orderOf(table: LiveTable<unknown>): string[] {
  return table.definition.lists === undefined ? [] : lists(table).map((list) => list.join(' then '))
}

function difference(table: string, between: string, one: readonly string[], other: readonly string[]): Difference[] {
  const extra = lacking(one, other)
  const missing = lacking(other, one)
  return extra.length + missing.length === 0 ? [] : [{ table, between, extra, missing }]
}

/** What is more often in one than in the other. */
function lacking(one: readonly string[], other: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const text of other) counts.set(text, (counts.get(text) ?? 0) + 1)
  return one.filter((text) => {
    const left = counts.get(text) ?? 0
    counts.set(text, left - 1)
    return left <= 0
  })
}

interface ShownLink {
  readonly flags: readonly string[]
  readonly operstate: string
  readonly addr_info: readonly { readonly tentative?: boolean }[]
}

/**
 * Waits until the kernel has told its other parts, and by notifications everybody, of the carriers of links, up to a second
 * later, and has taken IPv6 addresses for its own.
 */
async function linksAtRest(netns: string): Promise<void> {
  const limit = performance.now() + patience / 4
  const isRestless = ({ flags, operstate, addr_info }: ShownLink): boolean => {
    const works = flags.includes('UP') && flags.includes('LOWER_UP') && !flags.includes('NO-CARRIER')
    return works !== ['UP', 'UNKNOWN'].includes(operstate) || addr_info.some(({ tentative }) => tentative === true)
  }
  while (json<ShownLink>(netns, 'ip addr').some(isRestless) && performance.now() < limit) await delay(50)
}
