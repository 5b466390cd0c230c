import { aborted } from '@rtnl/netlink-core/internal'
import { type Cause, type Controller, Outcome, reconcile } from '@rtnl/reconcile'
import { BadEntryError, type Place } from '@rtnl/tables'
import { type OpenCheckedOptions, openChecked } from './open-checked.ts'
import { addTo } from './outcome-sum.ts'
import { apply } from './sync-once.ts'
import type { SyncReport } from './sync-report.ts'

interface KeepSessionOptions extends OpenCheckedOptions {
  /** What to do with the owned entries at the end. */
  readonly onExit: 'keep' | 'remove'
  /** Ends it. */
  readonly stop: AbortSignal
}

/** Keeps entries until a signal: on one interface after the other, where the name of one is given. */
export class KeepSession {
  readonly #entries: readonly object[]
  readonly #options: KeepSessionOptions
  readonly #report: SyncReport
  /** The entries were put in once. */
  #began = false
  /** What was done at the end. */
  #removal: Outcome<unknown> | undefined

  constructor(entries: readonly object[], options: KeepSessionOptions, report: SyncReport) {
    this.#entries = entries
    this.#options = options
    this.#report = report
  }

  /** Reports why no entry can be in the kernel for now. */
  async wait(cause: string): Promise<void> {
    const [example] = this.#entries
    if (example !== undefined) await this.#report.waiting([{ cause, count: this.#entries.length, example }])
  }

  /**
   * Maintains the entries until a signal. Before that it removes the owned entries of the second place, once.
   * @param places where the entries are maintained, then a place whose owned entries are removed, if any
   * @param over aborts at the end of the session, or before
   * @param isLeft called if `over` aborts before the end: whether the entries are removed then, since they are on an interface
   *   that has lost the name
   */
  async run(places: readonly [Place, Place?], over: AbortSignal, isLeft: () => boolean = () => false): Promise<void> {
    const [{ rules }] = places
    const { notifier, additive, onExit, stop } = this.#options
    let controller: Controller<unknown> | undefined
    try {
      controller = await this.#begin(places, over)
    } catch (error) {
      if (!(error instanceof BadEntryError && this.#began)) throw error
      // It is another kind of interface than the one before.
      await this.wait(`an interface that can have these entries; this one cannot: ${error.message}`)
      return
    }
    if (controller !== undefined) await untilEnded(controller, over)
    if (stop.aborted ? onExit === 'keep' : !isLeft()) {
      await controller?.[Symbol.asyncDispose]()
      return
    }
    const outcome = await this.#report.long(this.#entries.length, (progress) =>
      controller === undefined ? reconcile(rules, [], { notifier, additive, progress }) : controller.remove(),
    )
    if (stop.aborted) this.#removal = outcome
    else await this.#report.healed(outcome)
  }

  /**
   * Reports what was removed.
   * @returns whether that could be done
   */
  async end(): Promise<boolean> {
    if (this.#options.onExit === 'keep') return true
    await this.#report.removed(this.#removal)
    return (this.#removal?.failed.length ?? 0) === 0
  }

  /** @returns `undefined` if `over` came before anything was tried; it may come before everything was */
  async #begin(places: readonly [Place, Place?], over: AbortSignal): Promise<Controller<unknown> | undefined> {
    const report = this.#report
    const [kept, emptied] = places
    await using reconciliation = await openChecked(kept, { ...this.#options, waits: this.#began })
    await using removal = emptied === undefined ? undefined : await openChecked(emptied, this.#options)
    const removals = removal === undefined ? [] : [removal]
    await report.waiting([])
    let first: Outcome<unknown> | undefined
    /** The outcomes of later cycles that ended before every entry had been tried. */
    const healed: Outcome<unknown>[] = []
    let begun = this.#began
    const onCycle = (outcome: Outcome<unknown>): void => {
      if (begun) void report.healed(outcome)
      else if (first === undefined) first = outcome
      else healed.push(outcome)
    }
    // Causes that arrive before every entry has been tried are reported afterwards.
    let causes: readonly Cause<unknown>[] = []
    const onWaiting = (now: readonly Cause<unknown>[]): void => {
      causes = now
      if (begun) void report.waiting(now)
    }
    const onError = (error: Error): void => report.failing(error)
    let wasTried = false
    const keep = async (progress?: (done: number) => void): Promise<Controller<unknown> | undefined> => {
      try {
        const controller = await reconciliation.start({ signal: over, onCycle, onWaiting, onError, progress })
        wasTried = await untilTried(controller, over)
        return controller
      } catch (error) {
        if (over.aborted) return undefined
        throw error
      }
    }
    if (this.#began) {
      const removed = await apply(removals)
      if (removed.changes > 0) await report.healed(removed)
      return await keep()
    }
    const plan = await report.plan([reconciliation, ...removals], false)
    const done = new Outcome<unknown>()
    const controller = await report.closing(async () => {
      addTo(done, await apply(removals))
      return await report.long(plan.changes, keep)
    })
    this.#began = true
    if (!wasTried) await report.interrupted()
    else {
      begun = true
      if (first === undefined) {
        // The plan had only removals in the second place, which `done` has already.
        plan.removed = 0
        addTo(done, plan)
      } else addTo(done, first)
      await report.kept(done)
      for (const outcome of healed) await report.healed(outcome)
      await report.waiting(causes)
    }
    return controller
  }
}

/**
 * Resolves once everything was tried once, or with `over`.
 * @returns whether everything was tried
 */
async function untilTried(controller: Controller<unknown>, over: AbortSignal): Promise<boolean> {
  const settled = controller.idle().then(() => true)
  // Nobody waits for it any more where `over` comes first.
  settled.catch(() => {})
  return await Promise.race([settled, aborted(over).then(() => false)])
}

async function untilEnded(controller: Controller<unknown>, over: AbortSignal): Promise<void> {
  const error = await Promise.race([aborted(over), controller.closed])
  if (error instanceof Error) throw error
}
