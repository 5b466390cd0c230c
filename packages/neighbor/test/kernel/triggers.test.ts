// timeout: 300
import { dumpFdb, FdbTable, fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import { type LiveTable, openTable } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gather, sorted } from '../support/fold.ts'
import { batch, ifindex, inNetns, ip, play, type Step } from '../support/netns.ts'
import { forwarding } from '../support/shown.ts'

const triggers = suite('events after which the kernel is silent')

const zero = '00:00:00:00:00:00'

/** What makes the difference, after what it needs, and the trigger that it takes to see it. */
interface Silence {
  readonly reason: string
  readonly before: readonly Step[]
  readonly event: Step
}

const silences: Readonly<Record<string, Silence>> = {
  'a vxlan that moves to another namespace': {
    reason: 'link',
    before: [`fdb append ${zero} dev vx0 dst 192.0.2.1`, 'fdb add 02:bb:00:00:00:01 dev vx0 dst 192.0.2.1'],
    event: 'link set vx0 netns elsewhere',
  },
  'a vxlan that comes from another namespace': {
    reason: 'link',
    before: [
      () =>
        play('elsewhere', [
          'link add vx9 type vxlan id 19 dstport 4799',
          'link set vx9 up',
          `fdb append ${zero} dev vx9 dst 192.0.2.1`,
          'fdb add 02:bb:00:00:00:01 dev vx9 dst 192.0.2.1',
        ]),
    ],
    event: (netns) => batch('ip', 'elsewhere', [`link set vx9 netns ${netns}`]),
  },
  'the last member of a nexthop group deleted': {
    reason: 'nexthop',
    before: [
      'nexthop add id 1 via 192.0.2.1 fdb',
      'nexthop add id 10 group 1 fdb',
      'fdb add 02:bb:00:00:00:01 dev vx0 nhid 10',
      'fdb add 02:bb:00:00:00:02 dev vx0 dst 192.0.2.2',
    ],
    event: 'nexthop del id 1',
  },
  'another state of all remotes': {
    reason: 'remotes',
    before: [1, 2, 3].map((last) => `fdb append ${zero} dev vx0 dst 192.0.2.${last}`),
    event: `fdb append ${zero} dev vx0 dst 192.0.2.2 static`,
  },
  'another state of all remotes, with a new one': {
    reason: 'remotes',
    before: [1, 2, 3].map((last) => `fdb append 01:00:5e:01:01:01 dev vx0 dst 192.0.2.${last} static`),
    event: `fdb append 01:00:5e:01:01:01 dev vx0 dst 192.0.2.9 permanent`,
  },
}

triggers.before(() => {
  ip('netns add elsewhere')
})

async function dumped(table: LiveTable<Neighbor>): Promise<Neighbor[]> {
  return sorted(forwarding(await gather(dumpFdb(table.notifier.connection))))
}

for (const [name, { reason, before, event }] of Object.entries(silences)) {
  triggers(name, () =>
    inNetns(async (netns) => {
      await play(netns, before)
      await using table = await FdbTable.open({ netns })
      const others = fdbDefinition.triggers?.filter((trigger) => trigger.reason !== reason) ?? []
      assert.is(others.length, 2)
      await using without = await openTable({ ...fdbDefinition, triggers: others }, { netns })
      assert.equal(sorted(without), await dumped(table))
      await play(netns, [event])
      await table.fresh()
      await without.fresh()
      assert.equal(sorted(table), await dumped(table), 'with the trigger')
      assert.not.equal(sorted(without), await dumped(table), 'without it')
    }),
  )
}

triggers('a thousand remotes of one state are no reason to read', () =>
  inNetns(async (netns) => {
    await using table = await FdbTable.open({ netns })
    const { readings } = table
    const count = 1000
    batch(
      'bridge',
      netns,
      Array.from({ length: count }, (_, n) => `fdb append ${zero} dev vx0 dst 10.1.${n >> 8}.${n & 255}`),
    )
    await table.fresh()
    assert.is(table.size, count + (await dumped(table)).filter(({ dst }) => dst === undefined).length)
    assert.is(table.readings, readings)
    // Another state, told again and again: one reading, or two if it is told while that goes on.
    batch(
      'bridge',
      netns,
      Array.from({ length: 100 }, (_, n) => `fdb append ${zero} dev vx0 dst 10.2.0.${n} static`),
    )
    await table.fresh()
    assert.equal(sorted(table), await dumped(table))
    assert.ok(table.readings > readings)
    assert.ok(table.readings <= readings + 2, `${table.readings - readings} readings`)
  }),
)

triggers('what leads to no entry is no reason to read', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'nexthop add id 1 via 192.0.2.1 fdb',
      'nexthop add id 2 via 192.0.2.2 fdb',
      'nexthop add id 10 group 1/2 fdb',
      'nexthop add id 11 group 1 fdb',
      'nexthop add id 3 via 10.0.0.9 dev v0',
      'nexthop add id 12 group 3',
      'fdb add 02:bb:00:00:00:01 dev vx0 nhid 10',
    ])
    await using table = await FdbTable.open({ netns })
    const { readings } = table
    await play(netns, [
      'nexthop replace id 2 via 192.0.2.9 fdb',
      'nexthop del id 1',
      'nexthop del id 3',
      'link set vx0 down',
      'link set vx0 up',
      'link del v1',
      'link add d0 type veth peer name d1',
    ])
    await table.fresh()
    assert.is(table.readings, readings)
    assert.equal(sorted(table), await dumped(table))
    await play(netns, ['nexthop del id 10'])
    await table.fresh()
    assert.ok(table.readings > readings)
    assert.equal(sorted(table), await dumped(table))
  }),
)

triggers('a table of one vxlan, or of one bridge, cares for no other', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'link add vx1 type vxlan id 11 dstport 4790',
      'link set vx1 up',
      'nexthop add id 1 via 192.0.2.1 fdb',
      'nexthop add id 10 group 1 fdb',
      'fdb add 02:bb:00:00:00:01 dev vx1 nhid 10',
      'link set vx1 master br0',
    ])
    await using other = await FdbTable.open({ netns, ifindex: ifindex(netns, 'vx0') })
    await using own = await FdbTable.open({ netns, ifindex: ifindex(netns, 'vx1') })
    await using bridge = await FdbTable.open({ netns, master: ifindex(netns, 'br0') })
    const before = [other.readings, own.readings, bridge.readings] as const
    await play(netns, ['nexthop del id 10'])
    for (const table of [other, own, bridge]) await table.fresh()
    assert.equal([other.readings, bridge.readings], [before[0], before[2]])
    assert.ok(own.readings > before[1])
    assert.is(own.get({ ifindex: ifindex(netns, 'vx1'), lladdr: '02:bb:00:00:00:01' }), undefined)
  }),
)

triggers.run()
