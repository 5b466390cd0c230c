import type { Message, MessageCursor, UnknownAttribute } from '@rtnl/netlink-core'
import type { Observer } from './changes/observer.ts'
import type { RowBytes, RowDraft } from './store/row.ts'

/** A field of a key: its name, and for a long field the most bytes that it has in this table. */
export type KeyPart<Field extends string = string> =
  | Field
  | {
      /** Its name. */
      readonly field: Field
      /** The most bytes that it has. */
      readonly bytes: number
    }

/** A part of a table that a dump request can read by itself. */
export interface Partition<Entry> {
  /** Two partitions with the same name are the same partition. */
  readonly name: string
  /** The header and attributes of the dump request: a filter that the kernel applies. */
  readonly request: Partial<Entry>
  /** Attributes of the request that are no fields of an entry. */
  readonly attributes?: readonly UnknownAttribute[]
  /** Whether a message of the answer belongs to another table whose entries come first: the relist skips it. */
  readonly skips?: (cursor: MessageCursor) => boolean
  /** Whether the part ends before a message, if the answer goes on with another table: see `DumpRequest.until`. */
  readonly until?: (cursor: MessageCursor) => boolean
  /** Whether an entry belongs to the part: a relist removes the entries of the part that its dump lacks. Default: all. */
  contains?(entry: Entry): boolean
  /** Like `contains`, by the bytes of a row, for tables with too many entries to decode them. */
  containsRow?(row: RowBytes): boolean
  /** Errors (`errno`) by which the kernel says that the part is empty: no such table, no such device. */
  readonly missing?: readonly number[]
  /** The partition to read after such an error, if the part is then not simply empty. */
  readonly fallback?: Partition<Entry>
  /**
   * Returns smaller parts, to be read if the kernel's dump of this part ends early, at an entry that is too large. Dumps of the
   * smaller parts show more entries, even if not all.
   * @param rows the rows that the table holds
   */
  parts?(rows: Iterable<RowBytes>): readonly Partition<Entry>[]
  /**
   * Whether the kernel does not report that its dump ends early at such an entry. If there may be one, entries that the dump
   * lacks may still exist.
   */
  readonly endsSilently?: boolean
  /** Like `TableDefinition.dumps`, if this part differs. */
  readonly dumps?: 'stable' | 'racy'
  /** Whether a notification may change this part. Default: all may. */
  affectedBy?(cursor: MessageCursor): boolean
}

/** The entries under one key, in the kernel's order. `entry` decodes one. */
export interface EntryList<Entry> {
  /** Number of entries. */
  readonly length: number
  /** Decodes the entry at a place of the list. */
  entry(place: number): Entry
}

/** A notification about a list. */
export interface ListEvent<Entry> {
  /** By the type of the message. */
  readonly kind: 'new' | 'delete'
  /** `nlmsg_flags` */
  readonly flags: number
  /** The entry of the message. */
  readonly entry: Entry
  /** `true` if the list is valid. Otherwise the kernel may have removed some of its entries, and places may differ. */
  readonly isExact: boolean
}

/**
 * What a notification does to a list.
 * - `insert`: the entry of the message is added at a place
 * - `replace`: the entry of the message, or the given one, takes a place
 * - `remove`: the entry at a place is removed
 * - `invalidate`: the message leaves the result open, and the table rereads the partitions
 */
export type ListEdit<Entry> =
  | {
      /** What is done. */
      readonly edit: 'insert'
      /** That of the entry afterwards, from 0. */
      readonly place: number
    }
  | {
      /** What is done. */
      readonly edit: 'replace'
      /** From 0. */
      readonly place: number
      /** Default: the entry of the message. */
      readonly entry?: Entry
    }
  | {
      /** What is done. */
      readonly edit: 'remove'
      /** From 0. */
      readonly place: number
    }
  | {
      /** What is done. */
      readonly edit: 'invalidate'
      /** The parts that are reread. */
      readonly partitions: readonly Partition<Entry>[]
    }

/** The rules of a table in which a key names an ordered list of entries. */
export interface ListRules<Entry> {
  /** Returns what a notification does to a list that is not empty. */
  apply(list: EntryList<Entry>, event: ListEvent<Entry>): readonly ListEdit<Entry>[]
  /** Whether the place of a new entry depends on other entries, so that a list with unknown ones is unknown. */
  relative(flags: number): boolean
}

