import type { Link, LinkTable } from '@rtnl/link'
import { AddressFamily, RouteProtocol } from '@rtnl/netlink-core'
import type { ReconcileRules } from '@rtnl/reconcile'
import { BadEntryError } from './open-checked.ts'
import { isForwarding, isOfVxlan, isProxy, type OwnerOptions, proxyRules, type SyncTable } from './sync-tables.ts'

/** Entries that are written by the same rules. */
export interface Place {
  readonly rules: ReconcileRules<unknown>
  readonly entries: readonly object[]
  /** Of each entry its place in the file. */
  readonly positions: readonly number[]
}

/** What of a file goes where, and what goes nowhere. */
export interface Places {
  readonly places: readonly Place[]
  /** Entries that only the kernel can make. */
  readonly leftOut: readonly object[]
}

/**
 * Entries that are ours by a mark. Neighbours and proxy entries carry the same protocol, in two tables of the kernel: with
 * one, both are compared, so that what the file does not have any more goes, whichever kind the file has now.
 * @returns first that of which the file has entries
 */
export function markedPlaces(
  table: SyncTable,
  options: OwnerOptions,
  entries: readonly object[],
  link: Link | undefined,
): readonly [Place, Place?] {
  const all = [...entries.keys()]
  if (table.name !== 'neighbor' || options.protocol === undefined || entries.some(isForwarding)) {
    return [{ rules: table.rules(options, entries, link), entries, positions: all }]
  }
  const chosen = (isChosen: (entry: object) => boolean): Omit<Place, 'rules'> => {
    const positions = all.filter((position) => isChosen(entries[position]!))
    return { entries: positions.map((position) => entries[position]!), positions }
  }
  const usual = chosen((entry) => !isProxy(entry))
  const neighbors = { ...usual, rules: table.rules(options, usual.entries, link) }
  const proxies = { ...chosen(isProxy), rules: proxyRules(options, link) }
  return usual.entries.length === 0 && proxies.entries.length > 0 ? [proxies, neighbors] : [neighbors, proxies]
}

/**
 * Entries that are only ever added: of every protocol, and, where no interface is told, of several. Of a vxlan in a bridge
 * its own entries and those of the bridge are two places.
 * @throws {BadEntryError} an entry says of no interface, of one that there is not, or of another one than was told
 */
export function additivePlaces(
  table: SyncTable,
  options: OwnerOptions,
  entries: readonly object[],
  links: LinkTable,
): Places {
  if (table.takes.includes('dev')) return placesByInterface(table, options, entries, links)
  const positions = [...entries.keys()].filter((position) => !isLocalIpv6(entries[position]!))
  const rules = table.rules(options, entries, undefined)
  const place = { rules, entries: positions.map((position) => entries[position]!), positions }
  return { places: [place], leftOut: entries.filter(isLocalIpv6) }
}

/** The kernel makes these of addresses, with the metric 0, which it lets no program give. */
function isLocalIpv6(entry: object): boolean {
  const { family, protocol, priority = 0 } = entry as Readonly<Record<string, unknown>>
  return family === AddressFamily.INET6 && protocol === RouteProtocol.KERNEL && priority === 0
}

/** Each interface has rules of its own. */
function placesByInterface(
  table: SyncTable,
  options: OwnerOptions,
  entries: readonly object[],
  links: LinkTable,
): Places {
  const groups = new Map<string, { readonly link: Link; readonly entries: object[]; readonly positions: number[] }>()
  const leftOut: object[] = []
  for (const [position, entry] of entries.entries()) {
    const link = linkOf(entry, position, links, options.dev)
    if (table.name === 'fdb' && link.kind === 'bridge') {
      leftOut.push(entry)
      continue
    }
    const name = `${link.ifindex} ${table.name === 'fdb' && isOfVxlan(entry)}`
    const group = groups.get(name) ?? { link, entries: [], positions: [] }
    groups.set(name, group)
    group.entries.push(entry)
    group.positions.push(position)
  }
  const places = [...groups.values()].map(({ link, entries, positions }) => ({
    rules: table.rules({ ...options, dev: link.ifname }, entries, link),
    entries,
    positions,
  }))
  return { places, leftOut }
}

function linkOf(entry: object, position: number, links: LinkTable, dev: string | undefined): Link {
  const { ifindex = dev } = entry as { readonly ifindex?: unknown }
  if (ifindex === undefined) throw new BadEntryError(`[${position}].ifindex: is missing, and --dev is not given`)
  const index = typeof ifindex === 'string' ? links.ifindex(ifindex) : ifindex
  const link = typeof index === 'number' && Number.isInteger(index) ? links.get({ ifindex: index }) : undefined
  if (link !== undefined && dev !== undefined && links.ifindex(dev) !== link.ifindex) {
    throw new BadEntryError(
      `[${position}].ifindex: ${JSON.stringify(ifindex)} is not ${dev}, the interface that is written`,
    )
  }
  if (link !== undefined) return link
  throw new BadEntryError(`[${position}].ifindex: there is no interface ${JSON.stringify(ifindex)}`)
}
