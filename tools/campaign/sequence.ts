import { replay } from './campaign.ts'
import type { Difference } from './checkpoint.ts'
import type { CampaignOptions } from './options.ts'
import { FollowerProcess } from './protocol.ts'

/**
 * Does operations in the scene of campaigns while all tables follow, and compares all views. For tests made of what a campaign
 * found; wants a network and a mount namespace of its own, as kernel tests have.
 */
export async function differencesAfter(
  lines: readonly string[],
  options: Partial<Pick<CampaignOptions, 'receiveBuffer' | 'without'>> = {},
): Promise<readonly Difference[]> {
  const follower = new FollowerProcess()
  try {
    const operations = lines.map((line) => ({ domain: 'sequence', line }))
    return await replay(follower, { ...quiet, ...options }, operations)
  } finally {
    follower.end()
  }
}

const quiet: CampaignOptions = {
  seconds: 0,
  operations: undefined,
  seed: 0,
  scenario: 'all',
  receiveBuffer: undefined,
  stopFollower: false,
  interruptDumps: false,
  without: [],
  shrinkSeconds: 0,
}
