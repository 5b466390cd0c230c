import { TimeSlice } from '@rtnl/netlink-core'
import { deferred, unlessAborted } from '@rtnl/netlink-core/internal'
import type { ChangeSubscriber, FollowedRows } from '../store/table-rows.ts'
import { type Cause, type Change, type ChangeBatch, type EntryChanges, type ResyncCause, sameValue } from './change.ts'
import { Fifo } from './fifo.ts'

/** Receives what a table tells besides the changes of its entries. */
export interface SourceListener {
  /** Called when an invalid part of a table has been reread. */
  resynced(rows: FollowedRows, cause: ResyncCause, reason: string): void
  /** Called when the kernel's dumps do not show all of a table. */
  incomplete(rows: FollowedRows, reason: string): void
  /** Called when no more changes follow. */
  end(error: Error | undefined): void
}

/** What a stream of changes needs from a table. */
export interface ChangeSource {
  /** The rows whose changes are told. */
  readonly rows: FollowedRows
  /** The streams, and others, that the table calls after a resync and at its end. */
  readonly streams: Set<SourceListener>
  /** Set once the table is closed, with the error that closed it. */
  readonly ended:
    | {
        /** `undefined` if the program closed it. */
        readonly error: Error | undefined
      }
    | undefined
  /** Whether the rows change no more. */
  readonly isFinal: boolean
  /** A text for people: the parts of the table that the kernel's dumps do not show. `undefined` if there are none. */
  readonly incompleteText: string | undefined
  /** Keeps the process alive while somebody waits. */
  ref(): void
  /** Lets the process end. */
  unref(): void
}

/** The most entries of the present content that are decoded at a time. */
const snapshotSlice = 1024

/**
 * The most changes that are held one by one for a slow reader. Beyond it the changes of each entry are merged into one. If
 * few could be merged, the limit doubles, so that the cost of a change does not grow with their number.
 */
const queueLimit = 65_536

/** Batches that are delivered before the first look at the clock: the content of a small table, and its `synced`. */
const readyAtOnce = 3

/** The most merged changes in a batch. */
const mergedSlice = 1024

/** Rows whose changes the stream delivers. Tables that share rows share this too. */
interface Followed {
  readonly source: ChangeSource
  /** The stream has delivered the rows with smaller ids; `Infinity` once it has delivered all. */
  delivered: number
}

/**
 * The changes of some tables for one reader, in the order in which they were applied. The stream begins with the content of
 * the tables. It delivers that in slices, so that it holds no copy: an entry that changes before its turn is delivered as
 * it then is.
 */
export class ChangeStream implements ChangeSubscriber, SourceListener {
  readonly #sources: readonly ChangeSource[]
  readonly #followed = new Map<FollowedRows, Followed>()
  readonly #queue = new Fifo<ChangeBatch<unknown>>()
  #queued = 0
  #limit = queueLimit
  /** Changes not yet in a batch: one table, one cause. */
  #open: { rows: FollowedRows; cause: Cause; changes: Change<unknown>[] } | undefined
  #ended: { error: Error | undefined } | undefined
  #waiting: (() => void) | undefined
  readonly #slice = new TimeSlice(readyAtOnce)

  /** @param initial whether the stream begins with the present content of the tables */
  constructor(sources: readonly ChangeSource[], initial: boolean) {
    this.#sources = sources
    for (const source of sources) {
      this.#followed.set(source.rows, { source, delivered: initial ? 0 : Number.POSITIVE_INFINITY })
      source.rows.subscribers.add(this)
      source.streams.add(this)
    }
    const ended = sources.find((source) => source.ended !== undefined)?.ended
    if (ended !== undefined) this.end(ended.error)
  }

