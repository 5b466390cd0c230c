import type { ReconcileRules } from '@rtnl/reconcile'

/** Entries of ours under test, and what others do to them. Commands are lines of `ip` or `bridge`. */
export interface KeepingSubject<Entry> {
  /** Run first, in a namespace of its own: links, addresses. */
  readonly setup: readonly string[]
  /** Lines that make entries of others, which must stay. */
  readonly others: readonly string[]
  /** Rules for a namespace that was set up. */
  rules(netns: string): Promise<ReconcileRules<Entry>>
  /** What is wanted: four entries at least, of which none refers to the last. */
  wanted(netns: string): readonly Partial<Entry>[]
  /** The first one of them otherwise. */
  changed(netns: string): Partial<Entry>
  /** The requests that this change takes; one, unless told. */
  readonly changeRequests?: number
  /** An entry with a key of its own that the kernel refuses; left out where it refuses none that passes our checks. */
  refused?(netns: string): Partial<Entry>
  /** A line with which somebody changes the first one. */
  readonly edit: string
  /** A line with which somebody removes the last one. */
  readonly remove: string
  /** What the tool of the system says of all entries, ours and others', one line each. */
  shown(netns: string): string[]
}
