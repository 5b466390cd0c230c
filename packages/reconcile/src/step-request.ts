import type { BulkRequest, Writer } from '@rtnl/netlink-core'
import type { EntryRows } from '@rtnl/notifier'
import type { Step } from './outcome.ts'
import type { Manner, ReconcileRules } from './rules.ts'

/**
 * A request for a step; a step may take two. A thousand of them are in flight at any time, so they hold little: what is
 * made of it is made when it is asked for.
 */
export interface StepRequest<Entry> extends BulkRequest<Entry> {
  readonly action: Step<Entry>['action']
  /** The step is not counted: this is a part of another. */
  readonly part: boolean
  readonly step: Step<Entry>
}

/** Writes a wanted entry. */
export class WriteRequest<Entry> implements StepRequest<Entry> {
  readonly #rules: ReconcileRules<Entry>
  readonly #manner: Manner
  readonly #desired: Entry
  readonly #old: Entry | undefined
  readonly #rows: EntryRows<Entry>
  readonly #id: number
  /** Of the rows, at which the id is that of the entry. */
  readonly #version: number

  /**
   * @param old the entry that it takes the place of
   * @param id of the row of the wanted entry
   */
  constructor(
    rules: ReconcileRules<Entry>,
    manner: Manner,
    desired: Entry,
    old: Entry | undefined,
    rows: EntryRows<Entry>,
    id: number,
  ) {
    this.#rules = rules
    this.#manner = manner
    this.#desired = desired
    this.#old = old
    this.#rows = rows
    this.#id = id
    this.#version = rows.version
  }

  get message(): BulkRequest<Entry>['message'] {
    return this.#rules.definition.message
  }

  get type(): number {
    return this.#rules.definition.types.new
  }

  get flags(): number {
    return this.#rules.flags(this.#desired, this.#manner)
  }

  get entry(): Partial<Entry> {
    return this.#rules.written?.(this.#desired) ?? this.#desired
  }

  get action(): 'add' | 'replace' {
    return this.#old === undefined ? 'add' : 'replace'
  }

  get part(): false {
    return false
  }

  get step(): Step<Entry> {
    const { action } = this
    const entry = this.#desired
    return this.#old === undefined ? { action, entry } : { action, entry, old: this.#old }
  }

  /**
   * The row of an entry that is written as it is wanted is the message already, unless something else was wanted since
   * the entry was looked at.
   */
  encode(writer: Writer): void {
    const isRow = this.#rules.written === undefined && this.#rows.version === this.#version
    if (isRow) this.#rows.writeTo(writer, this.#id)
    else this.message.encode(writer, this.entry)
  }

  operation(): string {
    return `${this.#manner === 'replace' ? 'replace' : 'add'} ${this.#rules.describe(this.#desired)}`
  }
}

/** Removes an entry. */
export class RemovalRequest<Entry> implements StepRequest<Entry> {
  readonly #rules: ReconcileRules<Entry>
  readonly #actual: Entry
  readonly #whole: Step<Entry> | undefined

  /** @param whole the step that it is a part of, if there is more to it */
  constructor(rules: ReconcileRules<Entry>, actual: Entry, whole?: Step<Entry>) {
    this.#rules = rules
    this.#actual = actual
    this.#whole = whole
  }

  get message(): BulkRequest<Entry>['message'] {
    return this.#rules.definition.message
  }

  get type(): number {
    return this.#rules.definition.types.delete
  }

  get entry(): Partial<Entry> {
    return this.#rules.erased(this.#actual)
  }

  get action(): Step<Entry>['action'] {
    return this.step.action
  }

  get part(): boolean {
    return this.#whole !== undefined
  }

  get step(): Step<Entry> {
    return this.#whole ?? { action: 'remove', entry: this.#actual }
  }

  operation(): string {
    return `remove ${this.#rules.describe(this.#actual)}`
  }
}
