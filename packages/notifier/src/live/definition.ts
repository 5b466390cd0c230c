import type { Message, MessageCursor } from '@rtnl/netlink-core'
import type { LiveTable } from './live-table.ts'

/** A part of a table that can be read by itself. */
export interface Scope<Entry> {
  /** Scopes of equal names are one. */
  readonly name: string
  /** The header and attributes of the dump request: a filter that the kernel applies. */
  readonly request: Partial<Entry>
  /** Whether an entry belongs to the part: what the reading does not show of it is gone. All, unless told. */
  covers?(entry: Entry): boolean
}

/**
 * A table of the kernel: what its messages are, what identifies an entry, and after which events the kernel is known to
 * change entries without saying so. Everything else is the same for all tables and is done by `LiveTable`.
 */
export interface TableDefinition<Entry> {
  /** As in `rtnl show NAME`. */
  readonly name: string
  readonly message: Message<Entry>
  readonly types: { readonly new: number; readonly delete: number; readonly get: number }
  /** Multicast groups that announce changes. */
  readonly groups: readonly number[]
  /** Fields that identify an entry, as on the wire: header fields (hidden ones too) and attributes. */
  readonly key: readonly string[]
  /** The same as a short text. */
  keyText(entry: Entry): string
  /** Whether a message of these types is about an entry of this table. All, unless told. */
  accept?(cursor: MessageCursor): boolean
  /** Parts that together are the whole table. */
  readonly whole: readonly Scope<Entry>[]
  /**
   * What a dump is worth while the table changes.
   * - `complete`: entries that do not change meanwhile are all in it, once each, so that the notifications that came
   *   meanwhile make up for the rest
   * - `quiet`: entries may be missed or doubled; it is good only if nothing changed meanwhile
   */
  readonly dumps: 'complete' | 'quiet'
  readonly triggers?: readonly Trigger<Entry>[]
}

/** An event after which a part of a table is in doubt. Made by `onTable` or `onMessage`. */
export type Trigger<Entry> = TableTrigger<Entry> | MessageTrigger<Entry>

/** The parts in doubt; none if the event does not matter. */
export type Doubts<Entry> = readonly Scope<Entry>[]

export interface TableTrigger<Entry> {
  /** For people, and in `resync` events: `'link'`. */
  readonly reason: string
  readonly depends: TableDefinition<unknown>
  doubts(old: unknown, next: unknown, table: LiveTable<Entry>): Doubts<Entry>
}

export interface MessageTrigger<Entry> {
  readonly reason: string
  readonly groups: readonly number[]
  readonly types: readonly number[]
  doubts(cursor: MessageCursor, table: LiveTable<Entry>): Doubts<Entry>
}

/**
 * A trigger on the entries of another table. `doubts` is called for each difference in it, and for each of its
 * notifications even if it says what was known: the knowledge may come from a reading that was ahead of the event.
 * `old` and `next` are `undefined` for an entry that was added or removed.
 */
export function onTable<Entry, Other>(
  definition: TableDefinition<Other>,
  reason: string,
  doubts: (old: Other | undefined, next: Other | undefined, table: LiveTable<Entry>) => Doubts<Entry>,
): TableTrigger<Entry> {
  return {
    reason,
    depends: definition as TableDefinition<unknown>,
    doubts: (old, next, table) => doubts(old as Other | undefined, next as Other | undefined, table),
  }
}

/** A trigger on messages that belong to no table. */
export function onMessage<Entry>(trigger: MessageTrigger<Entry>): MessageTrigger<Entry> {
  return trigger
}
