import type { EntryRules } from './rules.ts'
import { WrittenEntries } from './written-entries.ts'

/** Which entries of the kernel may be changed and removed. */
export interface Owner<Entry> {
  /**
   * Those of the entries under one key that may be replaced by a desired one, or removed.
   * @param desired the entries that are desired under the key; none if there should be none of ours
   */
  ours(desired: readonly Entry[], list: readonly Entry[]): readonly Entry[]
  /** Whether one of ours that is not desired is removed although nobody said that it is not desired any more. */
  readonly removesUnwanted: boolean
  /** What was written here is remembered, where that is what makes entries ours. */
  readonly written?: WrittenEntries<Entry> | undefined
}

/** Ours are all entries that the rules of the table recognize: by a protocol, or by their form. */
export function ownerByMatch<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  return {
    ours: (_desired, list) => list.filter((entry) => rules.owns(entry)),
    removesUnwanted: true,
  }
}

/**
 * Ours are the entries under the keys that are desired, and what was written here: everything else stays, whatever it looks
 * like.
 */
export function additiveOwner<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  const written = new WrittenEntries(rules)
  return {
    ours(desired, list) {
      if (list.length === 0) return list
      if (desired.length === 0) return list.filter((entry) => written.has(entry))
      // Of each owner whose entry is desired, not of the first one's alone.
      return list.filter((entry) => desired.some((wanted) => rules.isSameOwner?.(wanted, entry) ?? true))
    },
    removesUnwanted: false,
    written,
  }
}
