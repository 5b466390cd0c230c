import { type Link, LinkTable } from '@rtnl/link'
import { fdbOwner, neighborOwner } from '@rtnl/neighbor'
import { AddressFamily, RouteProtocol } from '@rtnl/netlink-core'
import { nexthopOwner } from '@rtnl/nexthop'
import type { Notifier } from '@rtnl/notifier'
import type { ReconcileRules } from '@rtnl/reconcile'
import { RouteTableId, routeOwner } from '@rtnl/route'
import { findTable } from '../tables/registry.ts'
import { UsageError } from '../usage-error.ts'

/** The options that say what is ours. */
export interface OwnerOptions {
  /** Id of the routing table. */
  readonly table?: number | undefined
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol?: number | undefined
  /** Name of the interface. */
  readonly dev?: string | undefined
}

/** What `sync` needs to know of a table beside what `show` does. */
export interface SyncTable {
  /** As on the command line. */
  readonly name: string
  readonly takes: readonly (keyof OwnerOptions)[]
  rules(options: OwnerOptions, entries: readonly object[], notifier: Notifier): Promise<ReconcileRules<unknown>>
}

/** Unless told, what is ours is marked as OVN marks it. */
const usualProtocol = RouteProtocol.OVN

const routes: SyncTable = {
  name: 'route',
  takes: ['table', 'protocol'],
  async rules({ table = RouteTableId.MAIN, protocol = usualProtocol }) {
    return anyRules(usage(() => routeOwner({ table, protocol })))
  },
}

const nexthops: SyncTable = {
  name: 'nexthop',
  takes: ['protocol'],
  async rules({ protocol = usualProtocol }) {
    return anyRules(usage(() => nexthopOwner({ protocol })))
  },
}

const neighbors: SyncTable = {
  name: 'neighbor',
  takes: ['dev', 'protocol'],
  async rules({ dev, protocol }, entries, notifier) {
    const link = await findLink(dev, notifier)
    // Forwarding entries have the shape of neighbours, and a family of their own.
    const bridged = entries.filter((entry) => (entry as { family?: unknown }).family === AddressFamily.BRIDGE)
    if (bridged.length > 0 && bridged.length === entries.length)
      return forwarding.rules({ dev, protocol }, entries, notifier)
    if (bridged.length > 0)
      throw new UsageError('forwarding entries (family 7) and neighbours are synced one after the other')
    return anyRules(usage(() => neighborOwner({ ifindex: link.ifindex, protocol })))
  },
}

const forwarding: SyncTable = {
  name: 'fdb',
  takes: ['dev'],
  async rules({ dev, protocol }, _entries, notifier) {
    if (protocol !== undefined) throw new UsageError('--protocol: the kernel keeps none of forwarding entries')
    const link = await findLink(dev, notifier)
    return anyRules(usage(() => fdbOwner(link)))
  },
}

/** The tables that can be written. */
export const syncTables: readonly SyncTable[] = [routes, nexthops, neighbors, forwarding]

/** @throws {UsageError} there is no such table, or it cannot be written */
export function findSyncTable(text: string): SyncTable {
  const { name } = findTable(text)
  const found = syncTables.find((table) => table.name === name)
  if (found !== undefined) return found
  throw new UsageError(
    `entries of ${name} are not written; those of these are: ${syncTables.map((table) => table.name).join(', ')}`,
  )
}

/** @throws {UsageError} no routing protocol has the number */
export function parseProtocol(text: string): number {
  const protocol = /^\d+$/.test(text) ? Number(text) : -1
  if (protocol >= 1 && protocol <= 255) return protocol
  throw new UsageError(`--protocol: '${text}' is not a number from 1 to 255`)
}

/** @throws {UsageError} an option that the table does not take, or one that it needs */
export function checkOwnerOptions({ name, takes }: SyncTable, options: OwnerOptions): void {
  for (const option of ['table', 'protocol', 'dev'] as const) {
    if (options[option] !== undefined && !takes.includes(option)) {
      throw new UsageError(`--${option} does not go with entries of ${name}`)
    }
  }
  if (takes.includes('dev') && options.dev === undefined) {
    throw new UsageError(`sync ${name} needs --dev: what is ours is that of one interface`)
  }
}

function anyRules<Entry>(rules: ReconcileRules<Entry>): ReconcileRules<unknown> {
  return rules as unknown as ReconcileRules<unknown>
}

/** What the rules refuse is bad usage. */
function usage<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? new UsageError(`--${error.message}`) : error
  }
}

async function findLink(dev: string | undefined, notifier: Notifier): Promise<Link> {
  await using links = await LinkTable.open({ notifier })
  const ifindex = links.ifindex(dev ?? '')
  const link = ifindex === undefined ? undefined : links.get({ ifindex })
  if (link === undefined) throw new Error(`--dev: there is no interface '${dev}'; \`rtnl show link\` lists them`)
  return link
}
