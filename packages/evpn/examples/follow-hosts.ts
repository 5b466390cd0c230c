import { Evpn, type Fdb, type Group } from '@rtnl/evpn'
import { changesOf } from '@rtnl/live-table'

const [netns] = process.argv.slice(2)

await using evpn = await Evpn.open({ netns })

const way = (entry: unknown): string =>
  (entry as Fdb | Group).paths.map(({ remote }) => remote.ip).join(' and ') || 'nothing'

// Hosts behind a group share its paths: a change of the group is one change, however many hosts are behind it.
for await (const { table, changes } of changesOf([evpn.groups, evpn.fdb])) {
  for (const change of changes) {
    const { kind, entry } = change
    if (table === 'fdb') console.log(`${kind} host ${(entry as Fdb).mac} by ${way(entry)}`)
    else if (change.kind === 'changed' && way(change.old) !== way(entry))
      console.log(`hosts of segment ${(entry as Group).nhId} by ${way(entry)}`)
  }
}
