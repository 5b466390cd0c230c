import { LinkTable } from '@rtnl/link'
import { NeighborState, NeighborTable } from '@rtnl/neighbor'

const [name = '', netns] = process.argv.slice(2)

const links = await LinkTable.open({ netns })
const ifindex = links.ifindex(name)
if (ifindex === undefined) {
  console.error(name === '' ? 'usage: watch-neighbors INTERFACE [NETNS]' : `there is no interface ${name}`)
  process.exit(2)
}
const neighbors = await NeighborTable.open({ netns, ifindex })

for await (const { event, changes, entries } of neighbors.changes()) {
  if (event === 'synced') console.log(`${entries} neighbours of ${name}`)
  for (const { kind, entry } of changes) {
    const reachable = (entry.state & NeighborState.REACHABLE) !== 0 ? ' reachable' : ''
    console.log(`${kind} ${entry.dst} at ${entry.lladdr}${reachable}`)
  }
}
