import { type EntryRows, RowCopies, RowMark, RowSelection } from '@rtnl/live-table/internal'
import { RemovalRequest, RowRemovalRequest } from './operation-request.ts'
import type { EntryRules } from './rules.ts'

/** Makes the requests that remove owned entries from their rows. If the rules allow it, the entries are not decoded. */
export class RowRemovals<Entry> {
  readonly #rules: EntryRules<Entry>
  readonly #mark: RowMark<Entry> | undefined
  readonly #fields: RowSelection<Entry> | undefined
  readonly #unless: RowSelection<Entry> | undefined
  readonly #copies = new RowCopies<Entry>()

  constructor(rules: EntryRules<Entry>) {
    const { definition, ownerMatch: mark, deleteKeyFields } = rules
    this.#rules = rules
    if (mark === undefined) return
    this.#mark = new RowMark(definition.message, mark)
    // A row is no message that carries entries.
    if (deleteKeyFields === undefined || rules.carried !== undefined) return
    this.#fields = new RowSelection(definition.message, deleteKeyFields.fields)
    this.#unless = new RowSelection(definition.message, deleteKeyFields.unless)
  }

  /** @returns `undefined` if the entry is not owned */
  requestFor(rows: EntryRows<Entry>, id: number): RemovalRequest<Entry> | undefined {
    const { store } = rows
    const words = store.words(id)
    const start = store.start(id)
    if (this.#mark?.isOn(words, start) === false) return undefined
    const rules = this.#rules
    if (this.#fields !== undefined && this.#unless?.isMet(words, start, store.count(id)) === false) {
      return new RowRemovalRequest(rules, this.#copies.take(rows, id), this.#fields)
    }
    const entry = rows.entry(id)
    return rules.owns(entry) ? new RemovalRequest(rules, { entry }) : undefined
  }
}
