import type { LiveTable } from '@rtnl/live-table'
import { type RowAccess, RowCopies, RowSelection } from '@rtnl/live-table/internal'
import type { Writer } from '@rtnl/netlink-core'
import { conflictOf } from './conflict.ts'
import type { Cycle } from './cycle.ts'
import { type Decision, decide } from './decide.ts'
import type { Desired } from './desired.ts'
import type { EntryNeeds } from './entry-needs.ts'
import { WaitingError } from './errors.ts'
import { type OperationRequest, RemovalRequest, type WritableEntry, WriteRequest } from './operation-request.ts'
import type { Outcome } from './outcome.ts'
import type { Owner } from './owner.ts'
import { hasField } from './row-fields.ts'
import { RowAddition } from './row-requests.ts'
import type { EntryRules, Strategy } from './rules.ts'
import type { Requests } from './sender.ts'
import type { Need } from './waiting/dependency.ts'

/** Entries as desired between two looks at the clock. */
const unchangedTogether = 32

/** Entries that refer to others, and are written after them. */
export interface Later {
  readonly ids: number[]
  /** The number of those that are as desired and not among `ids`; `undefined` where not all entries are looked at. */
  unchanged: number | undefined
}

/** What writes go by. */
interface WritesParts<Entry, Wanted> {
  readonly table: LiveTable<Entry>
  /** The rows of the table. */
  readonly held: RowAccess<Entry>
  readonly rules: EntryRules<Entry>
  readonly desired: Desired<Entry, Wanted>
  readonly owner: Owner<Entry>
  readonly needs: EntryNeeds<Entry, Wanted>
}

/** Compares desired entries with the table, and makes the requests that write those that differ. */
export class Writes<Entry, Wanted> {
  /** The fields by which entries refer to others. */
  readonly refers: RowSelection<Entry> | undefined
  readonly #parts: WritesParts<Entry, Wanted>
  readonly #divisible: RowSelection<Entry> | undefined
  readonly #needsFirst: RowSelection<Entry> | undefined
  readonly #copies = new RowCopies<Entry>()
  /** For entries that are absent; `undefined` where rules or owner look at each entry that is sent. */
  readonly #addition: RowAddition<Entry> | undefined
  /** See `Engine.expectsRefusals`. */
  expectsRefusals = false

  constructor(parts: WritesParts<Entry, Wanted>) {
    const { rules, owner } = parts
    const { definition, refersBy, divisible, needsFirst } = rules
    this.#parts = parts
    this.refers = refersBy && new RowSelection(definition.message, refersBy)
    this.#divisible = divisible && new RowSelection(definition.message, divisible.fields)
    this.#needsFirst = needsFirst && new RowSelection(definition.message, needsFirst)
    const isAsDesired = rules.written === undefined && rules.carried === undefined && owner.written === undefined
    if (isAsDesired) this.#addition = new RowAddition(rules)
  }

  /** @param later takes the entries that refer to others, which are not written now; without it all are */
  *requests(ids: Iterable<number>, cycle: Cycle<Entry>, later?: Later): Requests<Entry> {
    const { rows, found } = cycle
    const { desired } = this.#parts
    let unchanged = 0
    for (const id of ids) {
      // `assign` has replaced all desired entries. The next cycle compares them.
      if (desired.rows !== rows) return
      if (!rows.store.has(id)) continue
      const isUnchanged =
        later !== undefined && hasField(this.refers, rows, id)
          ? this.#putOff(id, cycle, later)
          : this.#findWrites(id, cycle)
      // Most entries are as desired. A look at the clock takes longer than to compare one.
      if (found.length === 0) {
        if (!isUnchanged || ++unchanged % unchangedTogether === 0) yield undefined
        continue
      }
      for (const request of found) yield request
      found.length = 0
    }
  }

  /** What is to be done about the entries with the key of a desired one. */
  decide(id: number, entry: Entry): Decision<Entry> {
    const { table, rules, desired, owner, needs } = this.#parts
    const list = table.list(entry)
    if (desired.sharesKey(id)) return decide(rules, owner, desired.list(entry), list)
    const feasible = hasField(this.#divisible, desired.rows, id) ? (needs.feasible(entry) ?? entry) : entry
    // The kernel may still hold the complete entry, with parts that it does not use.
    const accepted = feasible === entry ? undefined : (actual: Entry): boolean => rules.same(entry, actual)
    return decide(rules, owner, [feasible], list, accepted)
  }

  /** As long as nothing is written, an entry that is as desired stays so. @returns whether it is */
  #putOff(id: number, cycle: Cycle<Entry>, later: Later): boolean {
    const { table, held, desired } = this.#parts
    const isPlain = later.unchanged !== undefined && cycle.outcome.changes === 0 && cycle.waiting.size === 0
    if (isPlain && table.size > 0 && !desired.sharesKey(id) && held.compare(cycle.rows, id) === 'same')
      later.unchanged!++
    else later.ids.push(id)
    return true
  }

