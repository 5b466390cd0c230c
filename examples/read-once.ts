import { Connection } from '@rtnl/netlink-core'
import { reconcile } from '@rtnl/reconcile'
import { dumpRoutes, lookupRoute, RouteTableId, routeOwner } from '@rtnl/route'

const connection = await Connection.open()

for await (const batch of dumpRoutes(connection, { family: 2, table: RouteTableId.MAIN })) {
  for (const { dst, gateway = 'direct', oif } of batch) console.log(`${dst} ${gateway} interface ${oif}`)
}

const way = await lookupRoute(connection, { dst: '203.0.113.1' })
console.log(`203.0.113.1 goes by ${way?.dst}`)

const { added, failed } = await reconcile(routeOwner({ table: 100, protocol: 84 }), [
  { dst: '192.0.2.0/24', gateway: '10.0.0.2' },
  { dst: '198.51.100.0/24', gateway: '10.9.9.9' },
])
console.log(`${added} added`)
for (const { entry, error } of failed) console.log(`${entry.dst}: ${error.message}`)

connection.close()
