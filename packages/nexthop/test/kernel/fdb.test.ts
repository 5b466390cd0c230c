// timeout: 900
import { Connection } from '@rtnl/netlink-core'
import {
  type FdbNexthop,
  FdbNexthopTable,
  type FdbNotification,
  fdbNexthops,
  formatNexthop,
  NexthopTable,
  nexthopListener,
  syncNexthops,
} from '@rtnl/nexthop'
import { type Listener, Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ip, ipBatch, makeNetns } from '../support/ip.ts'

const fdb = suite('nexthops for forwarding entries')

let number = 0

/** Runs a test in a namespace of its own. */
async function inNetns(test: (netns: string) => Promise<void>): Promise<void> {
  const netns = `fdb${number++}`
  await makeNetns(netns)
  await test(netns)
  ip(`netns del ${netns}`)
}

function lines(nexthops: Iterable<FdbNexthop>, get: (id: number) => FdbNexthop | undefined): string[] {
  return [...nexthops].sort((left, right) => left.id - right.id).map((entry) => `Nexthop ${formatNexthop(entry, get)}`)
}

/** What a listener has gathered, and what it prints as. */
function take(listener: Listener<FdbNotification>): { messages: FdbNotification[]; lines: string[] } {
  const event = listener.take()
  if (event?.kind === 'lost') throw new Error(`messages were lost: ${event.reason}`)
  const messages = [...(event?.messages ?? [])]
  listener.flush()
  return {
    messages,
    lines: messages.flatMap((message) =>
      message.kind === 'foreign'
        ? []
        : [`${message.kind === 'new' ? 'Add' : 'Delete'} nexthop ${formatNexthop(message.nexthop)}`],
    ),
  }
}

fdb('sync', () =>
  inNetns(async (netns) => {
    await using connection = await Connection.open({ netns })
    const check = async (commands: string[], expected: string[]): Promise<void> => {
      ipBatch(netns, commands)
      const table = await syncNexthops(connection)
      assert.equal(
        lines(table, (id) => table.get(id)),
        expected,
      )
      await using live = await NexthopTable.open({ netns })
      const seen = new Map([...fdbNexthops(live)].map((entry) => [entry.id, entry]))
      assert.equal(
        lines(seen.values(), (id) => seen.get(id)),
        expected,
      )
    }
    const singles = ['Nexthop id=1, address=192.168.1.1', 'Nexthop id=2, address=192.168.1.2']
    const six = ['Nexthop id=3, address=fd20:100::3', 'Nexthop id=4, address=fd20:100::4']
    await check([], [])
    await check(['nexthop add id 1 via 192.168.1.1 fdb', 'nexthop add id 2 via 192.168.1.2 fdb'], singles)
    await check(['nexthop add id 3 via fd20:100::3 fdb', 'nexthop add id 4 via fd20:100::4 fdb'], [...singles, ...six])
    await check(
      ['nexthop add id 10 group 1 fdb', 'nexthop add id 12 group 1,100/2,200 fdb', 'nexthop add id 34 group 3/4 fdb'],
      [
        ...singles,
        ...six,
        'Nexthop id=10, group=[1;192.168.1.1;1]',
        'Nexthop id=12, group=[1;192.168.1.1;100, 2;192.168.1.2;200]',
        'Nexthop id=34, group=[3;fd20:100::3;1, 4;fd20:100::4;1]',
      ],
    )
    await check(
      [
        'nexthop add id 5 blackhole',
        'nexthop add id 6 via 10.0.0.2 dev v0',
        'nexthop add id 16 group 6',
        'nexthop del id 1',
      ],
      [
        'Nexthop id=2, address=192.168.1.2',
        ...six,
        'Nexthop id=12, group=[2;192.168.1.2;200]',
        'Nexthop id=34, group=[3;fd20:100::3;1, 4;fd20:100::4;1]',
      ],
    )
  }),
)

fdb('notifications', () =>
  inNetns(async (netns) => {
    await using notifier = await Notifier.open({ netns })
    const listener = notifier.listen(nexthopListener)
    await listener.update(true)
    const table = await syncNexthops(notifier.connection)
    const check = async (command: string, expected: string[]): Promise<void> => {
      ipBatch(netns, [command])
      await notifier.fence()
      const { messages, lines: printed } = take(listener)
      assert.equal(printed, expected, command)
      assert.is(table.handleChanges(messages), expected.length > 0, command)
      const read = await syncNexthops(notifier.connection)
      assert.equal([...table].sort(byId), [...read].sort(byId), command)
    }
    await check('nexthop add id 1 via 192.168.1.1 fdb', ['Add nexthop id=1, address=192.168.1.1'])
    await check('nexthop add id 2 via fd20:100::2 fdb', ['Add nexthop id=2, address=fd20:100::2'])
    await check('nexthop add id 3 via 192.168.1.3 fdb', ['Add nexthop id=3, address=192.168.1.3'])
    await check('nexthop add id 10 group 1 fdb', ['Add nexthop id=10, group=[1;1]'])
    await check('nexthop add id 13 group 1,100/3,200 fdb', ['Add nexthop id=13, group=[1;100, 3;200]'])
    await check('nexthop add id 4 blackhole', [])
    await check('nexthop add id 5 via 10.0.0.2 dev v0', [])
    await check('nexthop add id 15 group 5', [])
    await check('nexthop del id 15', [])
    await check('nexthop del id 4', [])
    await check('nexthop replace id 3 via 192.168.1.33 fdb', ['Add nexthop id=3, address=192.168.1.33'])
    assert.equal(table.resolve(13), [
      { id: 1, weight: 100, nexthop: { id: 1, gateway: '192.168.1.1' } },
      { id: 3, weight: 200, nexthop: { id: 3, gateway: '192.168.1.33' } },
    ])
    await check('nexthop del id 3', ['Delete nexthop id=3, address=192.168.1.33', 'Add nexthop id=13, group=[1;100]'])
    await check('nexthop del id 10', ['Delete nexthop id=10, group=[1;1]'])
    await check('nexthop del id 1', ['Delete nexthop id=1, address=192.168.1.1', 'Delete nexthop id=13, group=[1;100]'])
    await check('nexthop del id 2', ['Delete nexthop id=2, address=fd20:100::2'])
    assert.is(table.size, 0)
  }),
)

fdb('a nexthop that loses its fdb flag is gone, and comes back with it', () =>
  inNetns(async (netns) => {
    await using notifier = await Notifier.open({ netns })
    const listener = notifier.listen(nexthopListener)
    await listener.update(true)
    const table = new FdbNexthopTable()
    const change = async (command: string): Promise<boolean> => {
      ipBatch(netns, [command])
      await notifier.fence()
      return table.handleChanges(take(listener).messages)
    }
    assert.is(await change('nexthop add id 1 via 192.168.1.1 fdb'), true)
    assert.is(await change('nexthop replace id 1 via 192.168.1.1 fdb'), false)
    assert.is(await change('nexthop replace id 1 via 10.0.0.2 dev v0'), true)
    assert.is(table.get(1), undefined)
    assert.is(await change('nexthop replace id 1 via 192.168.1.1 fdb'), true)
    assert.equal(table.get(1), { id: 1, gateway: '192.168.1.1' })
  }),
)

function byId(left: FdbNexthop, right: FdbNexthop): number {
  return left.id - right.id
}

fdb.run()
