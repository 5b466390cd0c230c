import type { EntryRules, Manner } from './rules.ts'

/** What is to be done about the entries under one key. */
export interface Decision<Entry> {
  /** The entry is there as it should be. */
  readonly keep?: Entry
  readonly write?: { readonly entry: Entry; readonly manner: Manner; readonly old?: Entry }
  /** Entries of ours that are not wanted, or not any more. */
  readonly remove: readonly Entry[]
  /** The entry of somebody else that is in the way. */
  readonly conflict?: Entry
}

const nothing: Decision<never> = { remove: [] }

/**
 * @param desired the wanted entry, normalized; `undefined` if there should be none of ours
 * @param list what the kernel has under the key, in its order
 */
export function decide<Entry>(
  rules: EntryRules<Entry>,
  desired: Entry | undefined,
  list: readonly Entry[],
): Decision<Entry> {
  const ours = list.filter((entry) => rules.owns(entry))
  if (desired === undefined) return ours.length === 0 ? nothing : { remove: ours }
  const kept = ours.find((entry) => rules.same(desired, entry))
  if (kept !== undefined) return { keep: kept, remove: ours.filter((entry) => entry !== kept) }
  const [old, ...others] = ours
  if (old === undefined) return decideFirst(rules, desired, list)
  const manner = rules.manner(desired, old, list)
  if (manner === undefined) return { remove: [], conflict: list.find((entry) => !rules.owns(entry)) ?? old }
  return { write: { entry: desired, manner, old }, remove: others }
}

/** There is none of ours yet. */
function decideFirst<Entry>(rules: EntryRules<Entry>, entry: Entry, list: readonly Entry[]): Decision<Entry> {
  const obstacle = list.find((other) => rules.yields?.(other) !== true)
  if (obstacle !== undefined) return { remove: [], conflict: obstacle }
  const [old] = list
  if (old === undefined) return { write: { entry, manner: 'add' }, remove: [] }
  const manner = rules.manner(entry, old, list) === 'recreate' ? 'recreate' : 'replace'
  return { write: { entry, manner, old }, remove: [] }
}
