import type { EntryRules } from './rules.ts'

/** A desired entry, and one of somebody else that is in its way. */
export interface Conflict<Entry> {
  /** The desired entry. */
  readonly entry: Entry
  /** The entry of somebody else. */
  readonly actual: Entry
  /** Ours gives way by the rules of the table: this is no failure. */
  readonly givesWay?: true
}

/** A conflict with an entry of somebody else. */
export function conflictOf<Entry>(rules: EntryRules<Entry>, entry: Entry, actual: Entry): Conflict<Entry> {
  return rules.givesWayTo?.(actual) === true ? { entry, actual, givesWay: true } : { entry, actual }
}
