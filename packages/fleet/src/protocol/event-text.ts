import type { ChangeBatch } from '@rtnl/live-table'
import { toJson } from './values.ts'

/** A piece of a log: the text of an event, and whether the log holds all of the table with it. */
export interface EventText {
  readonly text: string
  readonly synced: boolean
}

/**
 * The events of a batch of changes, as texts of JSON. Changes that are too long for one are parted.
 * @param longest the most characters of a text, as far as single entries are no longer
 */
export function* eventTexts(batch: ChangeBatch<unknown>, longest: number): Generator<EventText, void, undefined> {
  const { event, cause } = batch
  if (event === 'synced') yield { text: JSON.stringify({ event }), synced: true }
  if (event === 'resync') yield { text: JSON.stringify({ event, cause, reason: batch.reason }), synced: false }
  if (event !== 'change') return
  let parts: string[] = []
  let length = 0
  const close = (): EventText => ({
    text: `{"event":"change","cause":${JSON.stringify(cause)},"changes":[${parts.join(',')}]}`,
    synced: false,
  })
  for (const { kind, key, entry } of batch.changes) {
    const part = JSON.stringify(kind === 'removed' ? [key] : [key, toJson(entry)])
    if (length > 0 && length + part.length > longest) {
      yield close()
      parts = []
      length = 0
    }
    parts.push(part)
    length += part.length + 1
  }
  if (parts.length > 0) yield close()
}
