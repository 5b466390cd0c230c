import { Notifier } from '@rtnl/notifier'
import {
  type Keeping,
  type Outcome,
  openReconciliation,
  type ReconcileRules,
  type Reconciliation,
  reconcile,
  type Step,
} from '@rtnl/reconcile'
import type { StandardOutput } from '../output/standard-output.ts'
import { stopSignal } from '../stop-signal.ts'
import { nameOf, readDesired } from '../sync/desired-file.ts'
import { Progress } from '../sync/progress.ts'
import {
  conflictLine,
  doneJson,
  errorJson,
  failedJson,
  failureLine,
  PlanText,
  stepLine,
  summary,
} from '../sync/sync-report.ts'
import { checkOwnerOptions, type OwnerOptions, type SyncTable } from '../sync/sync-tables.ts'
import { InterfaceNames } from '../tables/interface-names.ts'
import { findTable } from '../tables/registry.ts'
import { UsageError } from '../usage-error.ts'

export interface SyncOptions {
  readonly file: string
  readonly owner: OwnerOptions
  readonly netns: string | undefined
  readonly json: boolean
  readonly dryRun: boolean
  /** Stays, and heals what others change, until a signal. */
  readonly keep: boolean
  /** What to do with entries of ours at the end of `keep`. */
  readonly onExit: 'keep' | 'remove'
}

/**
 * Makes the kernel hold exactly the entries of a file.
 * @returns whether everything could be done
 */
export async function sync(table: SyncTable, options: SyncOptions, output: StandardOutput): Promise<boolean> {
  checkOwnerOptions(table, options.owner)
  const entries = await readDesired(options.file)
  await using notifier = await Notifier.open({ netns: options.netns })
  const rules = await table.rules(options.owner, entries, notifier)
  const module = findTable(rules.definition.name)
  const names = await InterfaceNames.follow(notifier)
  const session = new Session(rules, options, output, (entry) => module.text(entry, names))
  return await (options.keep ? session.keep(entries, notifier) : session.once(entries, notifier))
}

/** One run of the command. */
class Session {
  readonly #rules: ReconcileRules<unknown>
  readonly #options: SyncOptions
  readonly #output: StandardOutput
  readonly #text: (entry: unknown) => string
  /** Tells how far long work is, while there is some. */
  #bar: Progress | undefined
  readonly #progress = (done: number): void => this.#bar?.note(done)

  constructor(
    rules: ReconcileRules<unknown>,
    options: SyncOptions,
    output: StandardOutput,
    text: (entry: unknown) => string,
  ) {
    this.#rules = rules
    this.#options = options
    this.#output = output
    this.#text = text
  }

