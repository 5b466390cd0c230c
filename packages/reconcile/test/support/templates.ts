import { inspect } from 'node:util'
import type { ReconcileRules } from '@rtnl/reconcile'
import { Desired } from '@rtnl/reconcile/internal'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'

/** What the tables share of the tests of desired entries that are made of earlier ones. */

/** Counts the entries that are normalized. */
export function counting<Entry, Wanted>(
  rules: ReconcileRules<Entry, Wanted>,
): { readonly rules: ReconcileRules<Entry, Wanted>; normalized: number } {
  const counted = {
    normalized: 0,
    rules: {
      ...rules,
      normalize(...parameters: Parameters<typeof rules.normalize>) {
        counted.normalized++
        return rules.normalize(...parameters)
      },
    },
  }
  return counted
}

/** What is held after an entry was added, or why it was refused. */
function added<Entry, Wanted>(desired: Desired<Entry, Wanted>, wanted: unknown): unknown {
  try {
    desired.add(wanted as Wanted)
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  const { store } = desired.rows
  const id = store.idLimit - 1
  const start = store.start(id)
  const words = [...store.words(id).subarray(start, start + store.count(id))]
  return { words, slot: store.slot(id), entry: desired.rows.entry(id), name: desired.missingName(id) }
}

/**
 * Entries of which each is given the fields of one of a few, with a few other values.
 * @param values for each field those that it may be given
 * @param key the field that every entry is given, nearly always with another value
 */
export function manyLike(
  values: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  key: string,
): fc.Arbitrary<Record<string, unknown>[]> {
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(values)), { maxLength: 3 })
  return fc
    .record({
      forms: fc.array(
        names.map((some) => [key, ...some]),
        { minLength: 1, maxLength: 4 },
      ),
      steps: fc.array(fc.record({ form: fc.nat(3), fields: fc.record(values) }), { minLength: 120, maxLength: 240 }),
      keeps: fc.double({ min: 0.5, max: 1, noNaN: true }),
    })
    .map(({ forms, steps, keeps }) => {
      const last: Record<string, unknown>[] = forms.map(() => ({}))
      return steps.map(({ form, fields }, step) => {
        const place = form % forms.length
        const before = last[place]!
        const entry: Record<string, unknown> = {}
        for (const [turn, name] of forms[place]!.entries()) {
          const stays = name in before && (turn === 0 ? step % 9 === 8 : ((step * 7 + turn * 13) % 10) / 10 < keeps)
          entry[name] = stays ? before[name] : fields[name]
        }
        last[place] = entry
        return entry
      })
    })
}

/** Adds entries with and without templates: both give the same rows, byte by byte, and the same refusals. */
export function assertTemplatesAreExact<Entry, Wanted>(
  rulesOf: () => ReconcileRules<Entry, Wanted>,
  many: fc.Arbitrary<Record<string, unknown>[]>,
): void {
  let skipped = 0
  let all = 0
  fc.assert(
    fc.property(many, (entries) => {
      const { independent: _, ...slow } = rulesOf()
      const count = counting(rulesOf())
      const fast = new Desired(count.rules)
      const normal = new Desired(slow)
      for (const entry of entries) assert.equal(added(fast, entry), added(normal, entry), inspect(entry))
      all += entries.length
      skipped += entries.length - count.normalized
    }),
    { numRuns: tries(60, 2), endOnFailure: true },
  )
  // Usually it is one in six.
  assert.ok(skipped > all / 60, `${skipped} of ${all} entries were made of earlier ones`)
}
