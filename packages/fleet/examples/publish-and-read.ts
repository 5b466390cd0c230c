import { Fleet, Publisher } from '@rtnl/fleet'
import { LinkTable } from '@rtnl/link'

const servers = 'nats://127.0.0.1:4222'

// On each node: any live table is published, exactly, through losses of the connection.
const links = await LinkTable.open()
const publisher = await Publisher.open({ servers, fleet: 'lab', node: 'leaf1', stream: { maxBytes: 64 * 1024 * 1024 } })
publisher.publish('', links)

// Anywhere: the tables of all nodes, as live as those of the kernel.
const fleet = await Fleet.open({ servers, fleet: 'lab' })
for await (const { event, changes } of fleet.table('link').changes()) {
  for (const { kind, entry } of changes) console.log(`${kind} ${entry.ifname} of ${entry.node}`)
  if (event === 'change') break
}
// The server's messages up to now are read: among them what the node says of itself.
await fleet.waitForSync()
console.log('nodes:', ...[...fleet.nodes].map(({ node }) => node))

fleet.close()
await publisher.end()
links.close()
