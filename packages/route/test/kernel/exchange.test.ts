import { Notifier } from '@rtnl/notifier'
import { keep, LeaseHeldError } from '@rtnl/reconcile'
import { RouteExchange, routeOwner } from '@rtnl/route'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { four, inNetns, shown, shownFour, shownSix, six } from '../support/exchanging.ts'
import { ipForce, ipJson, play, until } from '../support/ip.ts'

const exchange = suite('exchange of routes')

exchange('gives what is learned to the ports, as their interfaces and options say', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'route add 198.51.100.0/24 table 1000 via 10.0.0.2 proto 186',
      'route add 198.51.101.0/24 table 1000 via 10.0.1.2 proto 186',
    ])
    await using running = await RouteExchange.open({ netns })
    const learning = [
      { name: 'any' },
      { name: 'second', ifname: 'v1' },
      { name: 'deaf', noLearning: true },
      { name: 'other', ifname: 'v2' },
    ]
    const datapaths = [
      { name: 'east', table: 1000, routes: [four], ports: learning },
      { name: 'west', table: 1000, routes: [], ports: [{ name: 'first', ifname: 'v0' }] },
      { name: 'north', table: 2000, routes: [], ports: [{ name: 'away' }] },
    ]
    const told = async (): Promise<string[]> => {
      const { learned, error } = await running.run(datapaths)
      assert.is(error, undefined)
      return learned.map(({ datapath, port, prefix }) => `${datapath} ${port} ${prefix}`).sort()
    }
    const first = [
      'east any 198.51.100.0',
      'east any 198.51.101.0',
      'east second 198.51.101.0',
      'west first 198.51.100.0',
    ]
    assert.equal(await told(), first)
    assert.equal(shown(netns, 1000, true), [shownFour])
    await play(netns, [
      'route del 198.51.101.0/24 table 1000',
      'route add 198.51.109.0/24 table 2000 via 10.0.2.2 proto 186',
    ])
    assert.equal(await told(), ['east any 198.51.100.0', 'north away 198.51.109.0', 'west first 198.51.100.0'])
    // Before Linux 6.2 an interface that is up keeps its name.
    await play(netns, [
      ...['link set v1 down', 'link set v1 name w1', 'link set w1 up'],
      'route add 198.51.110.0/24 table 1000 via 10.0.1.2 proto 186',
    ])
    assert.equal(await told(), [
      'east any 198.51.100.0',
      'east any 198.51.110.0',
      'north away 198.51.109.0',
      'west first 198.51.100.0',
    ])
  }),
)

exchange('leaves a table alone in which two datapaths advertise', () =>
  inNetns(async (netns) => {
    await play(netns, ['route add 198.51.100.0/24 table 1000 via 10.0.0.2 proto 186'])
    await using running = await RouteExchange.open({ netns })
    const other = { dst: '192.0.3.0/24', priority: 10 }
    const ports = [{ name: 'port' }]
    const east = { name: 'east', table: 1000, routes: [four], ports }
    const west = { name: 'west', table: 1000, routes: [other], ports }
    // One that advertises nothing gives way.
    await running.run([{ ...east, routes: [] }, west])
    const shownOther = '192.0.3.0/24 blackhole metric 10 proto 84'
    assert.equal(shown(netns, 1000, true), [shownOther])
    const { learned, tables } = await running.run([east, west])
    assert.equal(learned, [])
    assert.equal(
      tables.map(({ conflict }) => conflict),
      ['Multiple datapaths are distributing routes on routing table 1000'],
    )
    assert.equal(shown(netns, 1000, true), [shownOther])
    const after = await running.run([east, { ...west, routes: [] }])
    assert.equal(
      after.learned.map(({ datapath }) => datapath),
      ['east', 'west'],
    )
    assert.equal(shown(netns, 1000, true), [shownFour])
  }),
)

exchange('cleans up the tables that nobody names any more, also one that was in conflict', () =>
  inNetns(async (netns) => {
    const before = [shown(netns, 1000), shown(netns, 2000)]
    // What an earlier life left.
    await play(netns, ['route add 192.0.9.0/24 via 10.0.0.2 table 2000 proto 84'])
    await using running = await RouteExchange.open({ netns })
    const east = { name: 'east', table: 1000, routes: [four, six] }
    const first = { name: 'first', table: 2000, routes: [four] }
    await running.run([east, first, { ...first, name: 'second' }])
    assert.is(shown(netns, 1000).length, 4)
    assert.is(shown(netns, 2000).length, 3, 'in conflict, unchanged')
    assert.is((await running.run([])).error, undefined)
    assert.equal([shown(netns, 1000), shown(netns, 2000)], before)
  }),
)

exchange('tries a table again that could not be cleaned up', () =>
  inNetns(async (netns) => {
    const notifier = await Notifier.open({ netns })
    await using running = await RouteExchange.open({ notifier })
    await play(netns, ['route add 192.0.9.0/24 via 10.0.0.2 table 1000 proto 84'])
    const east = { name: 'east', table: 1000, routes: [four] }
    await running.run([east, { ...east, name: 'west' }])
    // Somebody else in this process keeps the same routes meanwhile.
    const other = await keep(
      routeOwner({ table: 1000, protocol: 84 }),
      [{ dst: four.dst, priority: 10, gateway: '10.0.0.2' }],
      { notifier },
    )
    assert.instance((await running.run([])).error, LeaseHeldError)
    assert.equal(shown(netns, 1000, true), [shownFour])
    other.close()
    assert.is((await running.run([])).error, undefined)
    assert.equal(shown(netns, 1000, true), [])
    notifier.close()
  }),
)

