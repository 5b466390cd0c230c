import type { Change, ChangeBatch, EntryChanges } from '@rtnl/live-table'
import { jsonText } from './printable.ts'

/** A batch as one JSON object a line. The names and the order of the fields are a contract with scripts. */
export function jsonLines(batch: ChangeBatch<unknown>): string {
  const { event, table, entries } = batch
  switch (batch.event) {
    case 'change':
      return batch.changes.map((change) => changeLine(batch, change)).join('')
    case 'synced':
      return jsonLine({ event, table, entries })
    case 'resync':
    case 'incomplete':
      return jsonLine({ event, table, reason: batch.reason, entries })
  }
}

function changeLine({ event, table, cause }: EntryChanges<unknown>, change: Change<unknown>): string {
  const { kind, key, entry } = change
  return jsonLine({ event, table, kind, cause, key, entry, old: change.kind === 'changed' ? change.old : undefined })
}

function jsonLine(value: object): string {
  return `${jsonText(value)}\n`
}
