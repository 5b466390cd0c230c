import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '@rtnl/reconcile'
import { problemsAtTheEnd, problemsOfOthers, problemsOnTheWay } from './check.ts'
import { Choice } from './choice.ts'
import { countRequests, type Death } from './dying.ts'
import { type Item, type Subject, twoSets } from './subject.ts'
import { run } from './tools.ts'

export interface TableReport {
  /** Why the table was not tried. */
  readonly lacking?: string
  readonly died: number
  /** Different requests at which a process died. */
  readonly points: number
  /** Of one way forth and back. */
  readonly requests: number
  /** What the runs after the crashes wrote. */
  readonly restarts: { readonly added: number; readonly replaced: number; readonly removed: number }
  readonly problems: readonly string[]
}

/** One of so many crashes does not wait until the kernel has carried out the request. */
const suddenEach = 8

/** So many problems of one table are enough. */
const mostProblems = 20

const requestsSent = await countRequests()

/** Milliseconds between two lines about how far a table is. */
const tellEach = 10_000

/** Kills the reconciliation of a table again and again, on the way from one set of entries to another and back. */
export async function crashTable(
  subject: Subject,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<TableReport> {
  const netns = `crash-${subject.name}`
  execFileSync('ip', ['netns', 'add', netns])
  try {
    const lacking = subject.lacking?.(netns)
    if (lacking === undefined) return await new TableCrashes(subject, netns, seed).run(count)
    return { lacking, died: 0, points: 0, requests: 0, restarts: { added: 0, replaced: 0, removed: 0 }, problems: [] }
  } finally {
    execFileSync('ip', ['netns', 'del', netns])
  }
}

/** What is desired before a crash and after it, and the requests that lead from the one to the other. */
interface Way {
  readonly old: readonly Item[]
  readonly next: readonly Item[]
  readonly requests: number
}

class TableCrashes {
  readonly #subject: Subject
  readonly #netns: string
  readonly #seed: number
  readonly #problems: string[] = []
  readonly #restarts = { added: 0, replaced: 0, removed: 0 }
  #others: readonly string[] = []
  #died = 0

  constructor(subject: Subject, netns: string, seed: number) {
    this.#subject = subject
    this.#netns = netns
    this.#seed = seed
  }

  async run(count: number): Promise<TableReport> {
    const subject = this.#subject
    run(this.#netns, [...subject.setup, ...subject.others])
    const [one, other] = twoSets(subject.items(this.#netns), new Choice(this.#seed))
    this.#others = subject.content(this.#netns).others
    await this.#converge('the first set', one)
    const forth: Way = { old: one, next: other, requests: await this.#requests(other) }
    const back: Way = { old: other, next: one, requests: await this.#requests(one) }
    const points = new Set<string>()
    let told = performance.now()
    for (const { way, request, death } of crashesOf([forth, back], count)) {
      if (this.#problems.length >= mostProblems) break
      points.add(`${way === forth} ${request}`)
      await this.#crash(way, request, death)
      if (performance.now() - told < tellEach) continue
      told = performance.now()
      console.error(`${subject.name}: ${this.#died} of ${count} crashes`)
    }
    return {
      died: this.#died,
      points: points.size,
      requests: forth.requests + back.requests,
      restarts: this.#restarts,
      problems: this.#problems,
    }
  }

  /** Brings the table to a set. @returns the requests that it took */
  async #requests(next: readonly Item[]): Promise<number> {
    const before = requestsSent()
    await this.#converge('without a crash', next)
    return requestsSent() - before
  }

  async #crash({ old, next }: Way, request: number, death: Death): Promise<void> {
    const what = `seed ${this.#seed}, ${death} at request ${request}`
    const { end, errors } = await this.#child(next, request, death)
    if (end !== 'SIGKILL') this.#note(what, [`ended with ${end}: ${errors}`])
    this.#died++
    const content = this.#subject.content(this.#netns)
    this.#note(what, [...problemsOnTheWay(old, next, content), ...problemsOfOthers(this.#others, content)])
    const { added, replaced, removed } = await this.#converge(what, next)
    this.#restarts.added += added
    this.#restarts.replaced += replaced
    this.#restarts.removed += removed
  }

  /** A run that does all that is left, and one that finds nothing. */
  async #converge(what: string, next: readonly Item[]): Promise<Outcome<unknown>> {
    const wanted = next.map((item) => item.wanted)
    const blocked = next.filter((item) => item.blocked === true).length
    const second = await this.#subject.reconcile(this.#netns, wanted)
    this.#note(`${what}, the second run`, failures(second, blocked))
    const content = this.#subject.content(this.#netns)
    const problems = [...problemsAtTheEnd(next, content), ...problemsOfOthers(this.#others, content)]
    this.#note(`${what}, after the second run`, problems)
    const third = await this.#subject.reconcile(this.#netns, wanted)
    this.#note(`${what}, the third run`, failures(third, blocked))
    if (third.changes > 0) this.#note(`${what}, the third run`, [`made ${third.changes} changes`])
    return second
  }

  #note(what: string, problems: readonly string[]): void {
    for (const problem of problems) this.#problems.push(`${what}: ${problem}`)
  }

  async #child(
    next: readonly Item[],
    request: number,
    death: Death,
  ): Promise<{ readonly end: NodeJS.Signals | number; readonly errors: string }> {
    const program = fileURLToPath(import.meta.resolve('#entry/dying-child'))
    const words = [program, this.#subject.name, this.#netns, String(request), death]
    const child = spawn(process.execPath, [...process.execArgv, ...words], { stdio: ['pipe', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.on('data', (data) => {
      errors += String(data)
    })
    child.stdin.end(JSON.stringify(next.map(({ wanted }) => wanted)))
    const [code, signal] = await once(child, 'close')
    return { end: signal ?? code, errors }
  }
}

/** The crashes to be made: forth and back in turn, at requests that are spread over all of a way. */
function* crashesOf(
  ways: readonly [Way, Way],
  count: number,
): Generator<{ readonly way: Way; readonly request: number; readonly death: Death }, void, undefined> {
  const each = Math.ceil(count / 2)
  for (let index = 0; index < count; index++) {
    const way = ways[index % 2]!
    const turn = index >> 1
    // With fewer requests than crashes each has one, and the rest comes without warning.
    const exact = Math.min(each - Math.floor(each / suddenEach), way.requests)
    if (turn < exact) yield { way, request: 1 + Math.floor((turn * way.requests) / exact), death: 'exact' }
    else {
      const sudden = each - exact
      yield { way, request: 1 + (Math.floor(((turn - exact) * way.requests) / sudden) % way.requests), death: 'sudden' }
    }
  }
}

function failures({ failed, conflicts }: Outcome<unknown>, blocked: number): string[] {
  const problems = failed.map(({ error }) => `failed: ${error.message}`)
  if (conflicts.length !== blocked)
    problems.push(`${conflicts.length} entries of others are in the way, not ${blocked}`)
  return problems
}
