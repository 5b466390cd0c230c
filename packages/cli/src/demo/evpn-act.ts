import { changesOf } from '@rtnl/live-table'
import { Notifier } from '@rtnl/notifier'
import { findEvpnCollection, InterfaceNames } from '@rtnl/tables'
import { lineModules } from '../evpn/line-modules.ts'
import { countOf } from '../output/count.ts'
import { textLines } from '../output/text-lines.ts'
import { checkDerived, checkPaths } from './evpn-check.ts'
import { evpnStage, evpnSteps } from './evpn-scene.ts'

import type { Player } from './player.ts'

/**
 * The second act: shows what the live collections of EVPN say of the scene, and compares them in the end with what is derived from
 * fresh dumps, and with what iproute2 says.
 * @throws {Error} a command failed, or something differs
 */
export async function playEvpn(player: Player): Promise<void> {
  await player.perform(evpnStage)
  const { Evpn } = await import('@rtnl/evpn')
  await using notifier = await Notifier.open()
  await using evpn = await Evpn.open({ notifier })
  const { vteps, groups, fdb, unresolved } = evpn
  const style = { names: await InterfaceNames.follow(notifier), paint: player.paint }
  const modules = new Map(
    lineModules(['vteps', 'groups', 'fdb', 'unresolved'].map(findEvpnCollection)).map((module) => [
      module.name,
      module,
    ]),
  )
  const followed = (async () => {
    for await (const batch of changesOf([vteps, groups, fdb, unresolved], { initial: false })) {
      await player.print(textLines(batch, modules.get(batch.table)!, style))
    }
  })()
  followed.catch(() => notifier.close())
  await player.play(evpnSteps, () => evpn.waitForSync())

  await checkDerived(evpn)
  await checkPaths(evpn, 'vx200')
  const counts = [
    countOf(vteps.size, ['endpoint', 'endpoints']),
    countOf(groups.size, ['group', 'groups']),
    countOf(fdb.size, ['host', 'hosts']),
    `${unresolved.size} unresolved`,
  ]
  await player.heading(
    `The collections equal what is derived from fresh dumps, and what bridge and ip say: ${counts.join(', ')}.`,
  )
  evpn.close()
  await followed
}
