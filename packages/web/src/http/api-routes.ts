import { ClosedError } from '@rtnl/netlink-core'
import type { ActivityModule } from '@rtnl/tables'
import { UsageError, valueFor } from '@rtnl/tables'
import { type Context, Hono } from 'hono'
import type { Activity, Overview, TableWindow } from '../api.ts'
import { evpnOverview } from '../evpn/evpn-overview.ts'
import { ClientChanges } from '../live/client-changes.ts'
import type { LiveEvpn, LiveSpace } from '../live/live-space.ts'
import { shownRow } from '../live/shown-row.ts'
import type { TableGroup } from '../live/table-group.ts'
import { rowDetails, shownChange } from '../rows/row-details.ts'
import { type RowOrder, rowOrders } from '../rows/row-order.ts'
import type { ViewSource, ViewTable } from '../source.ts'
import { eventStream } from './event-stream.ts'

/** The most rows of one answer. */
const mostRows = 500
/** The most connections that wait for changes. */
const mostClients = 256
/** How many changes an answer names. */
const mostChanges = 50
/** How many of what changes most an answer names. */
const mostTallied = 10
/** What the names of collections of EVPN begin with, to distinguish them from tables. */
const evpnPrefix = 'evpn-'

/** What the routes read. */
export interface Served {
  readonly source: ViewSource
  /** The spaces that are there now, by name. */
  spaces(): ReadonlyMap<string, LiveSpace>
}

/** The answers in JSON, and the stream of changes. */
export function apiRoutes(served: Served): Hono {
  const app = new Hono()
  let clients = 0

  app.onError((error, context) => {
    if (error instanceof UsageError) return context.json({ error: error.message.replace(/^--/, '') }, 400)
    if (error instanceof NotOpened) return context.json({ error: error.message }, 500)
    if (error instanceof NotFound) return context.json({ error: error.message }, 404)
    if (error instanceof ClosedError) {
      const why = error.cause instanceof Error ? `: ${error.cause.message}` : ''
      return context.json({ error: `${error.message}${why}` }, 503)
    }
    // The client has gone, and the work for it was given up.
    if (context.req.raw.signal.aborted) return context.body(null, 503)
    throw error
  })

  app.get('/tables', (context) => context.json(overview(served)))

  app.get('/tables/:name', async (context) => {
    const { group, table } = await tableOf(served, context, context.req.param('name'))
    const offset = numberOf(context, 'offset', 0, Number.MAX_SAFE_INTEGER)
    const limit = numberOf(context, 'limit', 100, mostRows)
    const view = group.views.of(table, context.req.query('filter') ?? '', orderOf(context))
    const { total, rows, isComplete } = await view.window(offset, limit)
    const shown = rows.map(({ id, key, entry }) => ({ id, ...shownRow(table, key, entry) }))
    return context.json({ table: table.module.name, total, offset, rows: shown, isComplete } satisfies TableWindow)
  })

  app.get('/tables/:name/row', async (context) => {
    const { group, table } = await tableOf(served, context, context.req.param('name'))
    const key = context.req.query('key') ?? ''
    const id = context.req.query('id') === undefined ? undefined : numberOf(context, 'id', 0, Number.MAX_SAFE_INTEGER)
    const details = await rowDetails(group, table, { key, id }, context.req.raw.signal)
    if (details === undefined) throw new NotFound(`${table.module.name} has no row ${key}`)
    return context.json(details)
  })

  app.get('/activity', (context) => context.json(activity(spaceOf(served, context))))

  app.get('/evpn', async (context) => {
    const { collections, view } = await evpnOf(spaceOf(served, context), context)
    const vni = context.req.query('vni') === undefined ? undefined : numberOf(context, 'vni', 0, 0xffffff)
    return context.json(evpnOverview(collections, view, vni))
  })

  app.get('/changes', async (context) => {
    const name = context.req.query('table')
    const { group, table } =
      name === undefined
        ? { group: spaceOf(served, context).group, table: undefined }
        : await tableOf(served, context, name)
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }
    // Nobody reads the body of the answer, so nobody would end it.
    if (context.req.method === 'HEAD') return context.body(null, 200, headers)
    if (clients >= mostClients) return context.json({ error: `${mostClients} others look already` }, 503)
    clients++
    const client = new ClientChanges(group.tables, table?.module.name)
    const leave = group.tell(client)
    const stream = eventStream(client, () => {
      clients--
      leave()
    })
    return context.body(stream, 200, headers)
  })

  app.all('*', (context) => context.json({ error: 'there is no such thing here; see api/tables' }, 404))
  return app
}

