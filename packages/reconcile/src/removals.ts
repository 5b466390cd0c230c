import { type EntryRows, type RowAccess, RowMark, RowSelection } from '@rtnl/live-table/internal'
import type { Cycle } from './cycle.ts'
import { type OperationRequest, RemovalRequest } from './operation-request.ts'
import { hasField } from './row-fields.ts'
import { RowRemoval } from './row-requests.ts'
import type { EntryRules } from './rules.ts'
import type { Requests } from './sender.ts'

/** Makes the requests that remove owned entries. If the rules allow it, it makes them of rows, and the entries are not decoded. */
export class Removals<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #refers: RowSelection<Entry> | undefined
  readonly #mark: RowMark<Entry> | undefined
  readonly #ofRow: RowRemoval<Entry> | undefined
  readonly #unless: RowSelection<Entry> | undefined

  /** @param refers the fields by which entries refer to others, which are removed after them */
  constructor(rules: EntryRules<Entry>, refers: RowSelection<Entry> | undefined) {
    const { definition, ownerMatch: mark, deleteKeyFields } = rules
    this.#rules = rules
    this.#refers = refers
    if (mark === undefined) return
    this.#mark = new RowMark(definition.message, mark)
    // A row is no message that carries entries.
    if (deleteKeyFields === undefined || rules.carried !== undefined) return
    this.#ofRow = new RowRemoval(rules, new RowSelection(definition.message, deleteKeyFields.fields))
    this.#unless = new RowSelection(definition.message, deleteKeyFields.unless)
  }

  /**
   * Removes what is left over in a cycle.
   * @param held what the kernel holds, to remove from it all owned entries that are not desired; `undefined` if there are none
   */
  *requests(
    { outcome, leftOver, sender }: Cycle<Entry>,
    held: RowAccess<Entry> | undefined,
    desired: { readonly rows: EntryRows<Entry> },
  ): Requests<Entry> {
    const rules = this.#rules
    // An entry stays where its successor was refused.
    const refused = new Set(outcome.failed.map(({ old }) => old))
    for (const referring of rules.refersBy === undefined ? [false] : [true, false]) {
      for (const entry of leftOver) {
        if (refersToOthers(rules, entry) !== referring || refused.has(entry)) continue
        const request = new RemovalRequest(rules, { entry })
        sender.begin(request)
        yield request
      }
      if (held === undefined) continue
      yield* held.inRemovalOrder((rows, id) => {
        if (hasField(this.#refers, rows, id) !== referring || desired.rows.hasKeyOf(rows, id)) return undefined
        const request = this.#request(rows, id)
        if (request !== undefined) sender.begin(request)
        return request
      })
    }
  }

  /** @returns `undefined` if the entry is not owned */
  #request(rows: EntryRows<Entry>, id: number): OperationRequest<Entry> | undefined {
    const { store } = rows
    const words = store.words(id)
    const start = store.start(id)
    if (this.#mark?.isOn(words, start) === false) return undefined
    const rules = this.#rules
    if (this.#unless?.isMet(words, start, store.count(id)) === false) return this.#ofRow?.take(rows, id)
    const entry = rows.entry(id)
    return rules.owns(entry) ? new RemovalRequest(rules, { entry }) : undefined
  }
}

function refersToOthers<Entry>({ refersBy = [] }: EntryRules<Entry>, entry: Entry): boolean {
  return refersBy.some((field) => entry[field] !== undefined)
}
