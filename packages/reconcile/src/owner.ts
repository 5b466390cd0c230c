import type { EntryRules } from './rules.ts'
import { WrittenEntries } from './written-entries.ts'

/** Decides which entries of the kernel are owned, so that the reconciler may change and remove them. */
export interface Owner<Entry> {
  /**
   * Returns the owned ones of the entries under one key.
   * @param desired the entries that are desired under the key; none if no owned entry should be there
   */
  ours(desired: readonly Entry[], list: readonly Entry[]): readonly Entry[]
  /** Whether every owned entry that is not desired is removed. `false` in additive mode. */
  readonly removesUnwanted: boolean
  /** In additive mode: the entries that were written here, which makes them owned. */
  readonly written?: WrittenEntries<Entry> | undefined
}

/** All entries that the rules of the table recognize are owned: by a protocol, or by their form. */
export function ownerByMatch<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  return {
    ours: (_desired, list) => list.filter((entry) => rules.owns(entry)),
    removesUnwanted: true,
  }
}

/**
 * Entries under the keys that are desired are owned, and entries that were written here. All others stay, whatever their form.
 */
export function additiveOwner<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  const written = new WrittenEntries(rules)
  return {
    ours(desired, list) {
      if (list.length === 0) return list
      if (desired.length === 0) return list.filter((entry) => written.has(entry))
      // Entries under one key may be desired for several owners.
      return list.filter((entry) => desired.some((wanted) => rules.isSameOwner?.(wanted, entry) ?? true))
    },
    removesUnwanted: false,
    written,
  }
}
