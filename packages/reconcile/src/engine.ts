import { inTurns } from '@rtnl/netlink-core'
import { type EntryRows, type LiveTable, RowCopies } from '@rtnl/notifier'
import { decide } from './decide.ts'
import type { Desired } from './desired.ts'
import { UnmetError } from './errors.ts'
import { Outcome } from './outcome.ts'
import { RowRemovals } from './row-removals.ts'
import type { Manner, ReconcileRules } from './rules.ts'
import { type PassOptions, type Requests, Sender } from './sender.ts'
import { RemovalRequest, type StepRequest, WriteRequest } from './step-request.ts'
import { Written } from './written.ts'

/** A pass under way. */
interface Pass<Entry> {
  /** What is wanted. */
  readonly rows: EntryRows<Entry>
  readonly outcome: Outcome<Entry>
  readonly sender: Sender<Entry>
  /** Requests that were found and not handed over yet; a step takes two at most. */
  first: StepRequest<Entry> | undefined
  second: StepRequest<Entry> | undefined
  /** Entries of ours that go when everything is written. */
  readonly leftOver: Entry[]
  /** Wanted entries that were written, where it matters whether the kernel shows them. */
  readonly written: Written<Entry> | undefined
}

/** Compares what is wanted with a live table, key by key, and sends the difference. */
export class Engine<Entry, Wanted = Partial<Entry>> {
  readonly #table: LiveTable<Entry>
  readonly #rules: ReconcileRules<Entry, Wanted>
  readonly desired: Desired<Entry, Wanted>
  readonly #removing: RowRemovals<Entry>
  readonly #copies = new RowCopies<Entry>()
  /** Requests that the kernel has answered. */
  requests = 0

  constructor(table: LiveTable<Entry>, rules: ReconcileRules<Entry, Wanted>, desired: Desired<Entry, Wanted>) {
    this.#table = table
    this.#rules = rules
    this.#removing = new RowRemovals(rules)
    this.desired = desired
  }

  /**
   * Writes what is wanted, then removes what is ours and is not: whatever takes the place of something is in before the
   * old is gone.
   * @param samples only the keys of these entries; all unless told
   * @param written is given what is written, where it matters whether the kernel shows it
   * @throws {NetlinkError} no permission: said once
   */
  async pass(
    samples: Iterable<Entry> | undefined,
    options: PassOptions<Entry> = {},
    written?: Written<Entry>,
  ): Promise<Outcome<Entry>> {
    const outcome = new Outcome<Entry>()
    const sender = new Sender(this.#table.notifier.connection, this.#rules, outcome, options)
    const pass: Pass<Entry> = {
      rows: this.desired.rows,
      outcome,
      sender,
      first: undefined,
      second: undefined,
      leftOver: [],
      written,
    }
    const empty = this.#table.size === 0
    try {
      await sender.send(samples === undefined ? this.#allWrites(pass) : this.#writesFor(samples, pass))
      // If the table holds no more than what was found to be right, there is nothing of ours that is not wanted.
      const whole = samples === undefined && !empty && outcome.kept < this.#table.size
      await sender.send(this.#removals(whole, pass))
    } finally {
      this.requests += sender.requests
    }
    return outcome
  }

  /** The same, and a look at whether the kernel shows what it took. After it the table shows what was done. */
  async passChecked(samples: Iterable<Entry> | undefined, options: PassOptions<Entry>): Promise<Outcome<Entry>> {
    const { rows } = this.desired
    const written = new Written(this.#table, rows)
    const outcome = await this.pass(samples, options, written)
    if (outcome.changes === 0 && outcome.failed.length === 0) return outcome
    await this.#table.fresh()
    if (this.desired.rows === rows) await this.#check(written, outcome, options.signal)
    return outcome
  }

  #allWrites(pass: Pass<Entry>): Requests<Entry> {
    const { rows } = pass
    const { rank } = this.#rules
    const ranked = rank === undefined ? undefined : sortedBy([...this.desired.ids()], (id) => rank(rows.entry(id)))
    return this.#writes(pass, ranked?.length ?? rows.store.idLimit, (place) => {
      const id = ranked?.[place] ?? place
      if (rows.store.has(id)) this.#findWrites(id, pass)
    })
  }

  #writesFor(samples: Iterable<Entry>, pass: Pass<Entry>): Requests<Entry> {
    const { desired } = this
    const { rank } = this.#rules
    const all = [...samples]
    const ranked = rank === undefined ? all : sortedBy(all, (entry) => rank(desired.get(entry) ?? entry))
    return this.#writes(pass, ranked.length, (place) => {
      const sample = ranked[place]!
      const id = desired.idOf(sample)
      if (id >= 0) this.#findWrites(id, pass)
      else pass.leftOver.push(...decide(this.#rules, undefined, this.#table.list(sample)).remove)
    })
  }

