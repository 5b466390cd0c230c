// timeout: 300

import { type LiveTable, openTable } from '@rtnl/live-table'
import { dumpFdb, type FdbPart, FdbTable, fdbDefinition, type Neighbor } from '@rtnl/neighbor'
import { Notifier } from '@rtnl/notifier'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gather, sorted } from '../support/fold.ts'
import { batch, hasVlanFiltering, ifindex, inNetns, ip, play, type Step } from '../support/netns.ts'
import { asBridgeShows, bridgeFdb, forwarding } from '../support/shown.ts'

const triggers = suite('events after which the kernel is silent')

const zero = '00:00:00:00:00:00'

/** What makes the difference, after what it needs, and the trigger that it takes to see it. */
interface Silence {
  readonly reason: string
  readonly before: readonly Step[]
  readonly event: Step
}

const shared = '02:00:00:00:00:aa'
const other = '02:00:00:00:00:bb'

/** One local entry for an address that two ports of a bridge have, or a port and the bridge. */
const sharedAddress: Readonly<Record<string, Silence>> = {
  'two ports with one address: the first leaves the bridge': {
    reason: 'port',
    before: twoPorts(),
    event: 'link set v1 nomaster',
  },
  'two ports with one address: the first joins another bridge': {
    reason: 'port',
    before: [...twoPorts(), 'link add br1 type bridge'],
    event: 'link set v1 master br1',
  },
  'two ports with one address: the first takes another address': {
    reason: 'port',
    before: twoPorts(),
    event: `link set v1 address ${other}`,
  },
  'two ports with one address: the first is deleted': {
    reason: 'port',
    before: twoPorts(),
    event: 'link del v1',
  },
  'two ports with one address, down: the first takes another address': {
    reason: 'port',
    before: [...twoPorts(), 'link set v1 down', 'link set br0 down'],
    event: `link set v1 address ${other}`,
  },
  'a port with the address of its bridge: the bridge takes another address': {
    reason: 'port',
    before: [`link set br0 address ${shared}`, `link set v1 address ${shared}`, 'link set v1 master br0'],
    event: `link set br0 address ${other}`,
  },
  'a port with an address that its bridge takes: the port leaves': {
    reason: 'port',
    before: [`link set v1 address ${shared}`, 'link set v1 master br0', `link set br0 address ${shared}`],
    event: 'link set v1 nomaster',
  },
  'a permanent entry at a port, for the address of another port: the port leaves': {
    reason: 'port',
    before: [
      'link set v1 master br0',
      `fdb add ${shared} dev v1 master permanent`,
      `link set v2 address ${shared}`,
      'link set v2 master br0',
    ],
    event: 'link set v1 nomaster',
  },
}

function twoPorts(): Step[] {
  return ['v1', 'v2'].flatMap((port) => [`link set ${port} address ${shared}`, `link set ${port} master br0`])
}

const vlanAware: readonly Step[] = [
  'link set br0 type bridge vlan_filtering 1',
  `link set br0 address ${shared}`,
  ...twoPorts(),
]

/** The same in a VLAN, of a bridge that has VLANs. */
const sharedInVlan: Readonly<Record<string, Silence>> = {
  'the bridge leaves a VLAN in which a port has its address': {
    reason: 'vlan',
    before: [...vlanAware, 'vlan add vid 30 dev br0 self', 'vlan add vid 30 dev v1'],
    event: 'vlan del vid 30 dev br0 self',
  },
  'a port leaves VLANs in which another one has its address': {
    reason: 'vlan',
    before: [...vlanAware, 'vlan add vid 30-40 dev v1', 'vlan add vid 33-36 dev v2'],
    event: 'vlan del vid 30-34 dev v1',
  },
  'a port leaves a VLAN in which the bridge has its address': {
    reason: 'vlan',
    before: [...vlanAware, 'vlan add vid 30 dev v1', 'vlan add vid 30 dev br0 self'],
    event: 'vlan del vid 30 dev v1',
  },
  'a port leaves the VLAN of a bridge that is down': {
    reason: 'vlan',
    before: [...vlanAware, 'link set br0 down', 'vlan add vid 30 dev v2', 'vlan add vid 30 dev v1'],
    event: 'vlan del vid 30 dev v2',
  },
  'another default VLAN, which a port is not in': {
    reason: 'vlan',
    before: [...vlanAware, 'vlan del vid 1 dev v1', 'vlan add vid 1 dev v1'],
    event: 'link set br0 type bridge vlan_default_pvid 7',
  },
  'a port with VLANs takes another address': {
    reason: 'port',
    before: [...vlanAware, 'vlan add vid 30-34 dev v1', 'vlan add vid 33-36 dev v2'],
    event: `link set v1 address ${other}`,
  },
  'a bridge with VLANs takes another address': {
    reason: 'port',
    before: [...vlanAware, 'vlan add vid 30-34 dev br0 self', 'vlan add vid 33-36 dev v2'],
    event: `link set br0 address ${other}`,
  },
}

