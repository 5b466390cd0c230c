import { type Link, linkDefinition, linkMessage } from '@rtnl/link'
import { MessageFlag, MulticastGroup, messageHeaderLength } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { nexthopDefinition } from '@rtnl/nexthop'
import { type Route, RouteMessage, RouteTable, routeMessage } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const odd = suite('routes in bytes that no kernel should send')

const base: Route = {
  family: 10,
  tos: 0,
  protocol: 3,
  scope: 0,
  type: 1,
  flags: 0,
  table: 254,
  priority: 1024,
  pref: 0,
}
const hops = ['fd00::2', 'fd00::3'].map((gateway, index) => ({ gateway, oif: index + 3, flags: 0, weight: 1 }))

/** The bytes of a route to 2001:1::/64, of which the last bit of the address is set. */
function beyondLength(route: Partial<Route>, flags: number): Uint8Array {
  const bytes = messageBytes(routeMessage, { type: RouteMessage.NEW, flags }, { ...base, dst: '2001:1::/64', ...route })
  const view = new DataView(bytes.buffer)
  const RTA_DST = 1
  for (let at = messageHeaderLength + 12; at < bytes.length; at += (view.getUint16(at, true) + 3) & ~3) {
    if (view.getUint16(at + 2, true) === RTA_DST) view.setUint8(at + 19, 1)
  }
  return bytes
}

function makeKernel(): { kernel: FakeKernel; links: FakeTable<Link> } {
  const kernel = new FakeKernel()
  const links = new FakeTable(kernel, linkDefinition)
  new FakeTable(kernel, nexthopDefinition)
  kernel.on(RouteMessage.GET, () => answer.dump(routeMessage, RouteMessage.NEW, []))
  return { kernel, links }
}

odd('bits beyond the length of a prefix: a leg that joins is read', async () => {
  const { kernel } = makeKernel()
  await using table = await RouteTable.open({ transports: kernel })
  const { CREATE, EXCL, APPEND } = MessageFlag
  const shown = beyondLength({ multipath: hops }, 0)
  kernel.on(RouteMessage.GET, (request) => {
    const row = shown.slice()
    new DataView(row.buffer).setUint32(8, request.seq, true)
    const end = answer.dump(routeMessage, RouteMessage.NEW, [])
    return answer.raw(row, ...end(request))
  })
  kernel.notify(MulticastGroup.IPV6_ROUTE, beyondLength({ gateway: 'fd00::2', oif: 3 }, CREATE | EXCL))
  kernel.notify(MulticastGroup.IPV6_ROUTE, beyondLength({ multipath: [...hops].reverse() }, CREATE | APPEND))
  await table.waitForSync()
  assert.is(table.state, 'live')
  const end = shown.length
  assert.equal([...table], [routeMessage.decode(new DataView(shown.buffer), messageHeaderLength, end)])
})

odd('an interface with an index that there cannot be: routes are read as a whole', async () => {
  const { kernel, links } = makeKernel()
  await using table = await RouteTable.open({ transports: kernel })
  const link = (flags: number): Link =>
    linkMessage.decode(...bodyOf(messageBytes(linkMessage, { type: 16 }, { ifindex: -5, flags, ifname: 'odd' })))
  const known = table.relists
  links.put(link(1))
  links.put(link(0))
  await table.waitForSync()
  assert.is(table.state, 'live')
  assert.ok(table.relists > known)
})

function bodyOf(bytes: Uint8Array): [DataView, number, number] {
  return [new DataView(bytes.buffer), messageHeaderLength, bytes.length]
}

odd.run()
