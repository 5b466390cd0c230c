import { type DesiredEntry, type Outcome, type ReconcileRules, reconcile } from '@rtnl/reconcile'
import type { Choice } from './choice.ts'

/** A desired entry, and how `ip` or `bridge` tells of it. */
export interface Item {
  /** As the reconciler gets it. */
  readonly wanted: object
  /** What the kernel can hold one of: a destination, an id. Versions of an item have the same. */
  readonly place: string
  readonly told: string
  /** An entry of others is in the place, which stays. */
  readonly blocked?: boolean
  /** The kernel cannot change it to the other version in one step: there is a moment without both. */
  readonly recreated?: boolean
}

/** Of what a tool tells of a table: what is owned, and the rest. */
export interface Content {
  readonly ours: readonly { readonly place: string; readonly told: string }[]
  readonly others: readonly string[]
}

/** A table under test. Commands are lines of `ip` and `bridge`. */
export interface Subject {
  readonly name: string
  readonly setup: readonly string[]
  /** Makes entries of others. */
  readonly others: readonly string[]
  /** Whether the kernel can do it; if not, a line says why not. */
  readonly lacking?: (netns: string) => string | undefined
  /** Makes two versions of an item. */
  readonly items: (netns: string) => readonly (readonly [Item, Item])[]
  readonly content: (netns: string) => Content
  readonly reconcile: (netns: string, wanted: readonly object[]) => Promise<Outcome<unknown>>
}

/** @param rulesOf the rules by which entries in a namespace are reconciled */
export function subject<Entry>(
  parts: Omit<Subject, 'reconcile'>,
  rulesOf: (netns: string) => Promise<ReconcileRules<Entry, DesiredEntry<Entry>>>,
): Subject {
  return {
    ...parts,
    reconcile: async (netns, wanted) =>
      await reconcile(await rulesOf(netns), wanted as readonly DesiredEntry<Entry>[], { netns }),
  }
}

/**
 * Two sets of items: some are only in one of them, some in both as they are, most in both and different. An item that is its own
 * other version is in both: others need it.
 */
export function twoSets(
  versions: readonly (readonly [Item, Item])[],
  choice: Choice,
): readonly [readonly Item[], readonly Item[]] {
  const sets: [Item[], Item[]] = [[], []]
  for (const [one, other] of versions) {
    const share = one === other ? 2 : choice.below(6)
    if (share !== 0) sets[0].push(one)
    if (share !== 1) sets[1].push(share === 2 ? one : other)
  }
  return sets
}
