import type { TableDefinition } from '@rtnl/live-table'
import type { Message, NetlinkError } from '@rtnl/netlink-core'
import type { NormalizeContext } from './desired-entry.ts'
import type { ConditionDependency, Dependency, InterfaceDependency, Need } from './waiting/dependency.ts'

type Field<Entry> = keyof Entry & string

/**
 * How a new state is written over an old one.
 * - `add`: there is no owned entry, and the kernel refuses the request if there is another one
 * - `replace`: one request replaces the old entry
 * - `makeBeforeBreak`: the new entry is added, then the old one is removed
 * - `recreate`: the old entry is removed, then the new one is added; the kernel can do no better
 */
export type Strategy = 'add' | 'replace' | 'makeBeforeBreak' | 'recreate'

/**
 * What the reconciler needs to know about a table: what the kernel makes of a request, when two entries are the same, and
 * how they are written. Everything else is the same for all tables. `Wanted` is a desired entry as a program gives it: some
 * fields of an entry, or a `DesiredEntry` where the table takes names.
 */
export interface ReconcileRules<Entry, Wanted = Partial<Entry>> extends EntryRules<Entry> {
  /**
   * Returns the entry as the kernel would show it, as far as that is known before it is sent. Names become numbers.
   * @throws {TypeError | RangeError} the kernel could not take the entry, or these rules do not own it; names the field
   */
  normalize(entry: Wanted, context: NormalizeContext): Entry
  /**
   * Returns an entry that has the key of a desired one. Its other fields do not matter and may be missing. The reconciler calls
   * it where it needs only the key, as for an entry that is not desired any more. Default: `normalize`.
   * @throws {TypeError | RangeError} a field of the key is missing or impossible, or these rules do not own the entry; names
   *   the field
   */
  keyOf?(entry: Wanted, context: NormalizeContext): Entry
  /**
   * For tables of which very many entries are desired: fields whose value `normalize` takes as it is, and by which it decides
   * nothing about other fields, if `patch` of their kind takes it (see `Kind` of `@rtnl/netlink-core`). Entries that differ in
   * these fields alone are then made of each other's rows, and few are normalized. What `normalize` makes of an entry must follow
   * from its own enumerable fields. Default: all entries are normalized.
   */
  readonly independent?: (entry: Entry) => readonly Field<Entry>[]
}

/** Entries of several parts, of which the kernel can hold some without the others. */
export interface Divisible<Entry> {
  /** Only entries that have one of these fields are divisible. */
  readonly fields: readonly Field<Entry>[]
  /**
   * The entry without the parts of which a need is not met; the entry itself if all are.
   * @returns `undefined` if no part is left
   */
  feasible(desired: Entry, isMet: (need: Need) => boolean): Entry | undefined
  /** What the parts need. */
  needs(desired: Entry): readonly Need[]
}

/** What has to hold in the namespace for an entry to have its effect. The kernel accepts and shows the entry in any case. */
export interface Condition<Entry> {
  /** Follows what the condition depends on. Entries name it among their needs. */
  readonly dependency: ConditionDependency
  /** The field that is wrong if the condition does not hold. */
  readonly field: Field<Entry>
  /** What has to hold for an entry; `undefined` if nothing has to. */
  needOf(desired: Entry): Need | undefined
  /** The key of the entry that has a need, as far as these rules may have such an entry. */
  keyOf(need: Need): Partial<Entry>
  /** Why an entry is refused, behind the name of the field: `10.0.0.255 is ...`. */
  refusal(need: Need): string
}

/** An entry in a message of its own declaration. */
export interface CarriedEntry {
  /** The declaration of the message. */
  readonly message: Message<unknown>
  /** What is sent in it. */
  readonly entry: Partial<unknown>
}

/** Says in which message an entry is sent: see `EntryRules.carried`. */
export function carriedBy<Carrier>(message: Message<Carrier>, entry: Partial<Carrier>): CarriedEntry {
  return { message: message as Message<unknown>, entry }
}

