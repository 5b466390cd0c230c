import type { ChangeBatch } from '@rtnl/live-table'

/** A batch as one JSON object a line. The names and the order of the fields are a contract with scripts. */
export function jsonLines(batch: ChangeBatch<unknown>): string {
  const { event, table, cause, entries, reason } = batch
  if (event === 'synced') return jsonLine({ event, table, entries })
  if (event !== 'change') return jsonLine({ event, table, reason, entries })
  let lines = ''
  for (const change of batch.changes) {
    const { kind, key, entry } = change
    const old = change.kind === 'changed' ? change.old : undefined
    lines += jsonLine({ event, table, kind, cause, key, entry, old })
  }
  return lines
}

function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}
