import { lineText, type RowHistory, type TableModule } from '@rtnl/tables'
import { countOf } from '../../output/count.ts'
import type { Look } from './look.ts'
import { type Block, type Line, share } from './screen.ts'

/** An entry that refers to another one. */
export interface Referrer {
  readonly module: TableModule<unknown>
  readonly entry: unknown
}

/** A row with its history, and what refers to it. */
export function rowView(
  history: RowHistory,
  referrers: readonly Referrer[],
  isCut: boolean,
  skipped: number,
  height: number,
  look: Look,
): Block[] {
  const { module, entry, gone } = history
  const { paint } = look
  const changes = history.changes.newest()
  const title = [{ text: `${paint.strong(module.name)}${gone ? paint.removed('  gone') : ''}` }]
  // A line each, for nothing of a long one to be cut away.
  const fields = module.words(entry, look.names).map((phrase) => [{ text: `  ${look.words(phrase)}` }])
  const past = [
    look.heading({ text: `HISTORY  ${countOf(changes.length, ['change', 'changes'])}` }),
    ...changes.slice(skipped).map((change) => look.change(change)),
  ]
  const found = `${countOf(referrers.length, ['entry', 'entries'])}${isCut ? ' or more' : ''}`
  const referring = [
    look.heading({ text: `REFERRED TO BY  ${found}` }),
    ...referrers.map((other) => referrerLine(other, look)),
  ]
  const [fieldLines = 0, pastLines = 0, referringLines = 0] = share(height - 1, [
    { least: Math.min(4, fields.length), most: fields.length },
    { least: 2, most: past.length },
    { least: 2, most: referring.length },
  ])
  return [
    { lines: [title, ...fields.slice(0, fieldLines)] },
    { lines: past.slice(0, pastLines) },
    { lines: referring.slice(0, referringLines) },
  ]
}

function referrerLine({ module, entry }: Referrer, look: Look): Line {
  return [{ text: `  ${module.name}`, width: 12 }, { text: look.words(lineText(module, entry, look.names)) }]
}
