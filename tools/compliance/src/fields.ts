import { execFileSync } from 'node:child_process'
import { openTable } from '@rtnl/live-table'
import { EntryRows } from '@rtnl/live-table/internal'
import { NetlinkError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { noInterfaces, type ReconcileRules, reconcile } from '@rtnl/reconcile'
import fc from 'fast-check'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { refusalOf } from './refusal.ts'
import { run } from './tools.ts'
import { tries } from './tries.ts'

/** Entries whose fields are tried with all their values. */
export interface FieldSubject<Entry, Wanted> {
  /** Run first, in a namespace of its own: links, addresses. */
  readonly setup: readonly string[]
  /** Rules for a namespace that was set up. */
  rules(netns: string): Promise<ReconcileRules<Entry, Wanted>>
  /** Wanted entries with every field, at the ends of what it may be and beyond. */
  wanted(netns: string): fc.Arbitrary<Wanted>
  /** An entry as the kernel shows it, less what only the kernel says, where the wanted one leaves it open. */
  told(shown: Entry, wanted: Entry): Entry
  /** How many entries are tried: see `tries`. */
  readonly tries: number
}

/** Values that are no number that a field could have, or at the ends of those that it could. */
export const numbersAndJunk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 16, 64, 127, 128, 200, 253, 254, 255, 256) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(65495, 65496, 65520, 65521, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(2 ** 32, -1, -0, 1.5, Number.NaN, '', 'x', '4', null, true, {}, [], [4]),
  },
)

/** An entry with some more fields, each with one of its values. */
export function withFields<Wanted extends object>(
  entry: fc.Arbitrary<object>,
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  most = 3,
): fc.Arbitrary<Wanted> {
  const names = fc.subarray(Object.keys(fields), { maxLength: most })
  const more = names.chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, fields[name]!]))))
  return fc.tuple(entry, more).map(([base, added]) => ({ ...base, ...added }) as Wanted)
}

/**
 * Registers the test that what an entry says is carried out or refused: whatever a field is, the entry is refused by the
 * name of the field before anything is sent, or refused by the kernel, or shown by the kernel as it was foreseen; then a
 * second look finds nothing to do, and nothing is left when it is wanted no more.
 */
export function fieldCompliance<Entry extends object, Wanted extends object>(
  tests: Test,
  subject: FieldSubject<Entry, Wanted>,
): void {
  tests('what an entry says is carried out or refused, whatever it says', async () => {
    const netns = 'fields'
    execFileSync('ip', ['netns', 'add', netns])
    try {
      run(netns, subject.setup)
      const rules = await subject.rules(netns)
      const notifier = await Notifier.open({ netns })
      // Its socket stays open from run to run.
      await notifier.attach({ name: 'held', groups: [], types: [], message() {}, lost() {}, failed() {} })
      const counts = { refused: 0, refusedByKernel: 0, shown: 0 }
      try {
        const property = fc.asyncProperty(subject.wanted(netns), async (wanted) => {
          counts[await outcomeOf(rules, wanted, subject, notifier)]++
        })
        const { counterexample, errorInstance } = await fc.check(property, {
          numRuns: tries(subject.tries),
          seed: 1,
          endOnFailure: true,
        })
        if (counterexample !== null) {
          const { message, details = '' } = errorInstance as Error & { readonly details?: string }
          throw new Error(`${JSON.stringify(counterexample[0])}: ${message} ${details}`, { cause: errorInstance })
        }
      } finally {
        notifier.close()
      }
      // Enough of both, whatever else there was.
      assert.ok(Math.min(counts.refused, counts.shown) > tries(subject.tries) / 10, JSON.stringify(counts))
    } finally {
      execFileSync('ip', ['netns', 'delete', netns])
    }
  })
}

async function outcomeOf<Entry extends object, Wanted extends object>(
  rules: ReconcileRules<Entry, Wanted>,
  wanted: Wanted,
  { told }: FieldSubject<Entry, Wanted>,
  notifier: Notifier,
): Promise<'refused' | 'refusedByKernel' | 'shown'> {
  const { sentBytes } = notifier.connection.counters
  const options = { notifier }
  let outcome: Awaited<ReturnType<typeof reconcile<Entry, Wanted>>>
  try {
    outcome = await reconcile(rules, [wanted], options)
  } catch (error) {
    assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
    const fields = Object.keys(wanted).join('|')
    assert.match(error.message, new RegExp(`^\\[0\\]\\.(${fields})[.[: ].*`))
    assert.is(notifier.connection.counters.sentBytes, sentBytes, 'nothing was sent')
    return 'refused'
  }
  const [failure] = outcome.failed
  if (failure !== undefined) {
    assert.instance(refusalOf(failure), NetlinkError, `${JSON.stringify(wanted)}: ${failure.error.message}`)
    assert.equal(await entriesOf(rules, notifier), [], 'what was refused is not there')
    return 'refusedByKernel'
  }
  assert.equal(outcome.conflicts, [])
  assert.is(outcome.added, 1)
  const normal = normalForm(rules, wanted)
  const shown = await entriesOf(rules, notifier)
  assert.equal(
    shown.map((entry) => told(entry, normal)),
    [normal],
  )
  const again = await reconcile(rules, [wanted], options)
  assert.equal([again.unchanged, again.changes, again.failed], [1, 0, []], 'a second look finds nothing to do')
  // What was read can be written back: it says the same.
  const back = await reconcile(rules, shown as unknown as Wanted[], options)
  assert.equal([back.unchanged, back.changes, back.failed], [1, 0, []], 'what was read is what is wanted')
  await reconcile(rules, [], options)
  assert.equal(await entriesOf(rules, notifier), [], 'nothing is left')
  return 'shown'
}

/** The entries of ours, by a reading of its own. */
async function entriesOf<Entry, Wanted>(rules: ReconcileRules<Entry, Wanted>, notifier: Notifier): Promise<Entry[]> {
  await using table = await openTable(rules.definition, { notifier })
  return [...table].filter((entry) => rules.owns(entry))
}

/** What is foreseen: as it is held. */
function normalForm<Entry extends object, Wanted>(rules: ReconcileRules<Entry, Wanted>, wanted: Wanted): Entry {
  const rows = new EntryRows(rules.definition)
  const held = rows.entry(rows.put(rules.normalize(wanted, noInterfaces)))
  return Object.fromEntries(Object.entries(held).filter(([, value]) => value !== undefined)) as Entry
}
