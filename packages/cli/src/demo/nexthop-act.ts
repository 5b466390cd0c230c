import { type ChangeBatch, changesOf } from '@rtnl/live-table'
import { FdbTable } from '@rtnl/neighbor'
import { dumpNexthops, type Nexthop, NexthopTable } from '@rtnl/nexthop'
import { Notifier } from '@rtnl/notifier'
import { findTable, InterfaceNames } from '@rtnl/tables'
import { textLines } from '../output/text-lines.ts'
import { stage, steps } from './nexthop-scene.ts'
import type { Player } from './player.ts'
import { sameEntries } from './same-entries.ts'

/**
 * The first act: shows what the live tables of nexthops and of forwarding entries say of the scene, and compares them with fresh
 * dumps in the end.
 * @throws {Error} a command failed, or a table differs
 */
export async function playNexthops(player: Player): Promise<void> {
  await player.perform(stage)
  await using notifier = await Notifier.open()
  await using table = await NexthopTable.open({ notifier })
  await using forwardings = await FdbTable.open({ notifier })
  const style = { names: await InterfaceNames.follow(notifier), paint: player.paint }
  const followed = (async () => {
    for await (const batch of changesOf([table, forwardings], { initial: false })) {
      const ofNexthops = batch.table === table.definition.name
      await player.print(textLines(batch, findTable(batch.table), style))
      if (ofNexthops) await player.print(groupLines(table, batch as ChangeBatch<Nexthop>))
    }
  })()
  followed.catch(() => notifier.close())
  await player.play(steps, () => Promise.all([table.waitForSync(), forwardings.waitForSync()]))

  const nexthops: Nexthop[] = []
  for await (const batch of dumpNexthops(notifier.connection)) nexthops.push(...batch)
  await using fresh = await FdbTable.open()
  const differs = !sameEntries(table, nexthops) || !sameEntries(forwardings, fresh)
  if (differs) throw new Error('the live tables differ from fresh ones: this is a bug')
  const counts = `${table.size} nexthops and ${forwardings.size} forwarding entries`
  await player.heading(`The live tables equal fresh dumps: ${counts}.`)
  table.close()
  forwardings.close()
  await followed
}

/** Where the groups lead that resolve to something else since the batch. */
function groupLines(table: NexthopTable, batch: ChangeBatch<Nexthop>): string {
  return table
    .affected(batch)
    .map((id) => {
      const members = table.resolve(id)
      if (members === undefined) return `  group ${id} is gone\n`
      // The group names a deleted member until the kernel announces the group, in its next message.
      const paths = members.filter(({ nexthop }) => nexthop !== undefined)
      if (paths.length === 0) return ''
      const total = paths.reduce((sum, { weight }) => sum + weight, 0)
      const shares = paths.map(({ nexthop, weight }) => `${nexthop?.gateway} (${Math.round((100 * weight) / total)} %)`)
      return `  group ${id} leads to ${shares.join(', ')}\n`
    })
    .join('')
}