/**
 * A table of the kernel: its messages, the key of an entry, and the events after which the kernel is known to change entries
 * without a notification. Everything else is the same for all tables, and `LiveTable` does it. `defineTable` makes a
 * definition; `Field` are the names that its key may have.
 */
export interface TableDefinition<Entry, Field extends string = keyof Entry & string> {
  /** As in `rtnl show NAME`. */
  readonly name: string
  /** The declaration of the messages about its entries. */
  readonly message: Message<Entry>
  /** Message types (`RTM_*`). */
  readonly types: {
    /** An entry was added or changed. */
    readonly new: number
    /** An entry was removed. */
    readonly delete: number
    /** What a dump is asked for with. */
    readonly get: number
    /** One that messages of a dump may have, if not `new`. */
    readonly dumped?: number
  }
  /** Multicast groups that announce changes. */
  readonly groups: readonly number[]
  /** Fields that identify an entry, as on the wire: header fields (hidden ones too) and attributes; 256 bytes at most. */
  readonly key: readonly KeyPart<Field>[]
  /** For tables in which the key names a list. */
  readonly lists?: ListRules<Entry>
  /** Returns the key of an entry as a short text. */
  keyText(entry: Entry): string
  /** Whether a message of these types is about an entry of this table. Default: all are. */
  accept?(cursor: MessageCursor): boolean
  /**
   * For a table that holds a part of the kernel's table, such as one routing table or one interface: whether a message that
   * `accept` accepts may change that part. The table looks at the bytes of the message before it copies anything. A message
   * that the filter refuses still counts as a change during a dump, since the kernel counts places over all entries.
   * Default: all may.
   */
  filter?(cursor: MessageCursor): boolean
  /**
   * Returns the entries of a message, in its order, for tables whose messages hold any number of them: none, one, or many, such
   * as a range. `message` encodes each entry as a row. `key` identifies an entry, not a list. If the function throws, the
   * message counts as malformed. Default: a message is one entry.
   */
  entries?(cursor: MessageCursor): Iterable<Partial<Entry>>
  /** For a table that has `entries`: the message that holds them, with the header of `message`. Dumps are requested by it. */
  readonly wire?: Message<unknown>
  /**
   * For a message that `accept` refuses, and that has a part of an entry: returns the complete entry as it now is, or
   * `undefined` if the message has nothing new. Not for tables in which the key names a list. The table calls it only while
   * it is live. At other times the held entry may be out of date, and a trigger has to name the partitions to reread.
   */
  amended?(cursor: MessageCursor, table: TableView<Entry>): Partial<Entry> | undefined
  /**
   * Normalizes a row before it is stored: it sets the words that do not belong to the key of this kind of entry to 0. The
   * table treats an `absent` row as deleted, although the kernel has a message for it.
   */
  prepare?(draft: RowDraft): 'present' | 'absent'
  /** Whether `prepare` leaves keys, and the fields of which they are made, as they are. Keys then take no memory of their own. */
  readonly keepsKeys?: boolean
  /** The parts that together are the table. If there are several, each says which entries belong to it. */
  readonly partitions: readonly Partition<Entry>[]
  /**
   * How reliable a dump is while the table changes.
   * - `stable`: the dump has each entry that does not change meanwhile once. Notifications that arrive meanwhile supply the
   *   rest
   * - `racy`: the dump may lack or double entries. It is reliable only if nothing changed meanwhile
   */
  readonly dumps: 'stable' | 'racy'
  /** Events after which parts are reread. Default: none. */
  readonly triggers?: readonly Trigger<Entry>[]
  /**
   * Whether a kernel may lack this table, because of its age or its configuration. The table is then empty. Such a kernel does
   * not know the groups, or refuses the dump with `EOPNOTSUPP`.
   */
  readonly optional?: boolean
  /** Whether the kernel announces no change of this table. `waitForSync` then rereads it. */
  readonly silent?: boolean
}

