import type { Operation, Outcome } from '@rtnl/reconcile'
import { jsonText, printable } from '../output/printable.ts'
import { codeOf, failureCauses } from './failure-causes.ts'
import { inTheWay } from './failure-lines.ts'

/** The JSON of what is to be done, gathered as text: a plan may have a million entries. */
export class PlanText {
  readonly #add: string[] = []
  readonly #replace: string[] = []
  readonly #remove: string[] = []

  note({ action, entry, old }: Operation<unknown>): void {
    if (action === 'add') this.#add.push(jsonText(entry))
    else if (action === 'replace') this.#replace.push(jsonText({ old, entry }))
    else this.#remove.push(jsonText(entry))
  }

  /** Pieces of one JSON object, on one line. */
  *json(outcome: Outcome<unknown>): Generator<string, void, undefined> {
    yield '{"add":'
    yield* list(this.#add)
    yield ',"replace":'
    yield* list(this.#replace)
    yield ',"remove":'
    yield* list(this.#remove)
    yield `,"keep":${outcome.unchanged},"conflicts":${jsonText(outcome.conflicts)}}`
  }
}

const piece = 1024

function* list(items: readonly string[]): Generator<string, void, undefined> {
  yield '['
  for (let at = 0; at < items.length; at += piece) {
    yield (at === 0 ? '' : ',') + items.slice(at, at + piece).join(',')
  }
  yield ']'
}

/** What was done, as JSON and for people. */
export function doneJson({ added, replaced, removed, unchanged: kept }: Outcome<unknown>): string {
  return jsonText({ added, replaced, removed, kept })
}

export function failedJson({ failed, conflicts }: Outcome<unknown>): string {
  return jsonText([
    ...failed.map(({ action, entry, error }) => ({ action, entry, code: codeOf(error), error: error.message })),
    ...conflicts.map(({ entry, actual }) => ({ action: 'add', entry, code: 'CONFLICT', error: inTheWay, actual })),
  ])
}

/** The line of JSON for a cycle that restored entries. */
export function healedJson(outcome: Outcome<unknown>): string {
  return `{"healed":${doneJson(outcome)},${jsonText(failureCauses(outcome)).slice(1)}\n`
}

/** Of what ended it all. */
export function errorJson(error: unknown): string {
  const reason = error instanceof Error ? error : new Error(String(error))
  return jsonText({ code: codeOf(reason), error: reason.message })
}

export function summary({ added, replaced, removed, unchanged }: Outcome<unknown>): string {
  return `${added} added, ${replaced} replaced, ${removed} removed, ${unchanged} as they should be`
}

const signs = { add: '+', replace: '~', remove: '-' } as const

/** @param text prints an entry */
export function operationLine({ action, entry, old }: Operation<unknown>, text: (entry: unknown) => string): string {
  return `${printable(`${signs[action]} ${text(entry)}${old === undefined ? '' : ` (was ${text(old)})`}`)}\n`
}
