import { replaceAddress } from '@rtnl/address'
import { FakeNamespace } from '@rtnl/fake-kernel'
import { Connection } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { RouteTable } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const ipv6 = suite('IPv6 of the fake kernel')

ipv6('tables see what addresses and links cause', async () => {
  const kernel = new FakeNamespace({ ipv6: true })
  const connection = await Connection.open({ transports: kernel })
  const { ifindex } = kernel.addPair('a', 'b')
  const notifier = await Notifier.open({ connection })
  const routes = await RouteTable.open({ notifier, family: 10, table: 254 })
  try {
    const prefixes = (): string[] => [...routes].filter(({ oif }) => oif === ifindex).map(({ dst }) => dst ?? '')
    assert.equal(prefixes(), ['fe80::/64'])
    await replaceAddress(connection, { ifindex, prefixlen: 64, address: '2001:db8::1' })
    await routes.resync()
    assert.equal(prefixes().sort(), ['2001:db8::/64', 'fe80::/64'])
    kernel.setDown('a')
    await routes.resync()
    assert.equal(prefixes(), [])
  } finally {
    routes.close()
    notifier.close()
    connection.close()
  }
})

ipv6.run()
