import { RouteTable, RouteTableId } from '@rtnl/route'

const routes = await RouteTable.open({ netns: process.argv[2], table: RouteTableId.MAIN })

for await (const { event, cause, changes, entries } of routes.changes()) {
  for (const { kind, entry } of changes) {
    const way = entry.gateway === undefined ? 'direct' : `via ${entry.gateway}`
    console.log(`${kind} ${entry.dst} ${way} (${cause})`)
  }
  if (event === 'synced') console.log(`${entries} routes; from here on, what changes:`)
}
