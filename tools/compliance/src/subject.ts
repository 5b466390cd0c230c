import type { TableDefinition } from '@rtnl/live-table'

/** A table under test, and how to change it with the tools of the system. Commands are lines of `ip` or `bridge`. */
export interface Subject<Entry> {
  readonly definition: TableDefinition<Entry>
  /** Run first, in a namespace of its own: links, addresses. */
  readonly setup: readonly string[]
  /** Lines of which each makes one entry. */
  readonly add: readonly string[]
  /** Lines of which each changes one of them. */
  readonly change: readonly string[]
  /** Lines of which each removes one of them. */
  readonly remove: readonly string[]
  /** A great many lines of one tool that add entries, and that remove half of them. */
  readonly flood: readonly string[]
  /** Lines after which the kernel has changed entries and not said so. */
  readonly silent?: { readonly before: readonly string[]; readonly lines: readonly string[] }
  /** What tells an entry from others, and what of it the tool shows too. */
  identity(entry: Entry): string
  /** The same of all entries, as the tool of the system tells. */
  truth(netns: string): string[]
}
