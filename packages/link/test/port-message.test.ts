import { type Link, LinkMessage, LinkTable, linkDefinition, linkMessage } from '@rtnl/link'
import type { ChangeBatch } from '@rtnl/live-table'
import {
  AddressFamily,
  attribute,
  header,
  hidden,
  MulticastGroup,
  message,
  nested,
  s32,
  u8,
  u16,
  u32,
} from '@rtnl/netlink-core'
import { FakeKernel, FakeTable, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { turns, until } from '../../notifier/test/things.ts'

const ports = suite('messages about ports of a bridge')

/** What the kernel says of ports: `IFLA_PROTINFO` has what `IFLA_INFO_SLAVE_DATA` has in messages about links. */
const portMessage = message('port', {
  header: {
    family: header(u8),
    filler: hidden(u8),
    type: header(u16),
    ifindex: header(s32),
    flags: header(u32),
    change: hidden(u32),
  },
  attributes: {
    master: attribute(10, u32),
    protinfo: attribute(
      12,
      nested('protinfo', {
        state: attribute(1, u8),
        cost: attribute(3, u32),
        backupPort: attribute(34, u32),
        mcastNGroups: attribute(41, u32),
      }),
    ),
  },
})

type Port = Readonly<Record<'state' | 'cost', number> & { backupPort?: number; mcastNGroups?: number }>

const port: Port = { state: 3, cost: 2, mcastNGroups: 1 }

function linkOf(ifindex: number, bridgePort: Port): Link {
  const name = { family: 0, type: 1, ifindex, flags: 1, ifname: `v${ifindex}`, kind: 'veth', altnames: ['other'] }
  return { ...name, mtu: 1500, master: 6, slaveKind: 'bridge', bridgePort }
}

interface Place {
  readonly table: LinkTable
  readonly kernel: FakeKernel
  readonly links: FakeTable<Link>
  /** Masters whose ports were read, `all` for none. */
  readonly readings: (number | 'all')[]
  readonly batches: ChangeBatch<Link>[]
  /** The kernel tells of a port. */
  readonly say: (ifindex: number, protinfo: Port, master?: number) => void
}

function test(name: string, run: (place: Place) => Promise<void>): void {
  ports(name, async () => {
    const kernel = new FakeKernel()
    const links = new FakeTable<Link>(kernel, linkDefinition)
    const readings: (number | 'all')[] = []
    links.wanted = ({ master }, filter) => filter.master === undefined || filter.master === master
    kernel.on(LinkMessage.GET, (request) => {
      const { master, ifindex } = request.decode(linkMessage)
      // One link alone is asked for to wait for the kernel.
      if (ifindex === 0) readings.push(master ?? 'all')
      return links.handle(request)
    })
    for (const ifindex of [2, 3]) links.putSilently(linkOf(ifindex, port))
    links.putSilently({ family: 0, type: 1, ifindex: 6, flags: 1, ifname: 'br0', kind: 'bridge' })
    const table = await LinkTable.open({ transports: kernel })
    const batches: ChangeBatch<Link>[] = []
    const following = (async () => {
      for await (const batch of table.changes()) batches.push(batch)
    })()
    await turns()
    batches.length = 0
    readings.length = 0
    const say = (ifindex: number, protinfo: Port, master = 6): void => {
      const entry = { family: AddressFamily.BRIDGE, type: 1, ifindex, flags: 1, master, protinfo }
      kernel.notify(MulticastGroup.LINK, messageBytes(portMessage, { type: LinkMessage.NEW }, entry))
    }
    try {
      await run({ table, kernel, links, readings, batches, say })
    } finally {
      table.close()
    }
    await following
  })
}

test('change what they say, and nothing else of the link', async ({ table, readings, batches, say }) => {
  say(2, { state: 4, cost: 77, backupPort: 3 })
  await table.waitForSync()
  await turns()
  assert.equal(table.get({ ifindex: 2 }), linkOf(2, { state: 4, cost: 77, backupPort: 3 }))
  assert.equal(table.get({ ifindex: 3 }), linkOf(3, port))
  say(2, { state: 4, cost: 77 })
  await table.waitForSync()
  await turns()
  assert.equal(table.get({ ifindex: 2 }), linkOf(2, { state: 4, cost: 77 }))
  assert.equal(readings, [])
  assert.equal(
    batches.flatMap(({ cause, changes }) => changes.map(({ kind, key }) => `${cause} ${kind} ${key}`)),
    ['notification changed 2', 'notification changed 2'],
  )
})

test('change nothing if they say what is known, but for what counts by itself', async (place) => {
  const { table, readings, batches, say } = place
  say(2, { ...port, mcastNGroups: 5 })
  // Of a link that is not known, and of one that is in another bridge, the table hears in other messages.
  say(9, { state: 1, cost: 1 })
  say(3, { state: 1, cost: 1 }, 7)
  say(6, { state: 1, cost: 1 })
  await table.waitForSync()
  await turns()
  assert.equal([readings, batches], [[], []])
  assert.is(table.size, 3)
})

test('while links are read: the ports of the bridge are read once more', async (place) => {
  const { table, kernel, links, readings, say } = place
  kernel.hold('dump')
  const resync = table.resync()
  await until(() => readings.length === 1, 'the dump to begin')
  links.putSilently(linkOf(2, { state: 4, cost: 77 }))
  say(2, { state: 4, cost: 77 })
  await turns()
  kernel.resume('dump')
  await resync
  await table.waitForSync()
  assert.equal(readings, ['all', 6])
  assert.equal(table.get({ ifindex: 2 }), linkOf(2, { state: 4, cost: 77 }))
})

ports.run()