const vlanFiltering = hasVlanFiltering()

const silences: Readonly<Record<string, Silence>> = {
  ...sharedAddress,
  ...(vlanFiltering ? sharedInVlan : {}),
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

async function dumped(table: LiveTable<Neighbor>, part: FdbPart = {}): Promise<Neighbor[]> {
  return sorted(forwarding(await gather(dumpFdb(table.notifier.connection, part))))
}

/** Tables of a bridge, of itself and of its ports. */
function parts(netns: string): FdbPart[] {
  const [bridge, ...ports] = ['br0', 'v1', 'v2'].map((name) => ifindex(netns, name))
  return [{ master: bridge }, ...[bridge, ...ports].map((index) => ({ ifindex: index }))]
}

for (const [name, { reason, before, event }] of Object.entries(silences)) {
  triggers(name, () =>
    inNetns(async (netns) => {
      await play(netns, before)
      await using table = await FdbTable.open({ netns })
      const others = fdbDefinition.triggers?.filter((trigger) => trigger.reason !== reason) ?? []
      assert.is(others.length, 4)
      await using without = await openTable({ ...fdbDefinition, triggers: others }, { netns })
      assert.equal(sorted(without), await dumped(table))
      await play(netns, [event])
      await table.waitForSync()
      await without.waitForSync()
      assert.equal(sorted(table), await dumped(table), 'with the trigger')
      assert.equal(sorted([...table].map(asBridgeShows)), sorted(bridgeFdb(netns)), 'table and bridge')
      assert.not.equal(sorted(without), await dumped(table), 'without it')
    }),
  )
}

for (const [name, { before, event }] of Object.entries({ ...sharedAddress, ...(vlanFiltering ? sharedInVlan : {}) })) {
  triggers(`in tables of a part: ${name}`, () =>
    inNetns(async (netns) => {
      await play(netns, before)
      await using notifier = await Notifier.open({ netns })
      const tables: [FdbPart, FdbTable][] = []
      for (const part of parts(netns)) tables.push([part, await FdbTable.open({ notifier, ...part })])
      await play(netns, [event])
      for (const [part, table] of tables) {
        await table.waitForSync()
        // The kernel knows no part of an interface that is gone.
        const wanted = await dumped(table, part).catch((error) =>
          error.code === 'ENODEV' ? [] : Promise.reject(error),
        )
        assert.equal(sorted(table), wanted, JSON.stringify(part))
      }
    }),
  )
}

if (!vlanFiltering) {
  triggers('this kernel has no bridges with VLANs, and says so', () =>
    inNetns(async (netns) => {
      await play(netns, ['no link set br0 type bridge vlan_filtering 1', 'no vlan add vid 30 dev br0 self'])
    }),
  )
}

triggers('entries that are learned, age and move, and ports that share nothing, are no reason to read', () =>
  inNetns(async (netns) => {
    await play(netns, [
      ...(vlanFiltering ? ['link set br0 type bridge vlan_filtering 1'] : []),
      'link set v1 master br0',
    ])
    const bridge = ifindex(netns, 'br0')
    await using table = await FdbTable.open({ netns })
    await using part = await FdbTable.open({ netns, master: bridge })
    const readings = [table.relists, part.relists]
    const learned = (n: number): string => `02:cc:00:00:${String(n >> 8).padStart(2, '0')}:${(n & 255).toString(16)}`
    const each = (command: (lladdr: string) => string): string[] =>
      Array.from({ length: 300 }, (_, n) => command(learned(n)))
    await play(netns, ['link set v2 master br0'])
    batch(
      'bridge',
      netns,
      each((lladdr) => `fdb add ${lladdr} dev v1 master dynamic`),
    )
    batch(
      'bridge',
      netns,
      each((lladdr) => `fdb replace ${lladdr} dev v2 master dynamic`),
    )
    batch(
      'bridge',
      netns,
      each((lladdr) => `fdb replace ${lladdr} dev v1 master extern_learn`),
    )
    await play(netns, [
      'fdb flush dev v1 master',
      ...(vlanFiltering
        ? ['vlan add vid 30-40 dev v1', 'vlan add vid 41-50 dev br0 self', 'vlan del vid 30-40 dev v1']
        : []),
      'link set v1 mtu 1400',
      'link set v1 down',
      'link set v1 up',
      'link set v2 nomaster',
      'link del v1',
    ])
    for (const one of [table, part]) await one.waitForSync()
    assert.equal([table.relists, part.relists], readings)
    assert.equal(sorted(table), await dumped(table))
    assert.equal(sorted(part), await dumped(table, { master: bridge }))
  }),
)

triggers('a thousand remotes of one state are no reason to read', () =>
  inNetns(async (netns) => {
    await using table = await FdbTable.open({ netns })
    const { relists: readings } = table
    const count = 1000
    batch(
      'bridge',
      netns,
      Array.from({ length: count }, (_, n) => `fdb append ${zero} dev vx0 dst 10.1.${n >> 8}.${n & 255}`),
    )
    await table.waitForSync()
    assert.is(table.size, count + (await dumped(table)).filter(({ dst }) => dst === undefined).length)
    assert.is(table.relists, readings)
    // Another state, told again and again: one reading, or two if it is told while that goes on.
    batch(
      'bridge',
      netns,
      Array.from({ length: 100 }, (_, n) => `fdb append ${zero} dev vx0 dst 10.2.0.${n} static`),
    )
    await table.waitForSync()
    assert.equal(sorted(table), await dumped(table))
    assert.ok(table.relists > readings)
    assert.ok(table.relists <= readings + 2, `${table.relists - readings} readings`)
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
    const { relists: readings } = table
    await play(netns, [
      'nexthop replace id 2 via 192.0.2.9 fdb',
      'nexthop del id 1',
      'nexthop del id 3',
      'link set vx0 down',
      'link set vx0 up',
      'link del v1',
      'link add d0 type veth peer name d1',
    ])
    await table.waitForSync()
    assert.is(table.relists, readings)
    assert.equal(sorted(table), await dumped(table))
    await play(netns, ['nexthop del id 10'])
    await table.waitForSync()
    assert.ok(table.relists > readings)
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
    const before = [other.relists, own.relists, bridge.relists] as const
    await play(netns, ['nexthop del id 10'])
    for (const table of [other, own, bridge]) await table.waitForSync()
    assert.equal([other.relists, bridge.relists], [before[0], before[2]])
    assert.ok(own.relists > before[1])
    assert.is(own.get({ ifindex: ifindex(netns, 'vx1'), lladdr: '02:bb:00:00:00:01' }), undefined)
    // What is in another bridge, or in none, is handed nothing.
    const then = other.relists
    await play(netns, [
      'link set v1 master br0',
      'link set v1 address 02:00:00:00:01:09',
      'link set br0 address 02:00:00:00:b0:09',
      'link set v1 nomaster',
    ])
    for (const table of [other, own, bridge]) await table.waitForSync()
    assert.is(other.relists, then)
    for (const [table, name] of [
      [other, 'vx0'],
      [own, 'vx1'],
    ] as const) {
      assert.equal(sorted(table), await dumped(table, { ifindex: ifindex(netns, name) }))
    }
  }),
)

triggers.run()
