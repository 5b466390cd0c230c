import { DecodeError, type MessageCursor, NetlinkError } from '@rtnl/netlink-core'
import { deferred, pause } from '@rtnl/netlink-core/internal'
import type { Notifier } from '@rtnl/notifier'
import type { Applier } from '../apply/applier.ts'
import type { ResyncCause } from '../changes/change.ts'
import type { Partition, TableState } from '../definition.ts'
import type { TableRows } from '../store/table-rows.ts'
import { barrier } from './barrier.ts'
import { Dependencies } from './dependencies.ts'
import { type IncompletePart, IncompleteParts, incompleteText } from './incomplete-parts.ts'
import { type Invalidation, Invalidations } from './invalidations.ts'
import { Relister, type RelistOptions, type RelistResult } from './relister.ts'
import type { Dependency } from './triggers.ts'

// Pauses between relists that fail or meet changes: 1, 2, 4, ... milliseconds, and this at most.
const longestPause = 1000
/** Barriers before a relist, as long as events arrive meanwhile. A barrier takes a fraction of what most relists take. */
const mostBarriers = 4
/** The reason of a relist that looks whether the entries fit a dump by now. */
const tooLarge = 'too large'

/** Receives the events of a resyncer. */
export interface ResyncEvents {
  /** Called when invalid partitions were relisted. */
  resynced(cause: ResyncCause, reason: string): void
  /** Called when other parts than before are missing from the kernel's dumps. */
  incomplete(): void
  /** Called with an error that another relist cannot correct. The resyncer has stopped then. */
  failed(error: Error): void
}

/**
 * Decides when a table is relisted: first as a whole, then the partitions that become invalid. It collects invalidations,
 * waits for the kernel and the notifier, and backs off when a relist fails or meets changes.
 */
export class Resyncer<Entry> {
  readonly #rows: TableRows<Entry>
  readonly #notifier: Notifier
  readonly #dependencies: Dependencies
  readonly #signal: AbortSignal
  readonly #events: ResyncEvents
  readonly #whole: readonly Partition<Entry>[]
  readonly #applier: Applier<Entry>
  readonly #relister: Relister<Entry>
  readonly #invalidations = new Invalidations<Entry>()
  readonly #incomplete = new IncompleteParts(() => this.invalidateAll(tooLarge))
  #state: TableState = 'syncing'
  /** The number of attempts to resync, the last attempt whose relist was accepted, and a promise that resolves after each. */
  #attempts = 0
  #accepted = 0
  #attempted = deferred()
  /** Whether messages were lost, and the kernel may still drop some because the queue was not read empty since. */
  #losing = false
  /** How often messages were lost, and how many of these losses a relist of the whole table has made good. */
  #losses = 0
  #madeGood = 0

  /**
   * @param dependencies the tables that triggers depend on; more may come until the first dump
   * @param signal is aborted when the table ends
   */
  constructor(
    rows: TableRows<Entry>,
    applier: Applier<Entry>,
    notifier: Notifier,
    dependencies: readonly Dependency[],
    signal: AbortSignal,
    events: ResyncEvents,
  ) {
    this.#rows = rows
    this.#notifier = notifier
    this.#dependencies = new Dependencies(dependencies)
    this.#signal = signal
    this.#events = events
    this.#whole = rows.definition.partitions
    this.#applier = applier
    this.#relister = new Relister(rows, applier, notifier, signal)
  }

  get state(): TableState {
    return this.#signal.aborted ? 'closed' : this.#state
  }

  /** Whether messages were lost, and no relist of the whole table has made that good yet. */
  get lacksMessages(): boolean {
    return this.#losses > this.#madeGood
  }

  /** How often messages were lost so far. */
  get messageLosses(): number {
    return this.#losses
  }

  /** See `LiveTable.relists`. */
  get relists(): number {
    return this.#relister.relists
  }

