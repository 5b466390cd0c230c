import { join } from 'node:path'
import { type Outcome, replay, runCampaign } from './campaign.ts'
import type { Difference } from './checkpoint.ts'
import type { Drawn } from './operations/index.ts'
import type { CampaignOptions } from './options.ts'
import { FollowerProcess } from './protocol.ts'
import { differenceLines, writeReport } from './report.ts'
import { shrink } from './shrink.ts'

export interface Hunted extends Outcome {
  /** The shortest sequence found that shows a difference; `undefined` if doing all again shows none. */
  readonly shrunk: readonly Drawn[] | undefined
  readonly folder: string
}

/** Runs a campaign; on a difference finds a short sequence that shows it, and writes a report. */
export async function hunt(
  options: CampaignOptions,
  out: string,
  progress: (line: string) => void = () => {},
): Promise<Hunted> {
  const folder = join(out, `${options.scenario}-${options.seed}`)
  const recording = `${folder}-messages.bin`
  const outcome = await runCampaign(options, recording, progress)
  if (outcome.differences.length === 0) return { ...outcome, shrunk: undefined, folder }
  for (const line of differenceLines(outcome.differences)) progress(line)
  progress(`finding a short sequence for at most ${options.shrinkSeconds} s`)
  const shrunk = await shorten(options, outcome, progress)
  writeReport(folder, options, outcome, shrunk ?? outcome.operations)
  return { ...outcome, shrunk, folder }
}

async function shorten(
  options: CampaignOptions,
  { differences, operations }: Outcome,
  progress: (line: string) => void,
): Promise<readonly Drawn[] | undefined> {
  const tables = [...new Set(differences.map(({ table }) => table))]
  const follower = new FollowerProcess()
  const calm = { ...options, stopFollower: false }
  try {
    const fails = async (some: readonly Drawn[]): Promise<boolean> => {
      const found: readonly Difference[] = await replay(follower, calm, some, tables)
      const isSame = found.length > 0
      if (isSame) progress(`${some.length} operations show it too`)
      return isSame
    }
    if (!(await fails(operations))) return undefined
    return await shrink(operations, fails, performance.now() + options.shrinkSeconds * 1000)
  } finally {
    follower.end()
  }
}