  changed(rows: FollowedRows, id: number, cause: Cause, change: Change<unknown>): void {
    if (id >= (this.#followed.get(rows)?.delivered ?? 0)) return
    if (this.#open?.rows !== rows || this.#open.cause !== cause) {
      this.#seal()
      this.#open = { rows, cause, changes: [] }
    }
    this.#open.changes.push(change)
    if (++this.#queued > this.#limit) this.#merge()
    this.#wake()
  }

  resynced(rows: FollowedRows, cause: ResyncCause, reason: string): void {
    this.#seal()
    this.#queue.push({ event: 'resync', table: rows.name, cause, changes: [], entries: rows.size, reason })
    this.#wake()
  }

  incomplete(rows: FollowedRows, reason: string): void {
    this.#seal()
    this.#queue.push({
      event: 'incomplete',
      table: rows.name,
      cause: 'resync',
      changes: [],
      entries: rows.size,
      reason,
    })
    this.#wake()
  }

  end(error: Error | undefined): void {
    this.#ended ??= { error }
    // Other tables share the rows, which go on to change: the rest of the content would not fit what was delivered.
    if (!this.#sources.every(({ isFinal }) => isFinal)) {
      for (const followed of this.#followed.values()) followed.delivered = Number.POSITIVE_INFINITY
    }
    for (const source of this.#sources) {
      source.rows.subscribers.delete(this)
      source.streams.delete(this)
    }
    this.#wake()
  }

  /** Returns the next batch without waiting; `undefined` if there is none. */
  take(): ChangeBatch<unknown> | undefined {
    this.#seal()
    const batch = this.#queue.shift()
    if (batch !== undefined) {
      this.#queued -= batch.changes.length
      return batch
    }
    for (const followed of this.#followed.values()) {
      if (followed.delivered !== Number.POSITIVE_INFINITY) return this.#snapshot(followed)
    }
    return undefined
  }

  /** Waits for the next batch; `undefined` at the end. */
  async next(signal: AbortSignal | undefined): Promise<ChangeBatch<unknown> | undefined> {
    signal?.throwIfAborted()
    // A reader who finds the next batch ready each time would never let the event loop run.
    if (this.#slice.over()) await this.#slice.next()
    while (true) {
      const ready = this.take()
      if (ready !== undefined) return ready
      if (this.#ended !== undefined) return this.#finish()
      // The changes that wake the reader may have been merged to nothing.
      await this.#wait(signal)
      this.#slice.restart()
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = deferred()
    this.#waiting = resolve
    for (const source of this.#sources) source.ref()
    try {
      await unlessAborted(promise, signal)
    } finally {
      for (const source of this.#sources) source.unref()
      this.#waiting = undefined
    }
  }

  #finish(): undefined {
    if (this.#ended?.error !== undefined) throw this.#ended.error
    return undefined
  }

  #snapshot(followed: Followed): ChangeBatch<unknown> {
    const { rows } = followed.source
    const changes: Change<unknown>[] = []
    let id = followed.delivered
    for (; id < rows.store.idLimit && changes.length < snapshotSlice; id++) {
      const change = rows.store.has(id) ? rows.added(id) : undefined
      if (change !== undefined) changes.push(change)
    }
    followed.delivered = id
    if (changes.length > 0) return changeBatch(rows, 'dump', changes)
    followed.delivered = Number.POSITIVE_INFINITY
    const { incompleteText } = followed.source
    if (incompleteText !== undefined) this.incomplete(rows, incompleteText)
    return { event: 'synced', table: rows.name, cause: 'dump', changes: [], entries: rows.size }
  }

  #seal(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    if (open.changes.length === 0) return
    const { rows, cause, changes } = open
    this.#queue.push(changeBatch(rows, cause, changes))
  }

  /**
   * Merges all changes of each entry into one, so that a slow reader costs no more memory than the table. Folding the merged
   * changes still gives the table, but the order between entries is lost.
   */
  #merge(): void {
    this.#seal()
    const merged = new Map<string, { batch: EntryChanges<unknown>; old: unknown; next: unknown; key: string }>()
    const markers = new Map<string, ChangeBatch<unknown>>()
    for (const batch of this.#queue) {
      if (batch.event !== 'change') {
        markers.set(`${batch.table} ${batch.event} ${batch.cause}`, batch)
        continue
      }
      for (const change of batch.changes) {
        const name = `${batch.table} ${change.key}`
        const earlier = merged.get(name)
        const old = change.kind === 'added' ? undefined : change.kind === 'removed' ? change.entry : change.old
        const next = change.kind === 'removed' ? undefined : change.entry
        merged.set(name, { batch, key: change.key, old: earlier === undefined ? old : earlier.old, next })
      }
    }
    this.#queue.clear()
    this.#queued = 0
    let changes: Change<unknown>[] = []
    let previous: EntryChanges<unknown> | undefined
    for (const { batch, key, old, next } of merged.values()) {
      const change = netChange(key, old, next)
      if (change === undefined) continue
      if (previous?.table !== batch.table || previous.cause !== batch.cause || changes.length === mergedSlice) {
        changes = []
        this.#queue.push({ ...batch, changes })
      }
      previous = batch
      changes.push(change)
      this.#queued++
    }
    for (const marker of markers.values()) this.#queue.push(marker)
    this.#limit = Math.max(queueLimit, this.#queued * 2)
  }

  #wake(): void {
    const waiting = this.#waiting
    // Once is enough: of a promise that is resolved again Node.js is told each time, which takes as long as all else of a change.
    this.#waiting = undefined
    waiting?.()
  }
}

function changeBatch(rows: FollowedRows, cause: Cause, changes: readonly Change<unknown>[]): EntryChanges<unknown> {
  return { event: 'change', table: rows.name, cause, changes, entries: rows.size }
}

function netChange(key: string, old: unknown, next: unknown): Change<unknown> | undefined {
  if (old === undefined) return next === undefined ? undefined : { kind: 'added', key, entry: next }
  if (next === undefined) return { kind: 'removed', key, entry: old }
  return sameValue(old, next) ? undefined : { kind: 'changed', key, entry: next, old }
}
