import type { Notifier } from '@rtnl/notifier'
import { openReconciliation, type Reconciliation } from '@rtnl/reconcile'
import { BadEntryError, type Place } from '@rtnl/tables'
import { nameOf } from './desired-file.ts'

export interface OpenCheckedOptions {
  readonly notifier: Notifier
  /** Where the entries are from, for errors. */
  readonly file: string
  readonly additive: boolean
  /** As `OpenOptions.waits`. */
  readonly waits?: boolean | undefined
}

/**
 * As `openReconciliation`. Bad entries are bad usage.
 * @throws {BadEntryError} an entry that the kernel could not take, or two of the same
 */
export async function openChecked(
  { rules, entries, positions }: Place,
  { notifier, file, additive, waits }: OpenCheckedOptions,
): Promise<Reconciliation<unknown>> {
  try {
    return await openReconciliation(rules, entries, { notifier, additive, waits })
  } catch (error) {
    const bad = error instanceof TypeError || error instanceof RangeError
    if (!bad || !error.message.startsWith('[')) throw error
    const inFile = (_: string, before: string, place: string): string =>
      `${before}[${positions[Number(place)] ?? place}]`
    const text = error.message.replace(/^()\[(\d+)\]/, inFile).replace(/( first by )\[(\d+)\]$/, inFile)
    throw new BadEntryError(`${nameOf(file)}: ${text}`)
  }
}
