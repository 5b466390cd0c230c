import { type Operation, Outcome, type Reconciliation } from '@rtnl/reconcile'
import { type InterfaceNames, lineText, type WritableTable } from '@rtnl/tables'
import { countOf } from '../output/count.ts'
import { errorLine } from '../output/error-line.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { type Failures, failureLines } from './failure-lines.ts'
import { addTo } from './outcome-sum.ts'
import { doneJson, errorJson, failedJson, healedJson, operationLine, PlanText, summary } from './outcome-text.ts'
import { Progress } from './progress.ts'
import { type WaitingCause, WaitingReport, waitingJson } from './waiting-report.ts'

interface SyncReportOptions {
  readonly names: InterfaceNames
  readonly json: boolean
  /** The command goes on until it is interrupted. If nobody reads its output any more, the failed writes are ignored here. */
  readonly keep: boolean
}

/** Prints what `sync` does: for people, or as JSON. */
export class SyncReport {
  readonly #options: SyncReportOptions
  readonly #output: StandardOutput
  readonly #waiting: WaitingReport
  readonly #table: WritableTable
  readonly #text: (entry: unknown) => string

  /** @param table the table that is written */
  constructor(table: WritableTable, options: SyncReportOptions, output: StandardOutput) {
    this.#options = options
    this.#output = output
    this.#table = table
    this.#waiting = new WaitingReport(table.nouns)
    this.#text = (entry) => lineText(table, entry, options.names)
  }

  /**
   * Makes the plan and prints it.
   * @param each whether text has a line for each entry
   */
  async plan(reconciliations: readonly Reconciliation<unknown>[], each: boolean): Promise<Outcome<unknown>> {
    const { json } = this.#options
    const text = new PlanText()
    const lines: string[] = []
    const noted = (operation: Operation<unknown>): void => {
      if (json) text.note(operation)
      else lines.push(operationLine(operation, this.#text))
    }
    const plan = new Outcome<unknown>()
    for (const reconciliation of reconciliations) {
      addTo(plan, await reconciliation.plan(json || each ? { onOperation: noted } : {}))
    }
    if (json) {
      await this.#write('{"plan":')
      for (const piece of text.json(plan)) await this.#write(piece)
    } else {
      for (let at = 0; at < lines.length; at += 1024) await this.#write(lines.slice(at, at + 1024).join(''))
      const { added, replaced, removed, unchanged } = plan
      await this.#write(
        `plan: ${added} to add, ${replaced} to replace, ${removed} to remove, ${unchanged} as they should be\n`,
      )
    }
    return plan
  }

  /** Prints the end of a dry run, after its plan. */
  async planned(plan: Outcome<unknown>): Promise<void> {
    if (this.#options.json) await this.#write(`,"done":null,"failed":${failedJson(plan)}}\n`)
    this.#complain(plan)
  }

  async done(done: Outcome<unknown>): Promise<void> {
    await this.#tellDone(done, '')
    this.#complain(done)
  }

  /** Like `done`, for a command that goes on. What entries wait for is printed each time it changes, not here. */
  async kept(done: Outcome<unknown>): Promise<void> {
    await this.#tellDone(done, '; keeping them')
    this.#complain(lasting(done))
  }

  /** What was planned is not done to its end. */
  async interrupted(): Promise<void> {
    await this.#write(this.#options.json ? ',"done":null,"failed":[]}\n' : 'stopped before all was done\n')
  }

  async healed(outcome: Outcome<unknown>): Promise<void> {
    const { json } = this.#options
    if (json) await this.#write(healedJson(outcome))
    else if (outcome.changes > 0) await this.#write(`healed: ${summary(outcome)}\n`)
    this.#complain(lasting(outcome))
  }

  /** @param outcome of the removal; `undefined` where there was nothing to remove */
  async removed(outcome: Outcome<unknown> | undefined): Promise<void> {
    const removed = outcome?.removed ?? 0
    await this.#write(this.#options.json ? `{"removed":${removed}}\n` : `removed ${removed}\n`)
    if (outcome !== undefined) this.#complain(outcome)
  }

  /** Entries of the file that are not written. */
  leftOut(entries: readonly object[]): void {
    if (entries.length === 0) return
    const { nouns, sync } = this.#table
    this.#output.complain(
      `rtnl: ${countOf(entries.length, nouns)} left out, which only the kernel makes: from ${sync.kernelMade?.from}`,
    )
  }

  /** What entries wait for now: all causes. */
  async waiting(causes: readonly WaitingCause[]): Promise<void> {
    const lines = this.#waiting.lines(causes)
    if (lines.length === 0) return
    if (this.#options.json) await this.#write(waitingJson(causes))
    else for (const line of lines) this.#output.complain(line)
  }

  /** Reports an error that ends nothing. */
  failing(error: Error): void {
    this.#output.complain(errorLine(error))
  }

  /** Shows the progress of long work. */
  async long<T>(total: number, work: (progress: (done: number) => void) => Promise<T>): Promise<T> {
    const bar = new Progress(total, this.#output)
    try {
      return await work(bar.note)
    } finally {
      bar.clear()
    }
  }

  /** Called after the plan was printed. It completes the JSON object also if `act` throws. */
  async closing<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (this.#options.json) await this.#write(`,"done":null,"failed":[${errorJson(error)}]}\n`)
      throw error
    }
  }

  async #tellDone(done: Outcome<unknown>, more: string): Promise<void> {
    if (this.#options.json) await this.#write(`,"done":${doneJson(done)},"failed":${failedJson(done)}}\n`)
    else await this.#write(`done: ${summary(done)}${more}\n`)
  }

  #complain(outcome: Failures): void {
    for (const line of failureLines(outcome, this.#table.nouns, this.#text)) this.#output.complain(line)
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#output.write(text)
    } catch (error) {
      if (!this.#options.keep) throw error
    }
  }
}

/** The failures that are not reported as causes for which entries wait. */
function lasting({ failed, conflicts }: Outcome<unknown>): Failures {
  return { failed: failed.filter(({ action }) => action === 'remove'), conflicts }
}
