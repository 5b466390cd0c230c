import type { Cause, Change, ChangeBatch } from '@rtnl/live-table'

/** Which changes are printed of those of the entries that match. */
export interface ChangeChoice {
  readonly kind?: Change<unknown>['kind'] | undefined
  readonly cause?: Cause | undefined
}

export const changeKinds = ['added', 'changed', 'removed'] as const satisfies readonly Change<unknown>['kind'][]
export const changeCauses = ['dump', 'notification', 'inferred', 'resync'] as const satisfies readonly Cause[]

/** The batches with the chosen changes, and all that tells of the state of a table. */
export async function* chosenChanges(
  batches: AsyncIterable<ChangeBatch<unknown>>,
  { kind, cause }: ChangeChoice,
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  for await (const batch of batches) {
    if (batch.event !== 'change') {
      yield batch
      continue
    }
    if (cause !== undefined && batch.cause !== cause) continue
    const changes = kind === undefined ? batch.changes : batch.changes.filter((change) => change.kind === kind)
    if (changes.length > 0) yield { ...batch, changes }
  }
}

/** The batches up to so many changes, not counting what the tables held at first. */
export async function* firstChanges(
  batches: AsyncIterable<ChangeBatch<unknown>>,
  count: number,
): AsyncGenerator<ChangeBatch<unknown>, void, undefined> {
  let left = count
  for await (const batch of batches) {
    if (batch.event !== 'change' || batch.cause === 'dump') {
      yield batch
      continue
    }
    yield { ...batch, changes: batch.changes.slice(0, left) }
    left -= batch.changes.length
    if (left <= 0) return
  }
}
