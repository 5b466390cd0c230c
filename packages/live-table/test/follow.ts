import { type Change, type ChangeBatch, type LiveTable, openTable, type TableDefinition } from '@rtnl/live-table'
import type { FakeKernel, FakeTable } from '@rtnl/netlink-core/testing'
import { makeKernel, type Thing, thingDefinition } from '../../notifier/test/things.ts'

export interface Place {
  readonly kernel: FakeKernel
  readonly table: FakeTable<Thing>
  readonly live: LiveTable<Thing>
}

/** A kernel with a table of things, and the live table of it, closed in the end. */
export async function withTable(
  run: (place: Place) => Promise<void>,
  definition: TableDefinition<Thing> = thingDefinition,
): Promise<void> {
  const { kernel, table } = makeKernel()
  const live = await openTable(definition, { transports: kernel })
  try {
    await run({ kernel, table, live })
  } finally {
    live.close()
  }
}

/** Entries by key, in the order of the keys. */
export function byKey(entries: Iterable<Thing>): [string, Thing][] {
  return Array.from(entries, (entry): [string, Thing] => [String(entry.id), entry]).sort(
    ([a], [b]) => Number(a) - Number(b),
  )
}

/** The table as the changes tell it; throws where one does not fit what was told before. */
export class Fold {
  readonly entries = new Map<string, Thing>()

  apply(change: Change<Thing>): void {
    const { kind, key, entry } = change
    const known = this.entries.get(key)
    const wrong = (what: string): Error => new Error(`${kind} ${key}: ${what}`)
    if (kind === 'added' && known !== undefined) throw wrong('it is there already')
    if (kind !== 'added' && known === undefined) throw wrong('it is not there')
    if (kind === 'changed' && known?.label !== change.old.label) throw wrong('it was something else before')
    if (kind === 'changed' && entry.label === change.old.label) throw wrong('it is no change')
    if (kind === 'removed') this.entries.delete(key)
    else this.entries.set(key, entry)
  }

  get sorted(): [string, Thing][] {
    return byKey(this.entries.values())
  }
}

/** Reads the changes of a table in the background. */
export class Follower {
  readonly batches: ChangeBatch<Thing>[] = []
  readonly fold = new Fold()
  /** Settled when the stream has ended; rejects with what it threw. */
  readonly ended: Promise<void>

  constructor(live: LiveTable<Thing>, options: { readonly initial?: boolean; readonly signal?: AbortSignal } = {}) {
    this.ended = this.#follow(live.changes(options), options.initial ?? true)
    // Whoever is interested asks for it.
    this.ended.catch(() => {})
  }

  /** One line a batch: cause, and kinds with keys; or the event with its reason. */
  get lines(): string[] {
    return this.batches.map(({ event, cause, changes, reason }) =>
      event === 'change'
        ? `${cause} ${changes.map(({ kind, key }) => `${kind} ${key}`).join(', ')}`
        : `${event}${reason === undefined ? '' : ` ${reason}`} (${cause})`,
    )
  }

  async #follow(changes: AsyncGenerator<ChangeBatch<Thing>, void, undefined>, initial: boolean): Promise<void> {
    for await (const batch of changes) {
      this.batches.push(batch)
      // Without the first content there is nothing that the changes fit.
      if (initial) for (const change of batch.changes) this.fold.apply(change)
    }
  }
}

/** Reads what there is until the stream has nothing more to tell, and ends it. */
export async function drain(
  stream: AsyncGenerator<ChangeBatch<Thing>, void, undefined>,
  fold: Fold,
): Promise<ChangeBatch<Thing>[]> {
  const batches: ChangeBatch<Thing>[] = []
  for await (const batch of stream) {
    batches.push(batch)
    for (const change of batch.changes) fold.apply(change)
  }
  return batches
}
