import { type Conflict, conflictOf } from './conflict.ts'
import { decide } from './decide.ts'
import { desiredOf } from './desired-of.ts'
import { ownerByMatch } from './owner.ts'
import type { ReconcileRules, Strategy } from './rules.ts'

/** An entry that takes the place of another. */
export interface Replacement<Entry> {
  readonly old: Entry
  readonly entry: Entry
  readonly strategy: Strategy
}

/** What is to be done so that the kernel holds what is desired. */
export interface Plan<Entry> {
  readonly add: readonly Entry[]
  readonly replace: readonly Replacement<Entry>[]
  readonly remove: readonly Entry[]
  /** Ours, as they should be. */
  readonly unchanged: readonly Entry[]
  /** Entries of others. */
  readonly learned: readonly Entry[]
  /** Desired entries that cannot be written without touching entries of others. */
  readonly conflicts: readonly Conflict<Entry>[]
}

/**
 * Compares what is desired with what the kernel holds; changes nothing.
 * @param actual the entries of the kernel, in its order
 * @throws {TypeError | RangeError} an entry that the kernel could not take, or two with the same key
 */
export function plan<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
  desired: Iterable<Wanted>,
  actual: Iterable<Entry>,
): Plan<Entry> {
  const wanted = groupByKey(rules, entriesOf(desiredOf(rules, desired).rows))
  const all = [...actual]
  const lists = groupByKey(rules, all)
  const owner = ownerByMatch(rules)
  const add: Entry[] = []
  const replace: Replacement<Entry>[] = []
  const remove: Entry[] = []
  const keep: Entry[] = []
  const conflicts: Conflict<Entry>[] = []
  for (const key of new Set([...wanted.keys(), ...lists.keys()])) {
    const entries = wanted.get(key) ?? []
    const decision = decide(rules, owner, entries, lists.get(key) ?? [])
    for (const { entry, old, strategy } of decision.write) {
      if (old === undefined) add.push(entry)
      else replace.push({ old, entry, strategy })
    }
    keep.push(...decision.unchanged)
    const { conflict } = decision
    if (conflict !== undefined) {
      for (const entry of decision.blocked) conflicts.push(conflictOf(rules, entry, conflict))
    }
    remove.push(...decision.remove)
  }
  const refers = (entry: Entry): number => Number(rules.refersBy?.some((field) => entry[field] !== undefined) ?? false)
  add.sort((a, b) => refers(a) - refers(b))
  replace.sort((a, b) => refers(a.entry) - refers(b.entry))
  remove.sort((a, b) => refers(b) - refers(a))
  return { add, replace, remove, unchanged: keep, learned: all.filter((entry) => !rules.owns(entry)), conflicts }
}

function* entriesOf<Entry>(rows: { store: { idLimit: number }; entry(id: number): Entry }): Iterable<Entry> {
  for (let id = 0; id < rows.store.idLimit; id++) yield rows.entry(id)
}

function groupByKey<Entry>(rules: { key(entry: Entry): string }, entries: Iterable<Entry>): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const key = rules.key(entry)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return groups
}