  async once(entries: readonly object[], notifier: Notifier): Promise<boolean> {
    const { json, dryRun } = this.#options
    await using reconciliation = await this.#open(entries, notifier)
    const plan = await this.#plan(reconciliation)
    if (dryRun) {
      if (json) await this.#output.write(`,"done":null,"failed":${failedJson(plan)}}\n`)
      this.#complain(plan)
      return plan.complete
    }
    const apply = (): Promise<Outcome<unknown>> => reconciliation.apply({ progress: this.#progress })
    const done = await this.#closing(() => this.#long(plan.changes, apply))
    await this.#tellDone(done, '')
    return done.complete
  }

  async keep(entries: readonly object[], notifier: Notifier): Promise<boolean> {
    const stop = stopSignal(this.#output.broken, true)
    await using reconciliation = await this.#open(entries, notifier)
    const plan = await this.#plan(reconciliation)
    const keeping = await this.#start(reconciliation, plan, stop)
    if (keeping !== undefined) await stopped(keeping, stop)
    if (this.#options.onExit === 'keep') {
      await keeping?.[Symbol.asyncDispose]()
      return true
    }
    const progress = this.#progress
    const remove = (): Promise<Outcome<unknown>> =>
      keeping === undefined ? reconcile(this.#rules, [], { notifier, progress }) : keeping.remove()
    const outcome = await this.#long(plan.added + plan.replaced + plan.kept, remove)
    await this.#output.write(this.#options.json ? `{"removed":${outcome.removed}}\n` : `removed ${outcome.removed}\n`)
    this.#complain(outcome)
    return outcome.failed.length === 0
  }

  /** @returns `undefined` if the signal came before everything was tried once */
  async #start(
    reconciliation: Reconciliation<unknown>,
    plan: Outcome<unknown>,
    stop: AbortSignal,
  ): Promise<Keeping<unknown> | undefined> {
    let first: Outcome<unknown> | undefined
    let started = false
    const onRound = (outcome: Outcome<unknown>): void => {
      if (started) void this.#healed(outcome)
      else first = outcome
    }
    const keep = async (): Promise<Keeping<unknown> | undefined> => {
      try {
        return await reconciliation.keep({ signal: stop, onRound, progress: this.#progress })
      } catch (error) {
        if (stop.aborted) return undefined
        throw error
      }
    }
    const keeping = await this.#closing(() => this.#long(plan.changes, keep))
    started = true
    if (keeping !== undefined) await this.#tellDone(first ?? plan, '; keeping them')
    else {
      await this.#output.write(this.#options.json ? ',"done":null,"failed":[]}\n' : 'stopped before all was done\n')
    }
    return keeping
  }

  async #tellDone(done: Outcome<unknown>, more: string): Promise<void> {
    if (this.#options.json) await this.#output.write(`,"done":${doneJson(done)},"failed":${failedJson(done)}}\n`)
    else await this.#output.write(`done: ${summary(done)}${more}\n`)
    this.#complain(done)
  }

  /** Bad entries are bad usage: nothing was sent. */
  async #open(entries: readonly object[], notifier: Notifier): Promise<Reconciliation<unknown>> {
    try {
      return await openReconciliation(this.#rules, entries, { notifier })
    } catch (error) {
      const bad = error instanceof TypeError || error instanceof RangeError
      throw bad && error.message.startsWith('[')
        ? new UsageError(`${nameOf(this.#options.file)}: ${error.message}`)
        : error
    }
  }

  /** Works out what is to be done, and prints it. */
  async #plan(reconciliation: Reconciliation<unknown>): Promise<Outcome<unknown>> {
    const { json, dryRun } = this.#options
    const text = new PlanText()
    const lines: string[] = []
    const noted = (step: Step<unknown>): void => {
      if (json) text.note(step)
      else lines.push(stepLine(step, this.#text))
    }
    const plan = await reconciliation.plan(json || dryRun ? { onStep: noted } : {})
    if (json) {
      await this.#output.write('{"plan":')
      for (const piece of text.json(plan)) await this.#output.write(piece)
    } else {
      for (let at = 0; at < lines.length; at += 1024) await this.#output.write(lines.slice(at, at + 1024).join(''))
      const { added, replaced, removed, kept } = plan
      await this.#output.write(
        `plan: ${added} to add, ${replaced} to replace, ${removed} to remove, ${kept} as they should be\n`,
      )
    }
    return plan
  }

  async #healed(outcome: Outcome<unknown>): Promise<void> {
    const { json } = this.#options
    try {
      if (json) await this.#output.write(`{"healed":${doneJson(outcome)},"failed":${failedJson(outcome)}}\n`)
      else if (outcome.changes > 0) await this.#output.write(`healed: ${summary(outcome)}\n`)
      this.#complain(outcome)
    } catch {
      // The output is broken, which ends the command by the stop signal.
    }
  }

  #complain({ failed, conflicts }: Outcome<unknown>): void {
    for (const failure of failed) console.error(failureLine(failure))
    for (const conflict of conflicts) console.error(conflictLine(conflict, this.#text))
  }

  async #long<T>(total: number, work: () => Promise<T>): Promise<T> {
    const bar = new Progress(total)
    this.#bar = bar
    try {
      return await work()
    } finally {
      this.#bar = undefined
      bar.clear()
    }
  }

  /** After the plan was printed: what was begun as JSON is ended as such, whatever happens. */
  async #closing<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (this.#options.json) await this.#output.write(`,"done":null,"failed":[${errorJson(error)}]}\n`)
      throw error
    }
  }
}

async function stopped(keeping: Keeping<unknown>, stop: AbortSignal): Promise<void> {
  const signal = new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
  const error = await Promise.race([signal, keeping.closed])
  if (error instanceof Error) throw error
}
