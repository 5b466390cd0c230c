import type { Link, LinkTable } from '@rtnl/link'
import type { ReconcileRules } from '@rtnl/reconcile'
import type { WritableTable } from '../tables/table-module.ts'
import { BadEntryError } from './bad-entry-error.ts'
import type { OwnerOptions } from './table-sync.ts'

/** Entries that are written by the same rules. */
export interface Place {
  /** How they are written. */
  readonly rules: ReconcileRules<unknown>
  /** In their order in the file. */
  readonly entries: readonly object[]
  /** Of each entry its place in the file. */
  readonly positions: readonly number[]
}

/** What of a file goes where, and what goes nowhere. */
export interface Places {
  /** Each with at least one entry. */
  readonly places: readonly Place[]
  /** Entries that only the kernel can make. */
  readonly leftOut: readonly object[]
}

/**
 * The places of entries that are owned by their protocol or form: the table, and its companion table with the same owner.
 * @returns the place of which the file has entries comes first
 */
export function markedPlaces(
  { sync }: WritableTable,
  options: OwnerOptions,
  entries: readonly object[],
  link: Link | undefined,
): readonly [Place, Place?] {
  const all = [...entries.keys()]
  const companion = sync.companion?.(options, entries)
  if (companion === undefined) {
    return [{ rules: sync.rules(options, entries, link), entries, positions: all }]
  }
  const chosen = (isChosen: (entry: object) => boolean): Omit<Place, 'rules'> => {
    const positions = all.filter((position) => isChosen(entries[position]!))
    return { entries: positions.map((position) => entries[position]!), positions }
  }
  const usual = chosen((entry) => !companion.includes(entry))
  const first = { ...usual, rules: sync.rules(options, usual.entries, link) }
  const second = { ...chosen((entry) => companion.includes(entry)), rules: companion.rules(link) }
  return usual.entries.length === 0 && second.entries.length > 0 ? [second, first] : [first, second]
}

/**
 * The places of additive mode: entries of every protocol, and, if `--dev` is not given, of several interfaces. Entries of
 * several kinds on one interface are several places.
 * @throws {BadEntryError} an entry has no interface, one that does not exist, or another one than `--dev`
 */
export function additivePlaces(
  table: WritableTable,
  options: OwnerOptions,
  entries: readonly object[],
  links: LinkTable,
): Places {
  if (table.sync.takes.includes('dev')) return placesByInterface(table, options, entries, links)
  const { sync } = table
  const isKernelMade = (entry: object): boolean => sync.kernelMade?.includes(entry, undefined) === true
  const positions = [...entries.keys()].filter((position) => !isKernelMade(entries[position]!))
  const rules = sync.rules(options, entries, undefined)
  const place = { rules, entries: positions.map((position) => entries[position]!), positions }
  return { places: [place], leftOut: entries.filter(isKernelMade) }
}

/** Each interface has rules of its own. */
function placesByInterface(
  { sync }: WritableTable,
  options: OwnerOptions,
  entries: readonly object[],
  links: LinkTable,
): Places {
  const groups = new Map<string, { readonly link: Link; readonly entries: object[]; readonly positions: number[] }>()
  const leftOut: object[] = []
  for (const [position, entry] of entries.entries()) {
    const link = linkOf(entry, position, links, options.dev)
    if (sync.kernelMade?.includes(entry, link) === true) {
      leftOut.push(entry)
      continue
    }
    const name = `${link.ifindex} ${sync.kindOf?.(entry)}`
    const group = groups.get(name) ?? { link, entries: [], positions: [] }
    groups.set(name, group)
    group.entries.push(entry)
    group.positions.push(position)
  }
  const places = [...groups.values()].map(({ link, entries, positions }) => ({
    rules: sync.rules({ ...options, dev: link.ifname }, entries, link),
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