/**
 * - `syncing`: the first dump is running
 * - `live`: the table equals the kernel's, as far as the notifications have arrived
 * - `stale`: a part is invalid and is being reread
 * - `closed`: the table does not follow the kernel any more
 */
export type TableState = 'syncing' | 'live' | 'stale' | 'closed'

/** The view of a live table that a trigger gets: its entries and changes, without its internals. */
export interface TableView<Entry> extends Iterable<Entry> {
  /** Which table it is. */
  readonly definition: TableDefinition<Entry>
  /** Whether it shows what the kernel has. */
  readonly state: TableState
  /** Number of entries. */
  readonly size: number
  /** Resolves when the table is closed, with the error if one closed it. */
  readonly closed: Promise<Error | undefined>
  /** An entry; of a list the first. */
  get(key: Partial<Entry>): Entry | undefined
  /** The entries under a key, in the kernel's order. */
  list(key: Partial<Entry>): Entry[]
  /** Decodes the entries whose rows pass a test, and no others. */
  select(test: (row: RowBytes) => boolean): Iterable<Entry>
  /** Calls `observer` for each change, until the function is called that it returns. */
  observe(observer: Observer<Entry>): () => void
  /** The table of another definition, on which a trigger depends. */
  dependency<Other>(definition: TableDefinition<Other>): TableView<Other> | undefined
  /** What `make` made for all who ask with it. */
  index<Index>(make: (table: TableView<Entry>) => Index): Index
  /** Resolves once the table shows all that happened before the call. */
  waitForSync(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}

/** An event that makes a part of a table invalid. Made by `onTable`, `onEntry` or `onMessage`. */
export type Trigger<Entry> = TableTrigger<Entry> | EntryTrigger<Entry> | MessageTrigger<Entry>

/** The parts that an event makes invalid; none if the event does not matter. */
export type Invalidated<Entry> = readonly Partition<Entry>[]

/** Changes of another table that make parts of this one invalid. */
export interface TableTrigger<Entry> {
  /** For people, and in `resync` events: `'link'`. */
  readonly reason: string
  /** The definition of the other table. */
  readonly depends: TableDefinition<unknown>
  /** What a change of the other table makes invalid. */
  invalidates(old: unknown, next: unknown, table: TableView<Entry>): Invalidated<Entry>
}

/** Changes of the table itself that make parts of it invalid. */
export interface EntryTrigger<Entry> {
  /** For people, and in `resync` events. */
  readonly reason: string
  /** What distinguishes it from the other triggers. */
  readonly own: true
  /** What a change makes invalid. */
  invalidates(old: Entry | undefined, next: Entry | undefined, table: TableView<Entry>): Invalidated<Entry>
}

/** Messages that make parts of a table invalid. */
export interface MessageTrigger<Entry> {
  /** For people, and in `resync` events. */
  readonly reason: string
  /** Multicast groups of the messages. Groups that an older kernel does not know are left out, since it sends none for them. */
  readonly groups: readonly number[]
  /** Types of the messages (`RTM_*`). */
  readonly types: readonly number[]
  /** What a message makes invalid. */
  invalidates(cursor: MessageCursor, table: TableView<Entry>): Invalidated<Entry>
}

/**
 * Makes a trigger on the entries of another table. The table calls `invalidates` for each change of the other table, and for
 * each of its notifications, even one without news: the other table may have learned the change from a dump before the
 * notification. `old` is `undefined` for an entry that was added, `next` for one that was removed.
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
 * Makes a trigger on the entries of the table itself. The table calls `invalidates` for each of its notifications, even one
 * without news, and not for changes that a relist finds. `old` is `undefined` for an entry that was added, `next` for one
 * that was removed.
 */
export function onEntry<Entry>(reason: string, invalidates: EntryTrigger<Entry>['invalidates']): EntryTrigger<Entry> {
  return { reason, own: true, invalidates }
}

/** The same definition, typed for code to which the type of its entries does not matter. */
export function anyDefinition<Entry>(definition: TableDefinition<Entry>): TableDefinition<unknown> {
  return definition as TableDefinition<unknown>
}

/** Makes a trigger on messages that belong to no table. */
export function onMessage<Entry>(trigger: MessageTrigger<Entry>): MessageTrigger<Entry> {
  return trigger
}
