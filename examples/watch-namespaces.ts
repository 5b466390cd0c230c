import { LinkTable } from '@rtnl/link'

const namespaces = process.argv.slice(2)

// Each namespace has its own sockets and its own table. Three threads serve all of them, however many there are.
const tables = await Promise.all(namespaces.map(async (netns) => ({ netns, links: await LinkTable.open({ netns }) })))
for (const { netns, links } of tables) console.log(`${netns}: ${links.size} links`)

await Promise.all(
  tables.map(async ({ netns, links }) => {
    for await (const { changes } of links.changes({ initial: false })) {
      for (const { kind, entry } of changes) console.log(`${netns}: ${kind} ${entry.ifname}`)
    }
  }),
)
