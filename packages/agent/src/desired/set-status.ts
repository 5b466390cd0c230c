import type { SetCounts } from '@rtnl/fleet'
import type { Controller } from '@rtnl/reconcile'
import type { DesiredSet } from './desired-set.ts'

/** How far what a set desires is in the kernel: a plain object. */
export interface SetStatus extends SetCounts {
  /** Of the set: its file, with a number where the file has several. */
  readonly name: string
  /** Name of the table. */
  readonly table: string
  /** The namespace; `undefined`: the one of the process. */
  readonly netns?: string | undefined
  /**
   * - `opening`: not every entry was tried yet
   * - `kept`: all that is desired is in the kernel
   * - `waiting`: the rest waits for something, such as an interface
   * - `failing`: nothing is kept, and it is tried again and again
   * - `conflict`: another set keeps entries of the same owner, and nothing of this one is kept
   * - `leaving`: nobody desires it any more, and what was ours is being removed
   */
  readonly state: 'opening' | 'kept' | 'waiting' | 'failing' | 'conflict' | 'leaving'
}

/**
 * @param controller `undefined` while nothing can be kept
 * @param wasTried whether every entry was tried
 * @param problem what is wrong with the set as a whole
 */
export function statusOf(
  { name, table, entries, givenWay = 0 }: DesiredSet,
  netns: string | undefined,
  controller: Controller<unknown> | undefined,
  wasTried: boolean,
  problem: string | undefined,
): SetStatus {
  const causes = (controller?.waiting ?? []).map(({ cause, count }) => ({ cause, count }))
  if (problem !== undefined) causes.unshift({ cause: problem, count: entries.length })
  if (givenWay > 0) causes.push({ cause: 'files of this node desire others in the same places', count: givenWay })
  return {
    name,
    table: table.name,
    ...(netns === undefined ? {} : { netns }),
    state: stateOf(problem, wasTried, causes.length),
    desired: entries.length + givenWay,
    causes,
    conflicts: givenWay + (controller?.conflicts ?? []).filter(({ givesWay }) => givesWay !== true).length,
    drift: controller?.drift ?? { found: 0, healed: 0 },
  }
}

function stateOf(problem: string | undefined, wasTried: boolean, causes: number): SetStatus['state'] {
  if (problem !== undefined) return problem.startsWith('waits for') ? 'waiting' : 'failing'
  if (!wasTried) return 'opening'
  return causes === 0 ? 'kept' : 'waiting'
}
