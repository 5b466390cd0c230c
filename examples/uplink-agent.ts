import { NeighborTable } from '@rtnl/neighbor'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { RouteTableId, routeOwner } from '@rtnl/route'

// Keeps a default route by each gateway, the first one preferred, and those that do not answer last.
const gateways = process.argv.slice(2)
if (gateways.length === 0) {
  console.error('usage: uplink-agent GATEWAY...')
  process.exit(2)
}

// What the agent hears by: one socket for all tables, so that their changes come in the kernel's order.
const notifier = await Notifier.open()
const neighbors = await NeighborTable.open({ notifier, family: 2 })
// The table has a neighbour while the kernel has a hardware address for it.
const answering = new Set<string>()

/** What the kernel is to have, by what is known now. A metric says how late a route is taken. */
function desired() {
  return gateways.map((gateway, index) => ({
    dst: '0.0.0.0/0',
    gateway,
    priority: (answering.has(gateway) ? 100 : 1000) + index,
  }))
}

// Routes of protocol 84 in the main table are the agent's. All others are left alone.
const routes = await keep(routeOwner({ table: RouteTableId.MAIN, protocol: 84 }), desired(), {
  notifier,
  onWaiting: (causes) => {
    for (const { cause } of causes) console.log(`waits for ${cause}`)
  },
})
console.log(`keeps ${routes.size} routes`)

// Whatever ends the program: the routes go with the agent.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await routes.remove()
    notifier.close()
  })
}

for await (const { changes } of neighbors.changes()) {
  for (const { kind, entry } of changes) {
    const { dst = '' } = entry
    const answers = kind !== 'removed'
    if (!gateways.includes(dst) || answers === answering.has(dst)) continue
    if (answers) answering.add(dst)
    else answering.delete(dst)
    await routes.assign(desired())
    await routes.idle()
    console.log(`${dst} ${answers ? 'answers' : 'does not answer'}`)
  }
}
