import { setImmediate, setTimeout } from 'node:timers/promises'
import type { ChangeBatch, LiveTable } from '@rtnl/live-table'
import { dumpRoutes, type Route, type RouteDumpFilter } from '@rtnl/route'
import * as assert from 'uvu/assert'
import { linksSettled } from './ip.ts'
import { ipRoutes, type Shown, shownRoutes } from './shown.ts'

/** Without what changes by itself. */
export function stable(route: Route): Route {
  const { expires: _, ...rest } = route
  return rest
}

/** What a reader of the changes makes of them. Checks that each one fits what was told before. */
export class Fold {
  readonly entries = new Map<string, Route>()
  readonly batches: ChangeBatch<Route>[] = []
  /** Rejects where a change did not fit. */
  readonly done: Promise<void>

  constructor(table: LiveTable<Route>) {
    this.done = this.#follow(table)
  }

  async #follow(table: LiveTable<Route>): Promise<void> {
    for await (const batch of table.changes()) {
      this.batches.push(batch)
      for (const change of batch.changes) {
        const { key, kind, entry } = change
        // Routes under one key are told apart by a number.
        assert.is(key.replace(/ #\d+$/, ''), table.definition.keyText(entry))
        assert.is(this.entries.has(key), kind !== 'added', `${kind} ${key}`)
        if (kind === 'changed') assert.equal(stable(change.old), stable(this.entries.get(key)!))
        if (kind === 'removed') this.entries.delete(key)
        else this.entries.set(key, entry)
      }
    }
  }
}

/** Whether the socket holds all messages of a test. That of an ordinary user may hold no more than some 500. */
export function holdsAll(table: LiveTable<Route>): boolean {
  return table.notifier.connection.stats().receiveBuffer >= 64 * 1024 * 1024
}

/** Lets readers have what is ready for them. */
export async function turn(): Promise<void> {
  await setTimeout(0)
  // One who reads many batches lets the event loop run between them.
  for (let turns = 0; turns < 3; turns++) await setImmediate()
}

/** In an order that depends on nothing but what is in it. */
export function sorted<Value>(values: Iterable<Value>): Value[] {
  return [...values]
    .map((value): [string, Value] => [JSON.stringify(canonical(value)), value])
    .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
    .map(([, value]) => value)
}

/** With the names of fields in order. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(canonical)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, field]) => [name, canonical(field)]),
  )
}

/** The routes of a fresh dump in the kernel's order. */
export async function dumped(table: LiveTable<Route>, filter: RouteDumpFilter = {}): Promise<Route[]> {
  const routes: Route[] = []
  for await (const batch of dumpRoutes(table.notifier.connection, filter)) routes.push(...batch.map(stable))
  return routes
}

/** Checks that two sets of routes are the same, and names those that only one has. */
export function assertSame(seen: Iterable<unknown>, expected: Iterable<unknown>, what: string): void {
  const texts = (values: Iterable<unknown>): string[] => sorted(values).map((value) => JSON.stringify(canonical(value)))
  const left = texts(seen)
  const right = texts(expected)
  const only = (some: string[], others: string[]): string[] => some.filter((text) => !others.includes(text))
  assert.equal({ extra: only(left, right), missing: only(right, left) }, { extra: [], missing: [] }, what)
  assert.equal(left, right, what)
}

/** Checks that a table, the fold of its changes, a fresh dump and `ip` agree; of routes under one key, in their order. */
export async function assertExact(table: LiveTable<Route>, fold: Fold, netns: string): Promise<void> {
  const { routes, entries, told, shown } = await still(table, netns, async (): Promise<Views> => {
    await table.waitForSync()
    await turn()
    return {
      entries: [...table].map(stable),
      told: [...fold.entries.values()].map(stable),
      shown: ipRoutes(netns),
    }
  })
  assertSame(shown, shownRoutes(netns, routes), 'ip and dump')
  assertSame(entries, routes, 'table and dump')
  assertSame(told, routes, 'fold and dump')
  assert.is(table.size, routes.length)
  const lists = new Map<string, Route[]>()
  for (const route of routes) {
    const key = `${route.family} ${table.definition.keyText(route)}`
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [route])
    else list.push(route)
  }
  for (const [key, list] of lists) assert.equal(table.list(list[0]!).map(stable), list, `order of ${key}`)
}

interface Views {
  readonly entries: Route[]
  readonly told: Route[]
  readonly shown: Shown[]
}

/**
 * The routes of a fresh dump, and what else is looked at, at a moment at which the kernel does nothing by itself, such as
 * the addresses of a link that has come up.
 */
export async function still<Seen extends object>(
  table: LiveTable<Route>,
  netns: string,
  look: () => Promise<Seen>,
): Promise<Seen & { readonly routes: Route[] }> {
  for (let attempt = 0; attempt < 50; attempt++) {
    await linksSettled(netns)
    const routes = await dumped(table)
    const seen = await look()
    if (JSON.stringify(await dumped(table)) === JSON.stringify(routes)) return { ...seen, routes }
  }
  throw new Error('routes change without end')
}
