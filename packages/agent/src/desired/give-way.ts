import { noInterfaces } from '@rtnl/reconcile'
import { markedPlaces } from '@rtnl/tables'
import type { DesiredSet } from './desired-set.ts'
import { isOfFleet } from './fleet-sets.ts'
import { ownerKey } from './kept-sets.ts'

/** Of entries the places that they have in the kernel, whoever owns them. */
const known = new WeakMap<readonly object[], readonly string[]>()

/**
 * Leaves out of the sets of the fleet what the files of this node desire in the same place of the kernel with another owner. Entries of an
 * interface are not compared: the kernel has them for whoever was first.
 */
export function givingWay(sets: readonly DesiredSet[]): DesiredSet[] {
  const files = sets.filter(({ name }) => !isOfFleet(name))
  return sets.map((set) => {
    if (!isOfFleet(set.name)) return set
    const rivals = files.filter((file) => file.table === set.table && ownerKey(file) !== ownerKey(set))
    const taken = new Set(rivals.flatMap(keysOf))
    if (taken.size === 0) return set
    const keys = keysOf(set)
    const entries = set.entries.filter((_, place) => !taken.has(keys[place] ?? ''))
    return entries.length === set.entries.length
      ? set
      : { ...set, entries, givenWay: set.entries.length - entries.length }
  })
}

function keysOf(set: DesiredSet): readonly string[] {
  const { table, owner, entries } = set
  if (table.sync.takes.includes('dev')) return []
  let keys = known.get(entries)
  if (keys === undefined) {
    const places =
      owner.additive === true
        ? [{ rules: table.sync.rules(owner, entries, undefined), entries, positions: [...entries.keys()] }]
        : markedPlaces(table, owner, entries, undefined)
    const all: string[] = []
    for (const place of places) {
      for (const [at, entry] of (place?.entries ?? []).entries()) {
        all[place!.positions[at]!] = place!.rules.key(place!.rules.normalize(entry, noInterfaces))
      }
    }
    keys = all
    known.set(entries, keys)
  }
  return keys
}
