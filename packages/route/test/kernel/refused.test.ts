import { NetlinkError } from '@rtnl/netlink-core'
import { Notifier } from '@rtnl/notifier'
import { keep } from '@rtnl/reconcile'
import { type Route, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { consecutive, inNetns, ownership, shownTable, sync } from '../support/owned.ts'

const refused = suite('routes of ours that cannot be')

refused('what the kernel refuses is listed with its words; the others go through', () =>
  inNetns(async (netns) => {
    const desired = consecutive(3000, '10.0.0.2')
    desired[700] = { ...desired[700]!, gateway: '192.0.2.1' }
    desired[1500] = { dst: '10.25.220.0/24', oif: 4711 }
    desired[2900] = { dst: 'fd20::/64', gateway: 'fe80::1' }
    const { added, failed } = await sync(netns, desired)
    assert.is(added, 2997)
    assert.equal(
      failed.map(({ action, entry, error }) => [action, entry.dst, (error as { code?: string }).code]),
      [
        ['add', '10.22.188.0/24', 'ENETUNREACH'],
        ['add', 'fd20::/64', 'EINVAL'],
        ['add', '10.25.220.0/24', 'ERR_RTNL_WAITING'],
      ],
    )
    const [unreachable, invalid, waiting] = failed
    assert.is(
      unreachable?.error.message,
      'add route 10.22.188.0/24 table 100: Nexthop has invalid gateway (ENETUNREACH)',
    )
    assert.instance(invalid?.error, NetlinkError)
    // What is known to be missing says more than what the kernel said.
    assert.is(waiting?.error.message, 'route 10.25.220.0/24 table 100: waits for link 4711, which does not exist')
    assert.is((waiting?.error.cause as NetlinkError | undefined)?.code, 'ENODEV')
    assert.is(shownTable(netns).length, 2997)
  }),
)

// Beyond the types: programs in JavaScript, and data from files.
const bad: readonly [entry: unknown, message: string][] = [
  [{ dst: '20.0.0.1/24', gateway: '10.0.0.2' }, '[3].dst: "20.0.0.1/24" has bits set beyond its length'],
  [{ dst: '20.0.0.0/33', gateway: '10.0.0.2' }, '[3].dst: "20.0.0.0/33" is longer than 32 bits'],
  [{ dst: 'fd20::/129', gateway: 'fd00:0::2' }, '[3].dst: "fd20::/129" is longer than 128 bits'],
  [{ gateway: '10.0.0.2' }, '[3].dst: is missing'],
  [{ dst: 'fd20::/64', gateway: '10.0.0.2' }, '[3].gateway: 10.0.0.2 is IPv4, which an IPv6 route cannot go by'],
  [{ dst: '20.0.0.0/24', gateway: 'there' }, '[3].gateway: "there" is not an IPv4 or IPv6 address'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', oif: -1 }, '[3].oif: -1 is not a whole number in 1..2147483647'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', table: 0 }, '[3].table: 0 is reserved'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', table: 252 }, '[3].table: 252 is reserved'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', table: 255 }, '[3].table: 255 is not 100, the table that is written'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', table: 0xffffffff }, '[3].table: 4294967295 is reserved'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', table: 101 }, '[3].table: 101 is not 100, the table that is written'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', protocol: 3 }, '[3].protocol: 3 is not 84, which marks routes of ours'],
  [{ dst: '20.0.0.0/24', gateway: '10.0.0.2', colour: 1 }, '[3].colour: there is no such field'],
  [{ dst: '20.0.0.0/24', nhId: 1, gateway: '10.0.0.2' }, '[3].gateway: cannot stand beside nhId'],
  [{ dst: '20.0.0.0/24', tos: 3, gateway: '10.0.0.2' }, '[3].tos: 3 has bits of congestion notification'],
  [
    { dst: '20.0.0.0/24', multipath: [{ gateway: 'fd00::1::' }] },
    '[3].multipath[0].gateway: "fd00::1::" is not an IPv4 or IPv6 address',
  ],
  [
    { dst: '20.0.0.0/24', multipath: [{ gateway: '10.0.0.2', weight: 0 }, { oif: 1 }] },
    '[3].multipath[0].weight: 0 is not a whole number in 1..256',
  ],
  [{ dst: '10.21.0.0/24', family: 10 }, '[3].family: 10 is not that of 10.21.0.0/24, 2'],
  [{ dst: '10.20.1.0/24', gateway: '10.0.0.2' }, '[3]: route 10.20.1.0/24 table 100 is wanted twice, first by [1]'],
  ['20.0.0.0/24', '[3]: "20.0.0.0/24" is not an object'],
]

refused('what cannot be is refused with its place, and nothing is sent', () =>
  inNetns(async (netns) => {
    const notifier = await Notifier.open({ netns })
    const { counters } = notifier.connection
    const controller = await keep(routeOwner(ownership), [], { notifier })
    const sent = counters.sentBytes
    for (const [entry, message] of bad) {
      const desired = [...consecutive(3, '10.0.0.2'), entry as Partial<Route>]
      await sync(netns, desired, { notifier }).then(
        () => assert.unreachable(message),
        (error: Error) => {
          assert.ok(error instanceof TypeError || error instanceof RangeError, `${error.name}: ${message}`)
          assert.is(error.message, message)
        },
      )
      await controller.assign(desired).then(
        () => assert.unreachable(message),
        (error: Error) => assert.is(error.message, message),
      )
    }
    for (const table of [0, 252, 0xffffffff, -1, 2 ** 32, 1.5]) {
      assert.throws(
        () => routeOwner({ table, protocol: 84 }),
        (error: Error) => error.message === `table: ${table} is no routing table that may be written`,
      )
    }
    // Beyond the types: what is ours must be said.
    assert.throws(
      () => routeOwner({ protocol: 84 } as never),
      'table: undefined is no routing table that may be written',
    )
    assert.throws(() => routeOwner({ table: 100 } as never), 'protocol: undefined is not a whole number in 0..255')
    await controller.idle()
    assert.is(counters.sentBytes, sent)
    assert.equal([controller.requests, shownTable(netns)], [0, []])
    notifier.close()
  }),
)

refused.run()
