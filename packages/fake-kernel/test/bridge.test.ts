import { FakeNamespace, type UnsupportedRequestError } from '@rtnl/fake-kernel'
import { LinkMessage, LinkTable, linkMessage } from '@rtnl/link'
import { FdbTable, NeighborFlag, NeighborMessage, NeighborState, neighborMessage } from '@rtnl/neighbor'
import { AddressFamily, Connection, MessageFlag, NetlinkError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const bridge = suite('bridges of the fake kernel')

const flags = MessageFlag.CREATE | MessageFlag.EXCL
const type = LinkMessage.NEW
const address = '02:00:00:00:00:40'
const learned = '02:00:00:00:00:aa'

bridge('tables see what a bridge has, and what goes with a port', async () => {
  const kernel = new FakeNamespace()
  const connection = await Connection.open({ transports: kernel })
  const { ifindex } = kernel.addPair('a', 'b')
  const change = (entry: object): Promise<unknown> =>
    connection.request({ message: linkMessage, type, flags: 'master' in entry ? 0 : flags, entry, operation: 'change' })
  const notifier = await Notifier.open({ connection })
  const links = await LinkTable.open({ notifier })
  const fdb = await FdbTable.open({ notifier })
  try {
    const shown = (): string[] => [...fdb].map((each) => `${each.lladdr} at ${each.ifindex}`).sort()
    await change({ ifindex: 40, ifname: 'br', kind: 'bridge', address })
    kernel.setUp('br')
    await change({ ifindex, master: 40 })
    await connection.request({
      message: neighborMessage,
      type: NeighborMessage.NEW,
      flags,
      entry: {
        family: AddressFamily.BRIDGE,
        ifindex,
        lladdr: learned,
        state: NeighborState.REACHABLE,
        flags: NeighborFlag.MASTER,
      },
      operation: 'add an entry',
    })
    await links.resync()
    await fdb.resync()
    const own = `${links.get({ ifindex })?.address} at ${ifindex}`
    assert.equal(shown(), [own, `${address} at 40`, `${learned} at ${ifindex}`].sort())
    assert.is(links.get({ ifindex })?.bridgePort?.state, 3)
    kernel.setDown('a')
    await fdb.resync()
    assert.equal(shown(), [own, `${address} at 40`].sort())
    kernel.deleteLink('br')
    await links.resync()
    await fdb.resync()
    assert.equal(shown(), [])
    assert.is(links.get({ ifindex })?.master, undefined)
  } finally {
    fdb.close()
    links.close()
    notifier.close()
    connection.close()
  }
})

const unknown = [
  { title: 'a bridge where IPv6 is on', ipv6: true, entry: { ifname: 'br', kind: 'bridge', address } },
  { title: 'a bridge without IFLA_ADDRESS', ipv6: false, entry: { ifname: 'br', kind: 'bridge' } },
]
for (const { title, ipv6, entry } of unknown) {
  bridge(`${title} is refused loudly`, async () => {
    const told: UnsupportedRequestError[] = []
    const connection = await Connection.open({
      transports: new FakeNamespace({ ipv6, unsupported: (error) => told.push(error) }),
    })
    try {
      await connection.request({ message: linkMessage, type, flags, entry, operation: 'make a bridge' })
      assert.unreachable('it was made')
    } catch (error) {
      assert.instance(error, NetlinkError)
      assert.equal(
        told.map(({ message }) => message),
        [`the fake kernel does not know ${title} in RTM_NEWLINK`],
      )
    } finally {
      connection.close()
    }
  })
}

bridge.run()
