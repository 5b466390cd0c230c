import type { Message, MessageCursor, UnknownAttribute } from '@rtnl/netlink-core'
import type { Expectation, Observer } from './changes/observer.ts'

/** A field of a key: its name, and for a long one the most bytes that it has in this table. */
export type KeyPart = string | { readonly field: string; readonly bytes: number }

/** A part of a table that can be read by itself. */
export interface Partition<Entry> {
  /** Partitions of equal names are one. */
  readonly name: string
  /** The header and attributes of the dump request: a filter that the kernel applies. */
  readonly request: Partial<Entry>
  /** Attributes of the request that are no fields of an entry. */
  readonly attributes?: readonly UnknownAttribute[]
  /** Messages of another table that stand in front of the part in the answer: they are passed over. */
  readonly skips?: (cursor: MessageCursor) => boolean
  /** Where the part ends, if the answer goes on with another table: see `DumpRequest.until`. */
  readonly until?: (cursor: MessageCursor) => boolean
  /** Whether an entry belongs to the part: what the reading does not show of it is gone. All, unless told. */
  contains?(entry: Entry): boolean
  /** The same by the bytes of a row, for parts of tables that are too large to decode for it. */
  containsRow?(row: RowBytes): boolean
  /** Refusals (`errno`) by which the kernel says that there is nothing in this part: no such table, no such device. */
  readonly missing?: readonly number[]
  /** What to read if the kernel refuses so, where the part is then not simply empty. */
  readonly fallback?: Partition<Entry>
  /**
   * Smaller parts of it, to be read where the kernel's dump of all of it ends early, at an entry that is too large for it:
   * they show more, even if they are not all of it.
   * @param rows what is known of the table
   */
  parts?(rows: Iterable<RowBytes>): readonly Partition<Entry>[]
  /**
   * Whether the kernel does not say that its dump ends early at such an entry. Where there may be one, what the dump does
   * not show may still be there.
   */
  readonly endsSilently?: boolean
  /** As `TableDefinition.dumps`, where this part differs. */
  readonly dumps?: 'stable' | 'racy'
  /** Whether a notification is about this part. All are, unless told. */
  affectedBy?(cursor: MessageCursor): boolean
}

/** A row as it is stored: a message behind `struct nlmsghdr`. */
export interface RowBytes {
  readonly view: DataView
  readonly start: number
  readonly end: number
}

/** A row that was taken from a message and is not stored yet. */
export interface RowDraft extends RowBytes {
  /** The words of the key; they may be changed, and so may the bytes. */
  readonly key: Int32Array
}

/** The entries under one key, in the kernel's order. They are decoded when asked for. */
export interface EntryList<Entry> {
  readonly length: number
  entry(place: number): Entry
}

/** A notification about a list. */
export interface ListEvent<Entry> {
  readonly kind: 'new' | 'delete'
  /** `nlmsg_flags` */
  readonly flags: number
  readonly entry: Entry
  /** Nothing is in doubt. Otherwise entries that the list still has may be gone, and places in it not be the kernel's. */
  readonly isExact: boolean
}

/**
 * What a notification does to a list: the entry of the message goes in at a place, or takes one over, or one takes
 * another value, or one goes. With `invalidate` the message does not tell, and the parts are read again.
 */
export type ListEdit<Entry> =
  | { readonly edit: 'insert'; readonly place: number }
  | { readonly edit: 'replace'; readonly place: number; readonly entry?: Entry }
  | { readonly edit: 'remove'; readonly place: number }
  | { readonly edit: 'invalidate'; readonly partitions: readonly Partition<Entry>[] }

/** The rules of a table in which a key names an ordered list of entries. */
export interface ListRules<Entry> {
  /** What a notification does to a list that is not empty. */
  apply(list: EntryList<Entry>, event: ListEvent<Entry>): readonly ListEdit<Entry>[]
  /** Whether a new entry stands beside others, so that without knowing them the list is not known. */
  relative(flags: number): boolean
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
  readonly key: readonly KeyPart[]
  /** For tables in which the key names a list. */
  readonly lists?: ListRules<Entry>
  /** The same as a short text. */
  keyText(entry: Entry): string
  /** Whether a message of these types is about an entry of this table. All, unless told. */
  accept?(cursor: MessageCursor): boolean
  /**
   * The entries that a message holds, in its order, for tables whose messages hold any number of them: none, one, or many, such
   * as a range. Each of them is a row, which is made of the entry by `message`; `key` names an entry, not a list. What it
   * throws means that the message is malformed. Unless given, a message is one entry.
   */
  entries?(cursor: MessageCursor): Iterable<Partial<Entry>>
  /**
   * Of a message that `accept` refuses, and that says a part of an entry: the whole entry as it now is, or nothing if the
   * message says nothing new. Not for tables in which the key names a list. It is asked only while the table is live: at any
   * other time the entry may not be what the message builds on, and a trigger has to name what is to be read again.
   */
  amended?(cursor: MessageCursor, table: TableView<Entry>): Partial<Entry> | undefined
  /**
   * Looks at a row before it is stored, and may change it: what does not belong to the key of this kind of entry is set
   * to 0. An `absent` entry is none although the kernel has a message for it.
   */
  prepare?(draft: RowDraft): 'present' | 'absent'
  /** Whether `prepare` leaves keys, and what they are made of, as they are: they are not held beside the rows then. */
  readonly keepsKeys?: boolean
  /** Parts that together are the whole table. */
  readonly partitions: readonly Partition<Entry>[]
  /**
   * What a dump is worth while the table changes.
   * - `complete`: entries that do not change meanwhile are all in it, once each, so that the notifications that came
   *   meanwhile make up for the rest
   * - `quiet`: entries may be missed or doubled; it is good only if nothing changed meanwhile
   */
  readonly dumps: 'stable' | 'racy'
  readonly triggers?: readonly Trigger<Entry>[]
  /**
   * A kernel may be without this table, because of its age or of how it is built: then the table is empty. The kernel does not know
   * the groups then, or refuses the dump with `EOPNOTSUPP`.
   */
  readonly optional?: boolean
  /** The kernel announces no change of this table: what it holds is known by reading, and `fresh` reads it again. */
  readonly silent?: boolean
}

