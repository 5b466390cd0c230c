import type { Cause, Change, ChangeBatch } from '@rtnl/live-table'
import { type InterfaceNames, type LineModule, lineText } from '@rtnl/tables'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'

/** How changes are written for people. */
export interface TextStyle {
  readonly names: InterfaceNames
  readonly paint: Paint
}

const signs = { added: '+', changed: '~', removed: '-' } as const

/** Prints a batch as one line for each change, in the words of `ip`. */
export function textLines(batch: ChangeBatch<unknown>, module: LineModule, style: TextStyle): string {
  const count = `${batch.entries} ${batch.entries === 1 ? 'entry' : 'entries'}`
  switch (batch.event) {
    case 'change':
      return batch.changes.map((change) => `${changeLine(change, module, style)}${learned(batch.cause)}\n`).join('')
    case 'synced':
      return `= ${module.name}: ${count}\n`
    case 'resync':
      // The changes say what was inferred; that messages were lost is worth a line of its own.
      return batch.cause === 'resync' ? `= ${module.name}: read again (${batch.reason}): ${count}\n` : ''
    case 'incomplete':
      return `= ${module.name}: incomplete: ${batch.reason}: ${count}\n`
  }
}

function learned(cause: Cause): string {
  return cause === 'inferred' || cause === 'resync' ? ` [${cause}]` : ''
}

function changeLine(change: Change<unknown>, module: LineModule, { names, paint }: TextStyle): string {
  const line = `${signs[change.kind]} ${module.name} ${printable(lineText(module, change.entry, names))}`
  if (change.kind !== 'changed') return paint[change.kind](line)
  const was = module.was?.(change.old, change.entry, names) ?? lineText(module, change.old, names)
  return paint.changed(line) + (was === '' ? '' : paint.faint(` (was ${printable(was)})`))
}
