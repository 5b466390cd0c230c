import type { Link } from '@rtnl/link'
import { routingProtocols } from '@rtnl/names'
import type { ReconcileRules } from '@rtnl/reconcile'
import { UsageError } from '../usage-error.ts'

/** The options that say which entries are owned. */
export interface OwnerOptions {
  /** Id of the routing table. */
  readonly table?: number | undefined
  /** Routing protocol (`RTPROT_*`). */
  readonly protocol?: number | undefined
  /** Name of the interface. */
  readonly dev?: string | undefined
  /** Owned entries are those of the file, whoever made them, and no others are removed. */
  readonly additive?: boolean | undefined
}

/** What `sync` needs to know of a table beside what `show` does. */
export interface TableSync {
  /** The options that the table takes. It needs `dev`, or else `protocol`, if it takes that; or `additive`. */
  readonly takes: readonly (keyof OwnerOptions)[]
  /** A sentence of the help: which entries are owned. */
  readonly ownership: string
  /**
   * @param link the interface that `dev` names, where the table takes that
   * @throws {UsageError} options or an interface that do not go with the table
   */
  rules(options: OwnerOptions, entries: readonly object[], link: Link | undefined): ReconcileRules<unknown>
  /**
   * The entries of a file one by one, where one may be a range.
   * @throws {TypeError | RangeError} a range that there cannot be; names the entry by its place: `vlan[3].vid: ...`
   */
  expand?(entries: readonly object[]): object[]
  /** Whether rules that were made for an interface go with it after a change. */
  isSame?(before: Link, now: Link): boolean
  /**
   * A second table of the kernel with the same owner. Both tables are compared with the file, so that entries of either table
   * are removed when the file has them no more.
   * @returns `undefined` if the options or the entries concern one table alone
   */
  companion?(options: OwnerOptions, entries: readonly object[]): CompanionTable | undefined
  /** Which entries only the kernel makes, and of what it makes them. `--additive` leaves these out. */
  readonly kernelMade?: {
    /** Whether only the kernel makes an entry. */
    includes(entry: object, link: Link | undefined): boolean
    /** Of what the kernel makes them, for people. */
    readonly from: string
  }
  /** Where one interface has entries of several kinds with rules of their own: the kind of an entry. */
  kindOf?(entry: object): string
}

/** Entries of a file that are in another table of the kernel than the others. */
export interface CompanionTable {
  /** Whether an entry is in the other table. */
  includes(entry: object): boolean
  /** The rules of the other table. */
  rules(link: Link | undefined): ReconcileRules<unknown>
  /** Why a file with entries of both is not kept. */
  readonly keptApart: string
}

/** The commands give an entry only to the rules of its table. */
export function anyRules<Entry>(rules: ReconcileRules<Entry>): ReconcileRules<unknown> {
  return rules as unknown as ReconcileRules<unknown>
}

/** What the rules refuse is bad usage. */
export function usage<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw error instanceof TypeError || error instanceof RangeError ? new UsageError(`--${error.message}`) : error
  }
}

/** An interface is not as it has to be for its entries to be written, but may come to be. */
export class UnfitInterfaceError extends UsageError {
  override readonly name: string = 'UnfitInterfaceError'
  /** A text for people: `v0, which is ...`. */
  readonly what: string

  constructor(what: string) {
    super(`--dev: ${what.replace(', which', '')}`)
    this.what = what
  }
}

/**
 * A routing protocol by its number or name.
 * @throws {UsageError} there is no such protocol
 */
export function parseProtocol(text: string): number {
  const protocol = routingProtocols.numberOf(text) ?? (/^\d+$/.test(text) ? Number(text) : -1)
  if (protocol >= 1 && protocol <= 255) return protocol
  throw new UsageError(
    `--protocol: '${text}' is neither the name of a protocol (bgp, static, or one of /etc/iproute2/rt_protos) nor a number from 1 to 255`,
  )
}

/** @throws {UsageError} an option that the table does not take, or one that it needs */
export function checkOwnerOptions(
  { name, sync: { takes } }: { readonly name: string; readonly sync: TableSync },
  options: OwnerOptions,
): void {
  for (const option of ['table', 'protocol', 'dev'] as const) {
    if (options[option] !== undefined && !takes.includes(option)) {
      throw new UsageError(`--${option} does not go with entries of ${name}`)
    }
  }
  if (options.additive === true) return
  if (takes.includes('dev')) {
    if (options.dev !== undefined) return
    throw new UsageError(`sync ${name} needs --dev: what is ours is that of one interface; or --additive`)
  }
  // There is no default: what some daemon has written with that protocol would be removed.
  if (takes.includes('protocol') && options.protocol === undefined) {
    throw new UsageError(`sync ${name} needs --protocol: what is ours is that of one protocol; or --additive`)
  }
}
