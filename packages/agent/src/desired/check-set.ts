import { Desired } from '@rtnl/reconcile/internal'
import {
  checkOwnerOptions,
  inFields,
  markedPlaces,
  type OwnerOptions,
  UsageError,
  type WritableTable,
} from '@rtnl/tables'
import type { Fault } from '../config/placed-document.ts'

/** What is wrong with a set, and its entries one by one where one of the file may be a range. */
export interface CheckedSet {
  readonly faults: readonly Fault[]
  readonly entries: readonly object[]
}

interface Given {
  readonly table: WritableTable
  readonly owner: OwnerOptions
  readonly entries: readonly object[]
}

/**
 * Looks for all that is wrong with a set and can be known without the kernel. Entries of an interface are checked when there is one.
 * @param path where the set stands in its document
 */
export function checkSet({ table, owner, entries }: Given, path: readonly PropertyKey[]): CheckedSet {
  try {
    checkOwnerOptions(table, owner)
  } catch (error) {
    return { faults: [ownerFault(error, path)], entries }
  }
  const faults: Fault[] = []
  const all: object[] = []
  /** Of each entry of `all` its place in the document. */
  const places: number[] = []
  for (const [place, entry] of entries.entries()) {
    try {
      for (const each of table.sync.expand?.([entry]) ?? [entry]) {
        all.push(each)
        places.push(place)
      }
    } catch (error) {
      faults.push(entryFault(error, path, [place]))
    }
  }
  if (!table.sync.takes.includes('dev') && owner.additive !== true)
    faults.push(...faultsOf(table, owner, all, places, path))
  return { faults, entries: all }
}

function faultsOf(
  table: WritableTable,
  owner: OwnerOptions,
  entries: readonly object[],
  places: readonly number[],
  path: readonly PropertyKey[],
): Fault[] {
  try {
    return markedPlaces(table, owner, entries, undefined).flatMap((part) => {
      if (part === undefined) return []
      const desired = new Desired(part.rules)
      /** Of the entries that are good, and of the next one, the places in the document. */
      const good: number[] = []
      return part.entries.flatMap((entry, position): Fault[] => {
        good[desired.size] = places[part.positions[position]!]!
        try {
          desired.add(entry)
          return []
        } catch (error) {
          return [entryFault(error, path, good)]
        }
      })
    })
  } catch (error) {
    return [ownerFault(error, path)]
  }
}

function ownerFault(error: unknown, path: readonly PropertyKey[]): Fault {
  if (!(error instanceof UsageError)) throw error
  const [, option] = /--(table|protocol|dev|additive)\b/.exec(error.message) ?? []
  return { path: [...path, 'owner', ...(option === undefined ? [] : [option])], message: inFields(error.message) }
}

/** @param places of the entries that were checked, in the document */
function entryFault(error: unknown, path: readonly PropertyKey[], places: readonly number[]): Fault {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error
  const [, number = '0', , field, text = error.message] =
    /^\w*\[(\d+)\](\.([\w.[\]]+))?: (.*)$/s.exec(error.message) ?? []
  const place = places[Number(number)] ?? 0
  const message = text.replace(
    /( first by )\[(\d+)\]$/,
    (_, words, first) => `${words}entries.${places[Number(first)]}`,
  )
  return {
    path: [...path, 'entries', place, ...(field === undefined ? [] : field.split(/[.[\]]+/).filter(Boolean))],
    message,
  }
}