  /** @param look looks at one of `count` places, and finds requests */
  *#writes(pass: Pass<Entry>, count: number, look: (place: number) => void): Requests<Entry> {
    for (let place = 0; place < count; place++) {
      // Everything else may be wanted by now, and will be looked at.
      if (this.desired.rows !== pass.rows) return
      look(place)
      const { first, second } = pass
      pass.first = undefined
      pass.second = undefined
      yield first
      if (second !== undefined) yield second
    }
  }

  /** Finds what is to be sent for one wanted entry. */
  #findWrites(id: number, pass: Pass<Entry>): void {
    const { rows, outcome } = pass
    const found = this.#table.compare(rows, id)
    if (found === 'same') {
      outcome.kept++
      return
    }
    if (found === 'absent') {
      // By far the most frequent: nothing stands in the way, and the entry need not be decoded.
      this.#write(id, 'add', undefined, pass)
      return
    }
    const desired = rows.entry(id)
    const { keep, conflict, remove, write } = decide(this.#rules, desired, this.#table.list(desired))
    if (keep !== undefined) outcome.kept++
    if (conflict !== undefined) outcome.conflicts.push({ entry: desired, actual: conflict })
    pass.leftOver.push(...remove)
    if (write !== undefined) this.#write(id, write.manner, write.old, pass)
  }

  #write(id: number, manner: Manner, old: Entry | undefined, pass: Pass<Entry>): void {
    const rules = this.#rules
    const desired = this.#copies.take(pass.rows, id)
    if (manner === 'recreate' && old !== undefined) {
      const whole = { action: 'replace', entry: desired.entry, old } as const
      this.#found(new RemovalRequest(rules, { entry: old }, whole), pass)
    }
    this.#found(new WriteRequest(rules, manner, desired, old), pass)
    pass.written?.add(id)
    if (manner === 'beside' && old !== undefined) pass.leftOver.push(old)
  }

  #found(request: StepRequest<Entry>, pass: Pass<Entry>): void {
    pass.sender.begin(request)
    if (pass.first === undefined) pass.first = request
    else pass.second = request
  }

  *#removals(whole: boolean, { outcome, leftOver, sender }: Pass<Entry>): Requests<Entry> {
    const rules = this.#rules
    const ranks = rules.ranks ?? 1
    // An entry stays where its successor was refused.
    const refused = new Set(outcome.failed.map(({ old }) => old))
    for (let rank = ranks - 1; rank >= 0; rank--) {
      for (const entry of leftOver) {
        if ((rules.rank?.(entry) ?? 0) !== rank || refused.has(entry)) continue
        const request = new RemovalRequest(rules, { entry })
        sender.begin(request)
        yield request
      }
      if (!whole) continue
      yield* this.#table.scattered((rows, id) => {
        if (this.desired.rows.hasKeyOf(rows, id)) return undefined
        const request = this.#removing.requestFor(rows, id, rank)
        if (request !== undefined) sender.begin(request)
        return request
      })
    }
  }

  /** Notes as failed what the kernel took and does not show as wanted. */
  async #check(written: Written<Entry>, outcome: Outcome<Entry>, signal: AbortSignal | undefined): Promise<void> {
    const { rows } = this.desired
    const failed = new Set<number>()
    await inTurns(outcome.failed, ({ entry }) => failed.add(rows.idOf(entry)))
    // What is added leaves everything else as it was; what goes or is replaced may take something with it.
    const onlyAdded =
      outcome.replaced === 0 && outcome.removed === 0 && outcome.failed.every(({ action }) => action === 'add')
    await inTurns(onlyAdded ? written.unseen() : written.all(), (id) => {
      signal?.throwIfAborted()
      if (failed.has(id) || written.shows(id)) return
      const entry = rows.entry(id)
      const { write, remove } = decide(this.#rules, entry, this.#table.list(entry))
      const error = new UnmetError(this.#rules.key(entry))
      if (write?.old !== undefined) outcome.failed.push({ action: 'replace', entry, old: write.old, error })
      else if (write !== undefined) outcome.failed.push({ action: 'add', entry, error })
      for (const surplus of remove) outcome.failed.push({ action: 'remove', entry: surplus, error })
    })
  }
}

/** In the order of ranks, and otherwise as they were. */
function sortedBy<T>(items: T[], rank: (item: T) => number): T[] {
  const ranked = items.map((item) => ({ item, rank: rank(item) }))
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item)
}
