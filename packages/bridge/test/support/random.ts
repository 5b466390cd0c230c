import { tries } from '@rtnl/compliance'
import type { LiveTable } from '@rtnl/live-table'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertExact, Fold } from './fold.ts'
import { inNetns, play, tryLines, withoutIpv6 } from './netns.ts'

/** Operations of a seed, and how many between two looks at the table. */
const count = tries(1000)
const together = 10

/** Chooses; always the same for a seed. */
export interface Choice {
  /** A whole number below a limit. */
  below(limit: number): number
  one<Value>(values: readonly Value[]): Value
}

export interface RandomSubject<Entry> {
  open(netns: string): Promise<LiveTable<Entry>>
  /** Lines of `ip` and `bridge` that are run first. */
  setup(seed: number): readonly string[]
  /** A line that the kernel may refuse. */
  operation(choice: Choice, netns: string, seed: number): string
  /** What counts of an entry. */
  identity(entry: Entry): string
  /** The same of what the tool shows. */
  shown(netns: string): readonly string[]
  /** So many entries there are at least once, so that there is something to follow. */
  readonly most: number
}

/** Registers three tests of random operations: after every few of them all who show the table agree. */
export function randomOperations<Entry>(tests: Test, subject: RandomSubject<Entry>): void {
  for (const seed of [1, 2, 3]) {
    tests(`seed ${seed}`, () =>
      inNetns([], async (netns) => {
        withoutIpv6(netns)
        play(netns, subject.setup(seed))
        await using table = await subject.open(netns)
        const fold = new Fold(table)
        const choice = choiceOf(seed)
        let most = 0
        for (let at = 0; at < count; at += together) {
          const lines = Array.from({ length: together }, () => subject.operation(choice, netns, seed))
          tryLines(netns, lines)
          await assertExact(table, fold, subject.identity, () => subject.shown(netns), lines.join('; '))
          most = Math.max(most, table.size)
        }
        assert.ok(most > subject.most, 'there is something to follow')
        table.close()
        await fold.done
      }),
    )
  }
}

/** Numbers come from a linear congruence modulo 2^32. */
function choiceOf(seed: number): Choice {
  let state = seed
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return { below, one: (values) => values[below(values.length)]! }
}