exchange('leaves a table as it is when what is wanted of it cannot be', () =>
  inNetns(async (netns) => {
    await using running = await RouteExchange.open({ netns })
    const east = { name: 'east', table: 1000, routes: [four] }
    const west = { name: 'west', table: 2000, routes: [six] }
    await running.run([east])
    const { error } = await running.run([{ ...east, routes: [{ ...four, dst: '192.0.2.1/24' }] }, west])
    assert.match(error?.message ?? '', /\[0\]\.dst/)
    assert.equal(shown(netns, 1000, true), [shownFour])
    assert.equal(shown(netns, 2000, true), [shownSix], 'the others go on')
  }),
)

exchange('heals what others did before the next run, and tells what is refused', () =>
  inNetns(async (netns) => {
    await using running = await RouteExchange.open({ netns })
    const lost = { dst: '198.51.100.0/24', priority: 10, nexthop: '172.31.0.1' }
    const datapaths = [{ name: 'east', table: 1000, routes: [lost, four] }]
    const { tables, error } = await running.run(datapaths)
    assert.match(error?.message ?? '', /198\.51\.100\.0\/24/)
    assert.equal(
      tables[0]?.failed.map(({ entry }) => entry.dst),
      [lost.dst],
    )
    await play(netns, ['route del 192.0.2.0/24 table 1000'])
    await running.run(datapaths)
    assert.equal(shown(netns, 1000, true), [shownFour])
    await play(netns, ['route replace 192.0.2.0/24 table 1000 metric 10 proto 84 via 10.0.1.2'])
    await running.run(datapaths)
    assert.equal(shown(netns, 1000, true), [shownFour])
    // The way to it appears.
    await play(netns, ['addr add 172.31.0.2/24 dev v2'])
    await until(() => shown(netns, 1000, true).length === 2, 'the refused route is tried again')
    assert.is((await running.run(datapaths)).error, undefined)
  }),
)

exchange('skips tables that may not be written', () =>
  inNetns(async (netns) => {
    await using running = await RouteExchange.open({ netns })
    const ids = [0, 252, 255, 0xffffffff, -1, 1.5]
    const datapaths = ids.map((table) => ({ name: `of ${table}`, table, routes: [four] }))
    const { skipped, tables, error } = await running.run([...datapaths, { name: 'good', table: 1000, routes: [four] }])
    assert.is(error, undefined)
    assert.equal(
      skipped.map(({ datapath }) => datapath),
      datapaths.map(({ name }) => name),
    )
    assert.equal(
      tables.map(({ table }) => table),
      [1000],
    )
    assert.equal(shown(netns, 1000, true), [shownFour])
  }),
)

exchange('makes VRFs where the kernel has them, and leaves the datapath out where it has none', () =>
  inNetns(async (netns) => {
    ipForce(netns, ['link add probe type vrf table 9'])
    const vrfs = (): (string | undefined)[] =>
      ipJson<{ ifname?: string; linkinfo?: { info_kind: string } }>(netns, '-d link')
        .filter(({ linkinfo }) => linkinfo?.info_kind === 'vrf')
        .map(({ ifname }) => ifname)
    const supported = vrfs().length === 1
    await using running = await RouteExchange.open({ netns })
    const vrf = { name: 'vrf', table: 1000, routes: [four], maintainVrf: true }
    const { error, skipped, tables } = await running.run([vrf, { name: 'plain', table: 2000, routes: [four] }])
    assert.equal(shown(netns, 2000, true), [shownFour], 'the others go on')
    if (supported) {
      assert.is(error, undefined)
      assert.equal(vrfs(), ['probe', 'ovnvrf1000'])
      await running.run([])
      assert.equal(vrfs(), ['probe'])
    } else {
      assert.match(error?.message ?? '', /EOPNOTSUPP/)
      assert.equal(skipped, [{ datapath: 'vrf', reason: error?.message }])
      assert.equal(
        tables.map(({ table }) => table),
        [2000],
      )
      assert.equal(shown(netns, 1000, true), [])
    }
  }),
)

exchange('refuses a VRF whose name something else has', () =>
  inNetns(async (netns) => {
    await play(netns, ['link add ovnvrf1000 type bridge'])
    await using running = await RouteExchange.open({ netns })
    const { error, skipped } = await running.run([{ name: 'vrf', table: 1000, routes: [four], maintainVrf: true }])
    assert.match(error?.message ?? '', /EEXIST|EOPNOTSUPP/)
    assert.equal(
      skipped.map(({ datapath }) => datapath),
      ['vrf'],
    )
    await running.remove()
    assert.is(ipJson(netns, 'link show ovnvrf1000').length, 1, 'it is not ours to delete')
  }),
)

exchange('takes its routes along when it is removed, and leaves them when it is closed', () =>
  inNetns(async (netns) => {
    const before = shown(netns, 1000)
    const datapaths = [{ name: 'east', table: 1000, routes: [four, six] }]
    {
      using closed = await RouteExchange.open({ netns })
      await closed.run(datapaths)
      closed.close()
    }
    assert.is(shown(netns, 1000, true).length, 2)
    const removed = await RouteExchange.open({ netns })
    await removed.run(datapaths)
    assert.equal(await removed.remove(), [])
    assert.equal(shown(netns, 1000), before)
  }),
)

exchange.run()