  /**
   * Finds what is to be sent for one desired entry, or for all with its key.
   * @returns whether its row is that of the table, so that nothing is
   */
  #findWrites(id: number, cycle: Cycle<Entry>): boolean {
    const { held, desired, needs } = this.#parts
    const { rows, outcome } = cycle
    if (cycle.waiting.has(id)) {
      // Ids go from one entry to another while a cycle is running.
      const entry = rows.entry(id)
      const unmet = desired.unmetCondition(entry)
      if (unmet !== undefined) {
        this.#waits(entry, unmet, outcome)
        return false
      }
    }
    const shared = desired.sharesKey(id)
    if (shared) {
      const [first] = desired.idsOf(rows.entry(id))
      if (first === undefined || cycle.shared.has(first)) return false
      cycle.shared.add(first)
    }
    const found = shared ? 'different' : held.compare(rows, id)
    if (found === 'same') {
      outcome.unchanged++
      return true
    }
    // The engine decodes an entry only if something that it needs may be missing. Most entries are not decoded.
    const divisible = hasField(this.#divisible, rows, id)
    const isDoubtful = divisible || outcome.refused || this.expectsRefusals || hasField(this.#needsFirst, rows, id)
    if (found === 'absent' && !isDoubtful && desired.missingName(id) === undefined) {
      this.#add(id, cycle)
      return false
    }
    const entry = rows.entry(id)
    const need = isDoubtful ? needs.ofId(id, entry, divisible) : needs.ofName(id)
    if (need === undefined) this.#carryOut(id, entry, cycle)
    else this.#waits(entry, need, outcome)
    return false
  }

  #waits(desired: Entry, need: Need, { failed }: Outcome<Entry>): void {
    const { rules, needs } = this.#parts
    const error = new WaitingError(rules.describe(desired), need, needs.knowledge.describe(need))
    failed.push({ action: 'add', entry: desired, error })
  }

  #carryOut(id: number, entry: Entry, cycle: Cycle<Entry>): void {
    const { rules, desired, needs } = this.#parts
    const { outcome } = cycle
    const { unchanged: keep, conflict, blocked, remove, write } = this.decide(id, entry)
    outcome.unchanged += keep.length
    if (conflict !== undefined) {
      // Of one that stands alone only a part may have been tried.
      for (const each of desired.sharesKey(id) ? blocked : [entry])
        outcome.conflicts.push(conflictOf(rules, each, conflict))
    }
    cycle.leftOver.push(...remove)
    const isPart = hasField(this.#divisible, cycle.rows, id) && needs.feasible(entry) !== entry
    const { message } = rules.definition
    for (const { entry: next, place, strategy, old } of write) {
      const own = desired.idsOf(next)[place] ?? id
      const writable = isPart
        ? { entry: next, writeTo: (writer: Writer) => message.encode(writer, next) }
        : this.#copies.take(cycle.rows, own)
      this.#send(own, writable, strategy, old, cycle)
    }
    if (isPart) outcome.partial.push(entry)
  }

  /** Adds an entry that stands alone, and of which the kernel has nothing. */
  #add(id: number, cycle: Cycle<Entry>): void {
    const { rows } = cycle
    const addition = this.#addition
    if (addition === undefined || rows.original(id) !== undefined) {
      this.#send(id, this.#copies.take(rows, id), 'add', undefined, cycle)
      return
    }
    this.#found(addition.take(rows, id), cycle)
    cycle.written?.add(id, false)
  }

  /** @param desired what is written: the entry with the id, or as much of it as can be carried out */
  #send(
    id: number,
    desired: WritableEntry<Entry>,
    strategy: Strategy,
    old: Entry | undefined,
    cycle: Cycle<Entry>,
  ): void {
    const { rules, owner } = this.#parts
    if (strategy === 'recreate' && old !== undefined) {
      const whole = { action: 'replace', entry: desired.entry, old } as const
      this.#found(new RemovalRequest(rules, { entry: old }, whole), cycle)
    }
    this.#found(new WriteRequest(rules, strategy, desired, old), cycle)
    owner.written?.send(desired.entry)
    cycle.written?.add(id, old !== undefined)
    if (strategy === 'makeBeforeBreak' && old !== undefined) cycle.leftOver.push(old)
  }

  #found(request: OperationRequest<Entry>, cycle: Cycle<Entry>): void {
    cycle.sender.begin(request)
    cycle.found.push(request)
  }
}
