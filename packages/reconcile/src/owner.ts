import type { EntryRules } from './rules.ts'
import { WrittenEntries } from './written-entries.ts'

/** Which entries of the kernel may be changed and removed. */
export interface Owner<Entry> {
  /**
   * Those of the entries under one key that may be replaced by a desired one, or removed.
   * @param desired the entry that is desired under the key; `undefined` if none is
   */
  ours(desired: Entry | undefined, list: readonly Entry[]): readonly Entry[]
  /** Whether one of ours that is not desired is removed although nobody said that it is not desired any more. */
  readonly removesUnwanted: boolean
  /** What was written here is remembered, where that is what makes entries ours. */
  readonly written?: WrittenEntries<Entry> | undefined
}

/** Ours are all entries that the rules of the table recognize: by a protocol, or by their form. */
export function ownerByMark<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
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
      const [first] = list
      if (first === undefined) return list
      if (desired !== undefined) return list.filter((entry) => rules.rivals?.(desired, entry) ?? true)
      return list.filter((entry) => written.has(entry))
    },
    removesUnwanted: false,
    written,
  }
}
