import type { Change, ChangeBatch } from '@rtnl/live-table'
import { changeOf } from '@rtnl/live-table/internal'

/** Whether an entry of a collection is about a VNI. */
export function isOfVni(entry: unknown, vni: number): boolean {
  return (entry as { readonly vni?: number }).vni === vni
}

/**
 * The batches of several tables without what is about other VNIs. Folding their changes gives the entries of the VNI, of which
 * there are as many as the batches say.
 */
export async function* batchesOfVni(
  batches: AsyncIterable<ChangeBatch<unknown>>,
  vni: number,
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  const sizes = new Map<string, number>()
  for await (const batch of batches) {
    let entries = sizes.get(batch.table) ?? 0
    if (batch.event !== 'change') {
      yield { ...batch, entries }
      continue
    }
    const changes = batch.changes.flatMap((change) => changeOfVni(change, vni) ?? [])
    for (const { kind } of changes) entries += kind === 'added' ? 1 : kind === 'removed' ? -1 : 0
    sizes.set(batch.table, entries)
    if (changes.length > 0) yield { ...batch, changes, entries }
  }
}

/** What a change is to somebody who sees only one VNI. A row that leads nowhere may come to be about another one. */
function changeOfVni(change: Change<unknown>, vni: number): Change<unknown> | undefined {
  const { kind, key, entry } = change
  const seen = (candidate: unknown): unknown => (isOfVni(candidate, vni) ? candidate : undefined)
  const old = kind === 'changed' ? seen(change.old) : kind === 'removed' ? seen(entry) : undefined
  const next = kind === 'removed' ? undefined : seen(entry)
  return old === undefined && next === undefined ? undefined : changeOf(key, old, next)
}