/** The rules for entries that are normalized. */
export interface EntryRules<Entry> {
  /** The table that the entries are of. */
  readonly definition: TableDefinition<Entry>
  /** What these rules own, for people and to detect two owners of the same: `route table 100 protocol 84`. */
  readonly lease: string
  /**
   * The key of the definition as a text. Entries with the same key exclude each other, or are in one list of the kernel.
   */
  key(entry: Entry): string
  /** Whether an entry of the kernel is owned, so that the reconciler may change and remove it. */
  owns(actual: Entry): boolean
  /** Header fields. If given, owned entries are exactly those with these values, and are found without decoding. */
  readonly ownerMatch?: Partial<Entry>
  /**
   * Whether the kernel holds what is desired. `desired` is normalized. An entry that is alone under its key and has the same
   * header and attributes is the same without a call.
   */
  same(desired: Entry, actual: Entry): boolean
  /**
   * Whether an entry of others gives way to a desired one with the same key, such as an entry that the kernel has learned by
   * itself. Default: none does.
   */
  preemptible?(actual: Entry): boolean
  /**
   * Whether a desired entry gives way to this entry of others. The other one is then neither replaced nor undone, and the desired
   * one is written when it is gone. Default: to none.
   */
  givesWayTo?(actual: Entry): boolean
  /**
   * Whether a desired entry ignores entries of others under its key, in a table in which a key names a list. Default: they are
   * a conflict.
   */
  readonly othersStandApart?: boolean
  /**
   * Whether the kernel can hold two desired entries with the same key, in a table in which a key names a list. Default: it
   * cannot.
   */
  coexists?(desired: Entry, other: Entry): boolean
  /**
   * In additive mode: whether an entry of the kernel under the same key has the same owner as a desired one, so that the desired
   * one may replace it. Default: every entry under the key has.
   */
  isSameOwner?(desired: Entry, actual: Entry): boolean
  /**
   * How a desired entry replaces an owned one.
   * @param list all that the kernel has under the key
   * @returns `undefined` if that is impossible without touching entries of others
   */
  strategy(desired: Entry, old: Entry, list: readonly Entry[]): Strategy | undefined
  /**
   * Fields by which an entry refers to others of the table, or resolves through them. Entries that have one of these fields
   * are written after all that have none, and removed before them.
   */
  readonly refersBy?: readonly Field<Entry>[]
  /**
   * Fields of entries whose writing the kernel does not announce, or not for every change. The table is reread after such an
   * entry was written, and every half minute while one is desired.
   */
  readonly unannounced?: readonly Field<Entry>[]
  /**
   * Whether the kernel may change an entry and announce nothing although it refuses the request. The table is reread after a
   * cycle in which something was refused. Default: it does not.
   */
  readonly refusalsChange?: boolean
  /** Flags (`NLM_F_*`) of the request that writes an entry, in addition to those of all requests. */
  readonly flags: Readonly<Record<Strategy, number>> | ((desired: Entry, strategy: Strategy) => number)
  /** Returns what is sent to write an entry. Default: the entry itself. */
  written?(desired: Entry): Partial<Entry>
  /**
   * The message in which an entry, or what `written` and `deleteKey` make of it, is sent, where that is not the message of the
   * table: in tables whose messages hold several entries.
   */
  carried?(entry: Partial<Entry>): CarriedEntry
  /** Returns as much of an entry as the kernel needs to remove it and no other. */
  deleteKey(actual: Entry): Partial<Entry>
  /**
   * For tables of which very many entries are removed. An entry that has none of the attributes `unless` is removed by its
   * `fields`, without a call of `deleteKey`.
   */
  readonly deleteKeyFields?: {
    /** What identifies the entry. */
    readonly fields: readonly Field<Entry>[]
    /** An entry with one of these is removed by `deleteKey`. */
    readonly unless: readonly Field<Entry>[]
  }
  /** Describes an entry to people, for errors: `route 10.0.0.0/8`. */
  describe(entry: Entry): string
  /** Follows interfaces that entries give by name, and knows whether interfaces are up. */
  readonly interfaces?: InterfaceDependency
  /**
   * What has to hold for an entry to have its effect. An entry for which it does not hold is refused when it is given. If it
   * ceases to hold later, the entry waits until it holds again: it is listed as failed, and neither written nor removed.
   */
  readonly condition?: Condition<Entry>
  /** What else entries need, such as nexthops or reachable gateways. */
  readonly dependencies?: readonly Dependency[]
  /** What an entry needs before the kernel accepts it. The need that best explains a refusal comes first. */
  needs?(desired: Entry): readonly Need[]
  /**
   * Fields of which the kernel refuses some values after it has made the rest of the entry. An entry that has one of them is sent
   * once its needs are met, and not before. Default: what entries need matters when the kernel has refused one.
   */
  readonly needsFirst?: readonly Field<Entry>[]
  /** For entries of several parts, such as the hops of a multipath route: which parts are written while others cannot be. */
  readonly divisible?: Divisible<Entry>
  /** Errors (`errno`) by which the kernel says that an entry to be removed does not exist. */
  readonly missing: readonly number[]
  /**
   * Whether another error says so too: the kernel refuses some requests to remove an entry that went with what it stood on, since
   * they name that.
   * @param removed the entry that was to be removed
   */
  wentWith?(removed: Entry, error: NetlinkError): boolean
}
