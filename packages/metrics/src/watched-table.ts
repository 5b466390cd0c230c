import type { AnyTable, Cause, Change, IncompletePart, ResyncCause } from '@rtnl/live-table'
import {
  type ChangeSource,
  type ChangeSubscriber,
  changeSource,
  type FollowedRows,
  type SourceListener,
} from '@rtnl/live-table/internal'
import type { Connection } from '@rtnl/netlink-core'
import type { Notifier } from '@rtnl/notifier'
import type { Samples } from './samples.ts'

/** What metrics read of a table: a `LiveTable`, or a `DerivedTable`, which has no notifier and no rows of its own. */
export interface MeasuredTable extends AnyTable {
  /** Number of entries. */
  readonly size: number
  /** Parts that the kernel's dumps do not show to the end. */
  readonly incomplete: readonly IncompletePart[]
  /** Bytes of its rows; absent if it holds none of its own. */
  readonly memory?: number
  /** Dumps so far; absent if it is derived. */
  readonly relists?: number
  /** Whose connection it counts for; absent if it is derived. */
  readonly notifier?: Notifier
}

const kinds = ['added', 'changed', 'removed'] as const
/** Of changes of an open table: what its first dump showed was there before. */
const causes = ['notification', 'inferred', 'resync'] as const

/** Counts the changes and resyncs of a table. It holds no change back, and does not keep the process alive. */
export class WatchedTable implements ChangeSubscriber, SourceListener {
  readonly table: MeasuredTable
  readonly connection: Connection
  readonly labels: { readonly table: string; readonly netns: string }
  /** The error that closed the table. */
  error: Error | undefined
  readonly #source: ChangeSource
  readonly #closed: () => void
  readonly #changes = new Map<string, number>()
  readonly #resyncs = new Map<string, { readonly cause: ResyncCause; readonly reason: string; count: number }>()

  /**
   * @param closed called when the program closes the table
   * @throws {ClosedError} the table is closed
   */
  constructor(table: MeasuredTable, connection: Connection, labels: WatchedTable['labels'], closed: () => void) {
    this.table = table
    this.connection = connection
    this.labels = labels
    this.#closed = closed
    this.#source = table[changeSource]()
    this.#source.rows.subscribers.add(this)
    this.#source.streams.add(this)
    for (const kind of kinds) for (const cause of causes) this.#changes.set(`${kind} ${cause}`, 0)
  }

  get notifier(): Notifier | undefined {
    return this.table.notifier
  }

  report(samples: Samples): void {
    const { table, labels } = this
    samples.add('rows', labels, table.size)
    if (table.memory !== undefined) samples.add('memory', labels, table.memory)
    samples.add('inSync', labels, table.state === 'live' ? 1 : 0)
    samples.add('incompleteParts', labels, table.incomplete.length)
    if (table.relists !== undefined) samples.add('relists', labels, table.relists)
    for (const [name, count] of this.#changes) {
      const [kind = '', cause = ''] = name.split(' ')
      samples.add('changes', { kind, cause, ...labels }, count)
    }
    for (const { cause, reason, count } of this.#resyncs.values()) {
      samples.add('resyncs', { cause, reason, ...labels }, count)
    }
  }

  changed(_rows: FollowedRows, _id: number, cause: Cause, { kind }: Change<unknown>): void {
    const name = `${kind} ${cause}`
    this.#changes.set(name, (this.#changes.get(name) ?? 0) + 1)
  }

  resynced(_rows: FollowedRows, cause: ResyncCause, reason: string): void {
    const name = `${cause} ${reason}`
    const known = this.#resyncs.get(name)
    if (known === undefined) this.#resyncs.set(name, { cause, reason, count: 1 })
    else known.count++
  }

  incomplete(): void {}

  end(error: Error | undefined): void {
    this.stop()
    this.error = error
    if (error === undefined) this.#closed()
  }

  stop(): void {
    this.#source.rows.subscribers.delete(this)
    this.#source.streams.delete(this)
  }
}