class NotFound extends Error {}

/** What there is cannot be opened. */
class NotOpened extends Error {}

/** The space that a request names, or the first. */
function spaceOf(served: Served, context: Context): LiveSpace {
  const spaces = served.spaces()
  const name = context.req.query('space')
  const [first] = spaces.values()
  const space = name === undefined ? first : spaces.get(name)
  if (space !== undefined) return space
  throw new NotFound(name === undefined ? 'no namespace is followed' : `the namespace ${name} is not followed`)
}

/** What is derived of EVPN in the namespace of a node that a request names, or in the first that there is. */
async function evpnOf(live: LiveSpace, context: Context): Promise<LiveEvpn> {
  const { node, netns } = context.req.query()
  const views = live.space.evpn ?? []
  const view = views.find(
    ({ place }) => (node === undefined || place.node === node) && (netns === undefined || place.netns === netns),
  )
  if (view === undefined) throw new NotFound(`there is no EVPN ${node === undefined ? 'here' : `on ${node}`}`)
  try {
    return await live.evpn(view)
  } catch (error) {
    throw new NotOpened((error as Error).message, { cause: error })
  }
}

async function tableOf(
  served: Served,
  context: Context,
  name: string,
): Promise<{ group: TableGroup; table: ViewTable }> {
  const live = spaceOf(served, context)
  const isEvpn = name.startsWith(evpnPrefix)
  const { group } = isEvpn ? await evpnOf(live, context) : live
  const table = group.find(isEvpn ? name.slice(evpnPrefix.length) : name)
  if (table === undefined) throw new NotFound(`there is no table ${name}`)
  return { group, table }
}

/** @throws {UsageError} it is no whole number, or too large */
function numberOf(context: Context, name: string, usual: number, most: number): number {
  const text = context.req.query(name)
  if (text === undefined) return usual
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw new UsageError(`${name}: '${text}' is not a number from 0 to ${most}`)
}

/** @throws {UsageError} there is no such order */
function orderOf(context: Context): RowOrder {
  const text = context.req.query('sort') ?? 'table'
  const order = rowOrders.find((one) => one === text)
  if (order !== undefined) return order
  throw new UsageError(`sort: '${text}' is none of ${rowOrders.join(', ')}`)
}

function overview({ source, spaces }: Served): Overview {
  return {
    title: source.title,
    spaces: [...spaces().values()].map(({ space, group }) => {
      const reading = group.activity.read()
      return {
        name: space.name,
        evpn: (space.evpn ?? []).map(({ place }) => place),
        tables: reading.tables.map(({ module, rows, state, changes, perSecond }) => ({
          name: module.name,
          nouns: module.nouns,
          rows,
          state,
          changes,
          perSecond,
          filters: filtersOf(module),
        })),
      }
    }),
    ...(source.nodes && { nodes: source.nodes }),
  }
}

function filtersOf({ values }: ActivityModule): string[] {
  return Object.entries(valueFor).flatMap(([name, value]) => (values[value] === undefined ? [] : [name]))
}

function activity({ group, space }: LiveSpace): Activity {
  const reading = group.activity.read()
  const { at, changes, perSecond, series, causes } = reading
  const tallied = (
    counted: readonly { readonly key: unknown; readonly count: number }[],
    name: (key: unknown) => string = String,
  ) => counted.slice(0, mostTallied).map(({ key, count }) => ({ name: name(key), count }))
  return {
    at,
    changes,
    perSecond,
    series,
    causes,
    tables: reading.tables.map(({ module, ...table }) => ({ ...table, name: module.name })),
    // In a fleet the same index means another interface on each node.
    interfaces:
      space.interfaceName === undefined
        ? []
        : tallied(reading.interfaces, (ifindex) => space.interfaceName?.(Number(ifindex)) ?? String(ifindex)),
    prefixes: tallied(reading.prefixes),
    protocols: tallied(reading.protocols),
    resyncs: reading.lastResyncs.slice(0, mostTallied).map(({ cause: _cause, ...resync }) => resync),
    last: reading.lastChanges.slice(0, mostChanges).flatMap((seen) => {
      const table = group.find(seen.module.name)
      return table === undefined ? [] : [{ ...shownChange(table, seen), table: seen.module.name, key: seen.change.key }]
    }),
    pendingBytes: reading.sockets.pending,
    overruns: reading.sockets.overruns,
  }
}
