import type { EntryRules } from './rules.ts'

/** Which entries of the kernel may be changed and removed. */
export interface Owner<Entry> {
  /**
   * Those of the entries under one key that may be replaced by a desired one, or removed.
   * @param desired the entry that is desired under the key; `undefined` if none is
   */
  ours(desired: Entry | undefined, list: readonly Entry[]): readonly Entry[]
  /** Whether one of ours that is not desired is removed although nobody said that it is not desired any more. */
  readonly removesUnwanted: boolean
  /** A desired entry was sent to the kernel. */
  wrote(desired: Entry): void
}

/** Ours are all entries that the rules of the table recognize: by a protocol, or by their form. */
export function ownerByMark<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  return {
    ours: (_desired, list) => list.filter((entry) => rules.owns(entry)),
    removesUnwanted: true,
    wrote: () => {},
  }
}

/**
 * Ours are the entries under the keys that are desired, and what was written here: everything else stays, whatever it looks
 * like.
 */
export function additiveOwner<Entry>(rules: EntryRules<Entry>): Owner<Entry> {
  /** What was written, by key. */
  const written = new Map<string, Entry[]>()
  return {
    ours(desired, list) {
      const [first] = list
      if (first === undefined) return list
      if (desired !== undefined) return list.filter((entry) => rules.rivals?.(desired, entry) ?? true)
      const known = written.get(rules.key(first)) ?? []
      return list.filter((entry) => known.some((own) => rules.same(own, entry)))
    },
    removesUnwanted: false,
    wrote(desired) {
      const key = rules.key(desired)
      const known = written.get(key)
      if (known === undefined) written.set(key, [desired])
      else if (!known.some((own) => rules.same(own, desired))) known.push(desired)
    },
  }
}
