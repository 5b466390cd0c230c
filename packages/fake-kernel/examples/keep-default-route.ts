import { replaceAddress } from '@rtnl/address'
import { FakeNamespace } from '@rtnl/fake-kernel'
import { Connection } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { RouteTable, routeOwner } from '@rtnl/route'

// A namespace with two uplinks, as the agent is to find it. Left out, the transports are those of the system.
const kernel = new FakeNamespace()
const connection = await Connection.open({ transports: kernel })
const first = kernel.addPair('wan0', 'isp0')
const second = kernel.addPair('wan1', 'isp1')
await replaceAddress(connection, { ifindex: first.ifindex, prefixlen: 24, address: '198.51.100.7' })
await replaceAddress(connection, { ifindex: second.ifindex, prefixlen: 24, address: '203.0.113.7' })

// The agent: it keeps a default route by the first uplink, and one by the second for when the first is gone.
const notifier = await Notifier.open({ connection })
const dst = '0.0.0.0/0'
const agent = await keep(
  routeOwner({ table: 254, protocol: 84 }),
  [
    { dst, gateway: '198.51.100.1', priority: 10 },
    { dst, gateway: '203.0.113.1', priority: 20 },
  ],
  { notifier },
)

// The test: what is the default route when an uplink goes down, which takes its routes along silently, and comes back?
const routes = await RouteTable.open({ notifier, family: 2, table: 254 })
const scenes = [
  { title: 'both uplinks are up', gateway: '198.51.100.1', change: () => {} },
  { title: 'the first one is down', gateway: '203.0.113.1', change: () => kernel.setDown('wan0') },
  { title: 'it is up again', gateway: '198.51.100.1', change: () => kernel.setUp('wan0') },
]
for (const { title, gateway, change } of scenes) {
  change()
  for await (const _batch of routes.changes()) {
    const route = routes.get({ dst, priority: 10 }) ?? routes.get({ dst, priority: 20 })
    if (route?.gateway === gateway) break
  }
  console.log(`${title}: default via ${gateway}`)
}

routes.close()
agent.close()
notifier.close()
connection.close()