/**
 * - `syncing`: the first reading is under way
 * - `live`: the table is what the kernel's is, as far as the notifications have arrived
 * - `stale`: a part is in doubt and is being read again
 * - `closed`
 */
export type TableState = 'syncing' | 'live' | 'stale' | 'closed'

/** What a trigger may look at of a live table: its entries and changes, and not how it is kept. */
export interface TableView<Entry> extends Iterable<Entry> {
  readonly definition: TableDefinition<Entry>
  readonly state: TableState
  readonly size: number
  /** Resolves when the table is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  get(key: Partial<Entry>): Entry | undefined
  list(key: Partial<Entry>): Entry[]
  /** Entries whose rows pass a test: the others are not decoded. */
  select(test: (row: RowBytes) => boolean): Iterable<Entry>
  observe(observer: Observer<Entry>, expected?: Expectation): () => void
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined
  waitForSync(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}

/** The use of a table that others use too. */
export interface TableLease<Table = TableView<unknown>> {
  readonly table: Table
  /** Ends the use; the table is closed with the last one. */
  release(): void
}

/** An event after which a part of a table is in doubt. Made by `onTable`, `onEntry` or `onMessage`. */
export type Trigger<Entry> = TableTrigger<Entry> | EntryTrigger<Entry> | MessageTrigger<Entry>

/** The parts in doubt; none if the event does not matter. */
export type Invalidated<Entry> = readonly Partition<Entry>[]

export interface TableTrigger<Entry> {
  /** For people, and in `resync` events: `'link'`. */
  readonly reason: string
  readonly depends: TableDefinition<unknown>
  invalidates(old: unknown, next: unknown, table: TableView<Entry>): Invalidated<Entry>
}

export interface EntryTrigger<Entry> {
  readonly reason: string
  readonly own: true
  invalidates(old: Entry | undefined, next: Entry | undefined, table: TableView<Entry>): Invalidated<Entry>
}

export interface MessageTrigger<Entry> {
  readonly reason: string
  /** Multicast groups of the messages. Those that an older kernel does not know are left out: it sends no such messages. */
  readonly groups: readonly number[]
  readonly types: readonly number[]
  invalidates(cursor: MessageCursor, table: TableView<Entry>): Invalidated<Entry>
}

/**
 * A trigger on the entries of another table. `invalidates` is called for each difference in it, and for each of its
 * notifications even if it says what was known: the knowledge may come from a reading that was ahead of the event.
 * `old` and `next` are `undefined` for an entry that was added or removed.
 */
export function onTable<Entry, Other>(
  definition: TableDefinition<Other>,
  reason: string,
  invalidates: (old: Other | undefined, next: Other | undefined, table: TableView<Entry>) => Invalidated<Entry>,
): TableTrigger<Entry> {
  return {
    reason,
    depends: anyDefinition(definition),
    invalidates: (old, next, table) => invalidates(old as Other | undefined, next as Other | undefined, table),
  }
}

/**
 * A trigger on the entries of the table itself. `invalidates` is called for each of its notifications, also if it says what was
 * known, and not for what a reading finds. `old` and `next` are `undefined` for an entry that was added or removed.
 */
export function onEntry<Entry>(reason: string, invalidates: EntryTrigger<Entry>['invalidates']): EntryTrigger<Entry> {
  return { reason, own: true, invalidates }
}

/** A definition where it does not matter what its entries are. */
export function anyDefinition<Entry>(definition: TableDefinition<Entry>): TableDefinition<unknown> {
  return definition as TableDefinition<unknown>
}

/** A trigger on messages that belong to no table. */
export function onMessage<Entry>(trigger: MessageTrigger<Entry>): MessageTrigger<Entry> {
  return trigger
}
