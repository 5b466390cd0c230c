import type { TableDefinition } from '@rtnl/live-table'
import type { Message } from '@rtnl/netlink-core'
import type { NormalizeContext } from './desired-entry.ts'
import type { ConditionDependency, Dependency, InterfaceDependency, Need } from './waiting/dependency.ts'

type Field<Entry> = keyof Entry & string

/**
 * How a new state is written over an old one.
 * - `add`: there is nothing of ours, and the kernel refuses if there is something else
 * - `replace`: it takes the place of the old one in one step
 * - `beside`: it is put beside the old one, which is removed after
 * - `recreate`: the kernel cannot do better than remove the old one before
 */
export type Strategy = 'add' | 'replace' | 'makeBeforeBreak' | 'recreate'

/**
 * What the reconciler needs to know of a table: what the kernel makes of a request, when two entries are the same, and
 * how they are written. Everything else is the same for all tables. `Wanted` is an entry as a program says it: some fields
 * of an entry, or a `DesiredEntry` where the table takes names.
 */
export interface ReconcileRules<Entry, Wanted = Partial<Entry>> extends EntryRules<Entry> {
  /**
   * An entry as the kernel would show it, as far as that is known before it is sent. Names become numbers.
   * @throws {TypeError | RangeError} the kernel could not take it, or it is not of this claim; names the field
   */
  normalize(entry: Wanted, context: NormalizeContext): Entry
  /**
   * An entry that has the key of a wanted one; its other fields do not matter and may be missing. It is asked where only
   * the key is needed, as of an entry that is not wanted any more. `normalize` is asked unless told.
   * @throws {TypeError | RangeError} a field of the key is missing or cannot be, or the entry is not of this claim; names
   *   the field
   */
  keyOf?(entry: Wanted, context: NormalizeContext): Entry
}

/** Entries of parts that can be carried out without the others. */
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

/** What has to hold in the namespace for an entry to do what it says, although the kernel takes and shows it without. */
export interface Condition<Entry> {
  /** Follows what it depends on. Entries name it among their needs. */
  readonly dependency: ConditionDependency
  /** The field that is wrong where it does not hold. */
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
  readonly message: Message<unknown>
  readonly entry: Partial<unknown>
}

/** Says in which message an entry is sent: see `EntryRules.carried`. */
export function carriedBy<Carrier>(message: Message<Carrier>, entry: Partial<Carrier>): CarriedEntry {
  return { message: message as Message<unknown>, entry }
}

/** What is known of entries that are in their normal form. */
export interface EntryRules<Entry> {
  readonly definition: TableDefinition<Entry>
  /** What is kept by these rules, for people and to find two owners of the same: `route table 100 protocol 84`. */
  readonly lease: string
  /**
   * The key of the definition as a text: entries with the same one exclude each other, or stand in one list of the
   * kernel.
   */
  key(entry: Entry): string
  /** Whether an entry of the kernel is one of ours, so that it may be changed and removed. */
  owns(actual: Entry): boolean
  /** Header fields: where told, ours are just the entries that have these values, and are found without decoding. */
  readonly ownerMatch?: Partial<Entry>
  /**
   * Whether the kernel holds what is wanted. `desired` is normalized. It is not asked about an entry that stands alone
   * under its key and has the same header and attributes: that is the same.
   */
  same(desired: Entry, actual: Entry): boolean
  /**
   * Whether an entry of others gives way to one of ours with the same key: what the kernel has learned by itself. None
   * does, unless told.
   */
  preemptible?(actual: Entry): boolean
  /**
   * An entry of others that ours gives way to, although it is desired: it is neither replaced nor taken back, and ours is
   * written when it is gone. None is, unless told.
   */
  givesWayTo?(actual: Entry): boolean
  /**
   * Whether entries of others under the key of a desired one do not matter to it, in a table in which a key names a list.
   * They are in its way, unless told.
   */
  readonly othersStandApart?: boolean
  /**
   * Whether two desired entries with the same key can be in the kernel as two, in a table in which a key names a list. None
   * can, unless told.
   */
  coexists?(desired: Entry, other: Entry): boolean
  /**
   * Whether an entry of the kernel under the same key is of the same owner as a desired one, so that it may be replaced by
   * it, where entries of all owners are desired. What `owns` says, unless told.
   */
  isSameOwner?(desired: Entry, actual: Entry): boolean
  /**
   * How an entry takes the place of one of ours.
   * @param list all that the kernel has under the key
   * @returns `undefined` if that is not possible without touching what others have there
   */
  strategy(desired: Entry, old: Entry, list: readonly Entry[]): Strategy | undefined
  /**
   * Fields by which an entry refers to others of the table, or resolves through them: entries that have one of these are
   * written after all that have none, and removed before them.
   */
  readonly refersBy?: readonly Field<Entry>[]
  /**
   * Fields that only entries have which the kernel does not announce when they are written, or not in every change: the
   * table is read again after one was written, and every half minute while one is desired.
   */
  readonly unannounced?: readonly Field<Entry>[]
  /** Flags (`NLM_F_*`) of the request that writes an entry, beside those that all requests have. */
  readonly flags: Readonly<Record<Strategy, number>> | ((desired: Entry, strategy: Strategy) => number)
  /** What is sent to write an entry, where that is not the entry itself. */
  written?(desired: Entry): Partial<Entry>
  /**
   * The message in which an entry, or what `written` and `deleteKey` make of it, is sent, where that is not the message of the
   * table: in tables whose messages hold several entries.
   */
  carried?(entry: Partial<Entry>): CarriedEntry
  /** As much of an entry as the kernel needs to remove it and no other. */
  deleteKey(actual: Entry): Partial<Entry>
  /**
   * The same for tables of which very many entries are removed: an entry that has none of the attributes `unless` is
   * erased by its `fields`, and `erased` is not asked.
   */
  readonly deleteKeyFields?: { readonly fields: readonly Field<Entry>[]; readonly unless: readonly Field<Entry>[] }
  /** An entry in the words of a person, for errors: `route 10.0.0.0/8`. */
  describe(entry: Entry): string
  /** Interfaces: to follow those that entries give by name, and to know whether they are up. */
  readonly interfaces?: InterfaceDependency
  /**
   * An entry for which it does not hold is refused when it is given. If it ceases to hold later, the entry waits until it holds
   * again: it is told as failed, it is not written, and stays where the kernel has it.
   */
  readonly condition?: Condition<Entry>
  /** What else entries need, such as nexthops or reachable gateways. */
  readonly dependencies?: readonly Dependency[]
  /** What an entry needs before the kernel takes it; the most telling first. */
  needs?(desired: Entry): readonly Need[]
  /** For entries of several parts, such as the legs of a multipath route: what is carried out while some cannot be. */
  readonly divisible?: Divisible<Entry>
  /** Refusals (`errno`) by which the kernel says that what is to be removed is not there. */
  readonly missing: readonly number[]
}