  /** See `LiveTable.incomplete`. */
  get incomplete(): readonly IncompletePart[] {
    return this.#incomplete.parts
  }

  /** See `ChangeSource.incompleteText`. */
  get incompleteText(): string | undefined {
    return this.#incomplete.some ? incompleteText(this.#incomplete.parts) : undefined
  }

  /** Dumps the whole table for the first time. Rejects if the kernel refuses. */
  async list(): Promise<void> {
    const options = { cause: 'dump', first: true, incomplete: false } as const
    // The kernel may have announced a change before the table listened, and complete it only now.
    await this.#untilComplete()
    let isReliable = this.#dependencies.watch()
    let result = await this.#relist(this.#whole, { ...options, provisional: false })
    for (let wait = 1; result === 'void'; wait = longer(wait)) {
      await pause(wait, this.#signal)
      await this.#untilComplete()
      isReliable = this.#dependencies.watch()
      result = await this.#relist(this.#whole, { ...options, provisional: true })
    }
    this.#state = 'live'
    // The table opens with an uncertain relist too; otherwise a table that changes all the time would never open.
    if (result === 'uncertain' || !isReliable() || this.#mayLack(this.#whole)) this.invalidateAll('disturbed')
    this.#start()
  }

  /** Makes partitions invalid. They are relisted, after the first dump. */
  invalidate(reason: string, cause: ResyncCause, partitions: readonly Partition<Entry>[]): void {
    if (this.#signal.aborted || partitions.length === 0) return
    this.#invalidations.add({ reason, cause, partitions })
    this.#start()
  }

  /** Makes the whole table invalid. */
  invalidateAll(reason: string): void {
    this.invalidate(reason, 'resync', this.#whole)
  }

  /** Called when messages were lost. */
  lost(reason: string): void {
    this.#losing = true
    this.#losses++
    this.#relister.lost()
    this.invalidateAll(reason)
  }

  /** Called before a notification about the table is applied. */
  notified(cursor: MessageCursor): void {
    this.#relister.notified(cursor)
  }

  /** Called when an entry that is too large for a dump may be gone: the dump may now show the others. */
  largeEntryGone(): void {
    if (this.#incomplete.some) this.invalidateAll(tooLarge)
  }

  /** Makes the whole table invalid, and resolves once a relist was accepted that began after the call. */
  async resync(): Promise<void> {
    const before = this.#attempts
    this.invalidateAll('requested')
    await this.#untilAccepted(before)
  }

  /** Resolves once nothing is invalid, or a relist was accepted that began after the call. */
  untilValid(): Promise<void> {
    return this.#untilAccepted(this.#attempts)
  }

  /** Stops the timer. The signal ends everything else. */
  end(): void {
    this.#incomplete.end()
  }

  async #untilAccepted(attempt: number): Promise<void> {
    while (this.state === 'stale' && this.#accepted <= attempt) await this.#attempted.promise
    this.#signal.throwIfAborted()
  }

  #start(): void {
    if (this.#state !== 'live' || this.#invalidations.empty) return
    this.#state = 'stale'
    void this.#run()
  }

  /** Relists until nothing is invalid. Never rejects. */
  async #run(): Promise<void> {
    try {
      for (let wait = 1, failed = false; !this.#invalidations.empty; ) {
        failed = !(await this.#resyncOnce(failed))
        if (!failed) wait = 1
        else {
          await pause(wait, this.#signal)
          wait = longer(wait)
        }
      }
    } catch (error) {
      this.#events.failed(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#state = 'live'
      this.#resolveAttempt()
    }
  }

  /**
   * @param provisional whether to accept an uncertain relist. After a failed attempt it is `true`, since messages may get
   *   lost, or lists change, during every relist
   * @returns whether the partitions that were invalid at the call are valid now; otherwise they are invalid again
   */
  async #resyncOnce(provisional: boolean): Promise<boolean> {
    const complete = new Invalidations<Entry>()
    for (let barriers = 0; barriers < mostBarriers && !this.#invalidations.empty; barriers++) {
      // An event that arrives later may announce what the kernel has not completed behind this barrier.
      complete.takeFrom(this.#invalidations)
      this.#attempts++
      await this.#untilComplete()
      await this.#dependencies.untilReliable(this.#signal)
    }
    const invalidation = complete.take(this.#whole)
    if (invalidation === undefined) return true
    const attempt = this.#attempts
    const wasIncomplete = this.#incomplete.some
    const losses = this.#losses
    const isReliable = this.#dependencies.watch()
    let result = await this.#relistInvalid(invalidation, {
      cause: invalidation.cause,
      first: false,
      provisional,
      incomplete: wasIncomplete,
    })
    if (result === 'good' && (!isReliable() || this.#mayLack(invalidation.partitions))) result = 'uncertain'
    if (result === 'good' || (result === 'uncertain' && provisional)) {
      this.#accepted = attempt
      this.#resolveAttempt()
    }
    if (result !== 'good') {
      this.#invalidations.add(result === 'partial' ? { ...invalidation, partitions: this.#whole } : invalidation)
      return false
    }
    if (invalidation.partitions === this.#whole) this.#madeGood = losses
    // Streams already delivered that the table is incomplete.
    if (invalidation.reason === tooLarge && wasIncomplete && this.#incomplete.some) return true
    this.#events.resynced(invalidation.cause, invalidation.reason)
    return true
  }

  /** Relists partitions. If the kernel refuses their filter, the result is `partial`. */
  async #relistInvalid({ partitions }: Invalidation<Entry>, options: RelistOptions): Promise<RelistResult> {
    try {
      return await this.#relist(partitions, options)
    } catch (error) {
      // The kernel may refuse the filter of a partition, for instance a device that is gone. Then the whole table is relisted.
      if (error instanceof NetlinkError) return 'partial'
      // A trigger may make a filter from an event whose values do not fit the request.
      const isOfFilter = (error instanceof RangeError || error instanceof TypeError) && !(error instanceof DecodeError)
      if (partitions === this.#whole || !isOfFilter) throw error
      this.#rows.malformed(error)
      return 'partial'
    }
  }

  async #relist(partitions: readonly Partition<Entry>[], options: RelistOptions): Promise<RelistResult> {
    this.#signal.throwIfAborted()
    let result: RelistResult
    try {
      result = await this.#relister.relist(partitions, options)
    } finally {
      this.#applier.forgetDeletions()
    }
    this.#signal.throwIfAborted()
    if (result === 'good' || result === 'uncertain') {
      const changed = this.#incomplete.update(this.#relister.incomplete, partitions === this.#whole)
      if (changed && this.#incomplete.some) this.#events.incomplete()
    }
    return result
  }

  /**
   * Whether a dump of partitions may lack entries or have some twice, since the kernel may have changed others in silence
   * meanwhile: after an event that came behind the last barrier.
   */
  #mayLack(partitions: readonly Partition<Entry>[]): boolean {
    return !this.#invalidations.empty && this.#relister.areRacy(partitions)
  }

  /** Waits until what the kernel has announced is complete, and until the table has applied what it said of that. */
  async #untilComplete(): Promise<void> {
    this.#applier.watchDeletions()
    // A message that is dropped behind the barrier may announce a change that the dump does not have yet.
    if (this.#losing) await this.#untilReadEmpty()
    await barrier(this.#notifier.connection, this.#signal)
    await this.#notifier.fence()
  }

  /** After an overrun the kernel drops messages until its queue was read empty. It reports no other overrun meanwhile. */
  async #untilReadEmpty(): Promise<void> {
    this.#losing = false
    return this.#notifier.fence()
  }

  #resolveAttempt(): void {
    this.#attempted.resolve()
    this.#attempted = deferred()
  }
}

function longer(wait: number): number {
  return Math.min(wait * 2, longestPause)
}
