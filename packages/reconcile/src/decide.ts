import type { Owner } from './owner.ts'
import type { EntryRules, Strategy } from './rules.ts'

/** A request that is to be sent. */
interface Write<Entry> {
  readonly entry: Entry
  /** The place of the entry among the desired ones under its key. */
  readonly place: number
  readonly strategy: Strategy
  /** The entry that it replaces. */
  readonly old?: Entry
}

/** What is to be done about the entries under one key. */
export interface Decision<Entry> {
  /** Entries that are as desired. */
  readonly unchanged: readonly Entry[]
  readonly write: readonly Write<Entry>[]
  /** Owned entries that are not desired. */
  readonly remove: readonly Entry[]
  /** The entry of somebody else that is in the way. */
  readonly conflict?: Entry
  /** The desired entries that it blocks. */
  readonly blocked: readonly Entry[]
}

/**
 * Decides what to do about the entries under one key.
 * @param desired the desired entries under the key, normalized, in their order; none if no owned entry should be there
 * @param all the entries that the kernel has under the key, in its order
 * @param accepted whether an entry of the kernel counts as desired although the rules do not call it the same
 */
export function decide<Entry>(
  rules: EntryRules<Entry>,
  owner: Owner<Entry>,
  desired: readonly Entry[],
  all: readonly Entry[],
  accepted?: (actual: Entry) => boolean,
): Decision<Entry> {
  const [only, ...more] = desired
  const ours = owner.ours(desired, all)
  const list = rules.othersStandApart === true ? ours : all
  if (only === undefined) return { unchanged: [], write: [], remove: ours, blocked: [] }
  if (more.length > 0) return decideList(rules, owner, desired, list, ours)
  const kept = ours.find((entry) => rules.same(only, entry) || accepted?.(entry) === true)
  const surplus = owner.removesUnwanted ? ours : []
  if (kept !== undefined)
    return { unchanged: [kept], write: [], remove: surplus.filter((entry) => entry !== kept), blocked: [] }
  const leading = list.find((entry) => rules.givesWayTo?.(entry) === true)
  if (leading !== undefined) return conflictWith(leading, desired)
  const [old] = ours
  if (old === undefined) return decideFirst(rules, only, list)
  const strategy = rules.strategy(only, old, list)
  if (strategy === undefined) return conflictWith(list.find((entry) => !ours.includes(entry)) ?? old, desired)
  return {
    unchanged: [],
    write: [{ entry: only, place: 0, strategy, old }],
    remove: surplus.filter((entry) => entry !== old),
    blocked: [],
  }
}

/** Decides if the kernel holds no owned entry under the key. */
function decideFirst<Entry>(rules: EntryRules<Entry>, entry: Entry, list: readonly Entry[]): Decision<Entry> {
  const obstacle = list.find((other) => rules.preemptible?.(other) !== true)
  if (obstacle !== undefined) return conflictWith(obstacle, [entry])
  const [old] = list
  if (old === undefined)
    return { unchanged: [], write: [{ entry, place: 0, strategy: 'add' }], remove: [], blocked: [] }
  const strategy = rules.strategy(entry, old, list) === 'recreate' ? 'recreate' : 'replace'
  return { unchanged: [], write: [{ entry, place: 0, strategy, old }], remove: [], blocked: [] }
}

/**
 * Decides if several entries are desired under a key. Entries that the kernel holds in the desired order stay, and the others are
 * appended. From the first entry in a wrong place on, all are removed and appended again, since the kernel cannot move one.
 */
function decideList<Entry>(
  rules: EntryRules<Entry>,
  owner: Owner<Entry>,
  desired: readonly Entry[],
  list: readonly Entry[],
  ours: readonly Entry[],
): Decision<Entry> {
  const obstacle = list.find((other) => !ours.includes(other))
  if (obstacle !== undefined) return decideBlocked(rules, desired, list, obstacle)
  const left = [...list]
  const keep: Entry[] = []
  let place = 0
  for (; place < desired.length; place++) {
    const at = left.findIndex((actual) => rules.same(desired[place]!, actual))
    if (at < 0) break
    // An entry that is skipped is not desired, or desired behind this one: otherwise it would have been found before.
    const passed = left.slice(0, at)
    if (passed.some((actual) => desired.slice(place + 1).some((later) => rules.same(later, actual)))) break
    keep.push(left[at]!)
    left.splice(at, 1)
  }
  const write: Write<Entry>[] = []
  const rest = desired.slice(place)
  /** In additive mode: entries of the same owner, which the written ones replace. */
  const isSameOwner = owner.removesUnwanted
    ? []
    : left.filter((actual) => !rest.some((entry) => rules.same(entry, actual)))
  for (; place < desired.length; place++) {
    const entry = desired[place]!
    const at = left.findIndex((actual) => rules.same(entry, actual))
    if (at >= 0) write.push({ entry, place, strategy: 'recreate', old: left.splice(at, 1)[0]! })
    else if (list.length === 0 && write.length === 0) write.push({ entry, place, strategy: 'add' })
    else {
      const rival = isSameOwner.findIndex((actual) => rules.isSameOwner?.(entry, actual) ?? true)
      if (rival < 0) write.push({ entry, place, strategy: 'makeBeforeBreak' })
      else write.push(behindOthers(rules, entry, place, isSameOwner.splice(rival, 1)[0]!, list))
    }
  }
  return { unchanged: keep, write, remove: owner.removesUnwanted ? left : [], blocked: [] }
}

/** Appends an entry, wherever in the list the old one is. If both cannot exist at a time, the old one is removed before. */
function behindOthers<Entry>(
  rules: EntryRules<Entry>,
  entry: Entry,
  place: number,
  old: Entry,
  list: readonly Entry[],
): Write<Entry> {
  const strategy = rules.strategy(entry, old, [...list.filter((other) => other !== old), old])
  return { entry, place, strategy: strategy === 'makeBeforeBreak' ? strategy : 'recreate', old }
}

/** Decides if the list has an entry of somebody else. Desired entries that are in the list stay in their places. */
function decideBlocked<Entry>(
  rules: EntryRules<Entry>,
  desired: readonly Entry[],
  list: readonly Entry[],
  obstacle: Entry,
): Decision<Entry> {
  const left = [...list]
  const keep: Entry[] = []
  const blocked: Entry[] = []
  for (const entry of desired) {
    const at = left.findIndex((actual) => rules.same(entry, actual))
    if (at < 0) blocked.push(entry)
    else keep.push(...left.splice(at, 1))
  }
  return blocked.length === 0
    ? { unchanged: keep, write: [], remove: [], blocked }
    : { unchanged: keep, write: [], remove: [], conflict: obstacle, blocked }
}

function conflictWith<Entry>(conflict: Entry, blocked: readonly Entry[]): Decision<Entry> {
  return { unchanged: [], write: [], remove: [], conflict, blocked }
}
