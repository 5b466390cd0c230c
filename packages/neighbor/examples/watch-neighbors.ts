import { LinkTable } from '@rtnl/link'
import { NeighborState, NeighborTable } from '@rtnl/neighbor'

const [name = 'eth0', netns] = process.argv.slice(2)

await using links = await LinkTable.open({ netns })
const ifindex = links.ifindex(name)
if (ifindex === undefined) throw new Error(`there is no interface ${name}`)
await using neighbors = await NeighborTable.open({ netns, ifindex })

for await (const { event, changes, entries } of neighbors.changes()) {
  if (event === 'synced') console.log(`${entries} neighbours of ${name}`)
  for (const { kind, entry } of changes) {
    const reachable = (entry.state & NeighborState.REACHABLE) !== 0 ? ' reachable' : ''
    console.log(`${kind} ${entry.dst} at ${entry.lladdr}${reachable}`)
  }
}
