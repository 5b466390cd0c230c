import { requireOther } from '../isolation/isolation.ts'
import type { StandardOutput } from '../output/standard-output.ts'
import { playEvpn } from './evpn-act.ts'
import { playNexthops } from './nexthop-act.ts'
import { Player } from './player.ts'

/**
 * Plays the scenes in the network namespace of the process.
 * @param outside the network namespace that must not be touched
 * @throws {Error} this is that namespace, a command failed, or what is live differs from what is read anew
 */
export async function playDemonstration(outside: string, output: StandardOutput): Promise<void> {
  requireOther(outside)
  const player = new Player(output)
  await playNexthops(player)
  await playEvpn(player)
}
