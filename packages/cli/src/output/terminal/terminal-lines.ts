import type { Cause, Change, ChangeBatch, EntryChanges, ResyncCause } from '@rtnl/live-table'
import type { InterfaceNames, LineModule } from '@rtnl/tables'
import { countOf } from '../count.ts'
import type { Paint } from '../paint.ts'
import { printable } from '../printable.ts'
import { type ChangedPhrase, changedPhrases } from './changed-words.ts'
import type { Token } from './layout.ts'
import { paintedWords } from './word-paint.ts'

/** How changes are written on a terminal. */
export interface TerminalStyle {
  readonly names: InterfaceNames
  readonly paint: Paint
  /** Between what was and what is: `→`, or `->` where the terminal does not know that. */
  readonly arrow: string
  /** Whether both rows of a change are written whole. */
  readonly long: boolean
}

const signs = { added: '+', changed: '~', removed: '-' } as const

const noun = ['change', 'changes'] as const

/** How a change was learned, if not by a notification of its own. */
const causes: Readonly<Record<Cause, string | undefined>> = {
  dump: undefined,
  notification: undefined,
  inferred: '[inferred]',
  resync: '[found after a loss]',
}

/** What the kernel is silent about, by the reason of a resync. */
const events: Readonly<Record<string, string>> = {
  link: 'a link changed',
  nexthop: 'a nexthop changed',
  address: 'an address changed',
  rule: 'a rule changed',
  configuration: 'a setting changed',
  port: 'a port changed',
  'bridge port': 'a port changed',
  vlan: 'a VLAN changed',
  peer: 'the other end of a link changed',
}

/** What happened to messages, by the reason of a resync. */
const losses: Readonly<Record<string, string>> = {
  overrun: 'messages were lost: they came faster than they were read',
  truncated: 'a message was cut',
  malformed: 'a message could not be read',
}

/** Why a table, or a part of it, was read again. */
export function resyncReason(cause: ResyncCause, reason: string): string {
  return cause === 'resync' ? (losses[reason] ?? reason) : (events[reason] ?? `an event (${reason})`)
}

/** The lines of a batch, each as its words. */
export class TerminalLines {
  readonly #style: TerminalStyle
  /** Changes of each table that were inferred since its last resync. */
  readonly #inferred = new Map<string, number>()

  constructor(style: TerminalStyle) {
    this.#style = style
  }

  *of(batch: ChangeBatch<unknown>, module: LineModule): Generator<readonly Token[], void, undefined> {
    if (batch.event === 'change') {
      if (batch.cause === 'inferred') {
        this.#inferred.set(batch.table, (this.#inferred.get(batch.table) ?? 0) + batch.changes.length)
      }
      for (const change of batch.changes) yield this.changeLine(change, batch.cause, module)
      return
    }
    const text = this.#stateText(batch)
    if (text !== undefined)
      yield [{ text: '=', paint: this.#style.paint.faint }, ...this.#faint(`${module.name}: ${text}`)]
  }

  #stateText(batch: Exclude<ChangeBatch<unknown>, EntryChanges<unknown>>): string | undefined {
    const entries = countOf(batch.entries, ['entry', 'entries'])
    switch (batch.event) {
      case 'synced':
        return entries
      case 'incomplete':
        return `incomplete: ${printable(batch.reason)}: ${entries}`
      case 'resync': {
        if (batch.cause === 'resync') return `read again, ${resyncReason(batch.cause, batch.reason)}: ${entries}`
        const count = this.#inferred.get(batch.table)
        this.#inferred.delete(batch.table)
        const why = resyncReason(batch.cause, batch.reason)
        // Where nothing was found there is nothing to say.
        return count === undefined
          ? undefined
          : `${countOf(count, noun)} found that the kernel did not announce, after ${why}`
      }
    }
  }

  /** A change that was learned in some way. */
  changeLine(change: Change<unknown>, cause: Cause, module: LineModule): Token[] {
    const { names, paint, long } = this.#style
    const sign = paint[change.kind]
    const words = module.words(change.entry, names).map(printable)
    const line: Token[] = [
      { text: signs[change.kind], paint: sign },
      { text: module.name, paint: sign },
    ]
    if (change.kind !== 'changed') line.push(...words.flatMap((phrase) => paintedWords(phrase, paint)))
    else {
      const old = module.words(change.old, names).map(printable)
      if (long) line.push(...this.#both(old, words))
      else line.push(...changedPhrases(old, words, module.naming).flatMap((phrase) => this.#phrase(phrase)))
      if (old.join(' ') === words.join(' ')) line.push(...this.#faint('(in fields that only --json has)'))
    }
    const learned = causes[cause]
    return learned === undefined ? line : [...line, ...this.#faint(learned)]
  }

  #both(old: readonly string[], words: readonly string[]): Token[] {
    const { paint } = this.#style
    return [...words.flatMap((phrase) => paintedWords(phrase, paint)), ...this.#faint(`(was ${old.join(' ')})`)]
  }

  #phrase(phrase: ChangedPhrase): Token[] {
    const { paint, arrow } = this.#style
    const all = (text: string, painted: Token['paint']): Token[] =>
      text.split(/[ \t]+/).map((word) => ({ text: word, paint: painted }))
    switch (phrase.kind) {
      case 'same':
        return paintedWords(phrase.text, paint)
      case 'gained':
        return all(`+${phrase.text}`, paint.added)
      case 'lost':
        return all(`-${phrase.text}`, paint.removed)
      case 'turned':
        return [
          ...(phrase.label === '' ? [] : [{ text: phrase.label }]),
          ...all(phrase.old, paint.removed),
          { text: arrow, paint: paint.faint },
          ...all(phrase.next, paint.added),
        ]
    }
  }

  #faint(text: string): Token[] {
    return text.split(/[ \t]+/).map((word) => ({ text: word, paint: this.#style.paint.faint }))
  }
}
