import type { Link } from '@rtnl/link'
import { routingProtocols } from '@rtnl/names'
import { type FdbOwnership, fdbOwner, NeighborFlag, neighborOwner, proxyOwner } from '@rtnl/neighbor'
import { AddressFamily, RouteProtocol } from '@rtnl/netlink-core'
import { nexthopOwner } from '@rtnl/nexthop'
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
  /** Ours are the entries of the file, whoever made them, and nothing else is removed. */
  readonly additive?: boolean | undefined
}

/** What `sync` needs to know of a table beside what `show` does. */
export interface SyncTable {
  /** As on the command line. */
  readonly name: string
  readonly takes: readonly (keyof OwnerOptions)[]
  /**
   * @param link the interface that `dev` names, where the table takes that
   * @throws {UsageError} options or an interface that do not go with the table
   */
  rules(options: OwnerOptions, entries: readonly object[], link: Link | undefined): ReconcileRules<unknown>
  /** Whether rules that were made for an interface go with it after a change. */
  isSame?(before: Link, now: Link): boolean
}

/** Unless told, what is ours is marked as OVN marks it. */
const usualProtocol = RouteProtocol.OVN

const routes: SyncTable = {
  name: 'route',
  takes: ['table', 'protocol'],
  rules({ table, protocol, additive }) {
    if (additive === true) return anyRules(usage(() => routeOwner({ table, protocol, additive })))
    return anyRules(usage(() => routeOwner({ table: table ?? RouteTableId.MAIN, protocol: protocol ?? usualProtocol })))
  },
}

const nexthops: SyncTable = {
  name: 'nexthop',
  takes: ['protocol'],
  rules({ protocol, additive }) {
    if (additive === true && protocol !== undefined) {
      throw new UsageError('--additive writes nexthops of every protocol: --protocol does not go with it')
    }
    if (additive === true) return anyRules(nexthopOwner({ additive }))
    return anyRules(usage(() => nexthopOwner({ protocol: protocol ?? usualProtocol })))
  },
}

const neighbors: SyncTable = {
  name: 'neighbor',
  takes: ['dev', 'protocol'],
  rules({ dev, protocol, additive }, entries, link) {
    // Forwarding entries have the shape of neighbours, and a family of their own.
    const bridged = entries.filter(isForwarding)
    if (bridged.length > 0 && bridged.length === entries.length)
      return forwarding.rules({ dev, protocol, additive }, entries, link)
    if (bridged.length > 0)
      throw new UsageError('forwarding entries (family 7) and neighbours are synced one after the other')
    const ifindex = link?.ifindex ?? 0
    // So have proxy entries, which the kernel keeps in a table of their own.
    const proxies = entries.filter(isProxy)
    if (proxies.length > 0 && proxies.length === entries.length) return proxyRules({ protocol }, link)
    if (proxies.length > 0) {
      throw new UsageError(
        'proxy entries and other neighbours in one file are told apart from those of others by --protocol; without it write one kind after the other',
      )
    }
    return anyRules(usage(() => neighborOwner({ ifindex, protocol, additive, addressLength: addressLengthOf(link) })))
  },
  isSame: isSameInterface,
}

/** Whether an entry that is given as a neighbour is one of the forwarding table. */
export function isForwarding(entry: object): boolean {
  return (entry as { readonly family?: unknown }).family === AddressFamily.BRIDGE
}

/** Interfaces without an address of their own have none. */
function addressLengthOf(link: Link | undefined): number | undefined {
  return link?.address === undefined ? undefined : link.address.split(':').length
}

/** Rules of proxy entries. */
export function proxyRules({ protocol }: OwnerOptions, link: Link | undefined): ReconcileRules<unknown> {
  return anyRules(usage(() => proxyOwner({ ifindex: link?.ifindex ?? 0, protocol })))
}

export function isProxy(entry: object): boolean {
  const { flags } = entry as { flags?: unknown }
  if (typeof flags === 'number') return (flags & NeighborFlag.PROXY) !== 0
  return (Array.isArray(flags) ? flags : [flags]).includes('proxy')
}

/** What a port's bridge holds of it, and what a vxlan leaves out of an entry, is not what another one does. */
function isSameInterface(before: Link, now: Link): boolean {
  return (
    before.ifindex === now.ifindex &&
    before.kind === now.kind &&
    before.master === now.master &&
    before.vxlan?.id === now.vxlan?.id &&
    before.vxlan?.port === now.vxlan?.port
  )
}

const forwarding: SyncTable = {
  name: 'fdb',
  takes: ['dev'],
  rules({ dev, protocol, additive }, entries, link) {
    if (protocol !== undefined) throw new UsageError('--protocol: the kernel keeps none of forwarding entries')
    if (link === undefined) throw new UsageError(`--dev: there is no interface '${dev}'`)
    // Of a vxlan in a bridge both have entries.
    const master = link.master !== undefined && entries.length > 0 && entries.every((entry) => !isOfVxlan(entry))
    return anyRules(fdbRules(link, { master, additive }))
  },
  isSame: isSameInterface,
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

/**
 * A routing protocol by its number or name.
 * @throws {UsageError} there is no such protocol
 */
export function parseProtocol(text: string): number {
  const protocol = routingProtocols.numberOf(text) ?? (/^\d+$/.test(text) ? Number(text) : -1)
  if (protocol >= 1 && protocol <= 255) return protocol
  throw new UsageError(
    `--protocol: '${text}' is neither the name of a protocol (bgp, static, or one of /etc/iproute2/rt_protos) nor a number from 1 to 255`,
  )
}

/** @throws {UsageError} an option that the table does not take, or one that it needs */
export function checkOwnerOptions({ name, takes }: SyncTable, options: OwnerOptions): void {
  for (const option of ['table', 'protocol', 'dev'] as const) {
    if (options[option] !== undefined && !takes.includes(option)) {
      throw new UsageError(`--${option} does not go with entries of ${name}`)
    }
  }
  if (takes.includes('dev') && options.dev === undefined && options.additive !== true) {
    throw new UsageError(`sync ${name} needs --dev: what is ours is that of one interface; or --additive`)
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

/** An interface is not as it has to be for its entries to be written, but may come to be. */
export class UnfitInterfaceError extends UsageError {
  override readonly name: string = 'UnfitInterfaceError'
  /** In words: `v0, which is ...`. */
  readonly what: string

  constructor(what: string) {
    super(`--dev: ${what.replace(', which', '')}`)
    this.what = what
  }
}

/** Whether a forwarding entry is a remote of a vxlan: one that says nothing of it is. */
export function isOfVxlan(entry: object): boolean {
  const { flags = NeighborFlag.SELF } = entry as { readonly flags?: unknown }
  return Array.isArray(flags) ? flags.includes('self') : (Number(flags) & NeighborFlag.SELF) !== 0
}

function fdbRules(link: Link, ownership: FdbOwnership): ReturnType<typeof fdbOwner> {
  try {
    return fdbOwner(link, ownership)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UnfitInterfaceError(`${link.ifname ?? link.ifindex}, which is neither a vxlan nor a port of a bridge`)
  }
}
