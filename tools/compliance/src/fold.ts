import { type ChangeBatch, sameValue } from '@rtnl/live-table'

/** Folds the changes of a table, and complains of any that does not fit what was told before. */
export class Fold<Entry> {
  readonly entries = new Map<string, Entry>()
  readonly misfits: string[] = []

  take(batch: ChangeBatch<Entry>): void {
    for (const change of batch.changes) {
      const { kind, key, entry } = change
      const known = this.entries.get(key)
      if ((kind === 'added') === (known !== undefined)) this.misfits.push(`${kind} ${key}`)
      if (change.kind === 'changed' && sameValue(change.old, entry)) this.misfits.push(`unchanged ${key}`)
      if (kind === 'removed') this.entries.delete(key)
      else this.entries.set(key, entry)
    }
  }
}
