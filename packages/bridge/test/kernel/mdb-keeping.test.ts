import { type Mdb, MdbTable, mdbOwner } from '@rtnl/bridge'
import { ifindex, type KeepingSubject, keepingCompliance } from '@rtnl/compliance'
import { type DesiredEntry, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shownMdb } from '../support/mdb.ts'
import { inNetns, play, show } from '../support/netns.ts'

const setup = [
  'ip link add br0 type bridge mcast_snooping 1',
  'ip link set br0 addrgenmode none up',
  ...['v0', 'v1'].flatMap((port) => [
    `ip link add ${port} type veth peer name p${port}`,
    `ip link set ${port} addrgenmode none master br0 up`,
    `ip link set p${port} addrgenmode none up`,
  ]),
]

const rulesOf = (netns: string) => mdbOwner({ ifindex: ifindex(netns, 'br0') })

const groups: KeepingSubject<Mdb> = {
  setup,
  // The bridge itself has this one.
  others: ['bridge mdb add dev br0 port br0 grp 239.9.9.9'],
  rules: async (netns) => rulesOf(netns),
  wanted: (netns) => {
    const [port, other] = [ifindex(netns, 'v0'), ifindex(netns, 'v1')]
    return [
      { port, group: '239.1.1.1' },
      { port: other, group: '239.1.1.1' },
      { port, group: 'ff0e::1', source: '2001:db8::1' },
      { port, group: '01:00:5e:01:02:03' },
    ]
  },
  changed: (netns) => ({ port: ifindex(netns, 'v0'), group: '239.1.1.1', state: 0 }),
  // A hardware address is in no source's group.
  refused: (netns) => ({ port: ifindex(netns, 'v0'), group: '01:00:5e:01:02:09', source: '192.0.2.1' }),
  // The tool cannot change one.
  edit: 'bridge mdb del dev br0 port v0 grp 239.1.1.1',
  remove: 'bridge mdb del dev br0 port v0 grp 01:00:5e:01:02:03',
  // Without the groups that the kernel itself joins, a moment after a link comes up.
  shown: (netns) => shownMdb(netns).filter((line) => !line.includes('"ff02::')),
}

const kept = suite('compliance of kept multicast groups')
keepingCompliance(kept, groups)
kept.run()

const tests = suite('multicast groups that are reconciled')

tests('are added, changed and removed, and a second look finds nothing to do', () =>
  inNetns(setup, async (netns) => {
    play(netns, [
      'bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent',
      'bridge mdb add dev br0 port v0 grp 239.1.1.2 temp',
      'bridge mdb add dev br0 port v1 grp 239.1.1.3 permanent',
    ])
    const rules = rulesOf(netns)
    const wanted: DesiredEntry<Mdb>[] = [
      { port: 'v0', group: '239.1.1.1' },
      { port: 'v0', group: '239.1.1.2', state: 'permanent' },
      { port: 'v1', group: 'FF0E::0001', source: '2001:DB8::0001' },
    ]
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.replaced, first.removed, first.unchanged, first.failed], [1, 1, 1, 1, []])
    const second = await reconcile(rules, wanted, { netns })
    assert.equal([second.changes, second.unchanged], [0, 3])
    // What is shown can be written back.
    await using table = await MdbTable.open({ netns, ifindex: ifindex(netns, 'br0') })
    const ours = [...table].filter(({ protocol }) => protocol === 4)
    assert.is(ours.length, 3)
    assert.is((await reconcile(rules, ours, { netns })).changes, 0)
  }),
)

tests('of sources, under a protocol of their own', () =>
  inNetns(setup, async (netns) => {
    play(netns, [
      'ip link set br0 type bridge mcast_igmp_version 3',
      'bridge mdb add dev br0 port v0 grp 239.1.1.9 permanent',
    ])
    const rules = mdbOwner({ ifindex: ifindex(netns, 'br0'), protocol: 186 })
    const wanted: DesiredEntry<Mdb>[] = ['192.0.2.2', '192.0.2.1'].map((source) => ({
      port: 'v0',
      group: '239.1.1.1',
      source,
    }))
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.failed], [2, []])
    const second = await reconcile(rules, wanted, { netns })
    assert.equal([second.changes, second.failed], [0, []])
  }),
)

tests('have no source of zeros, which the kernel takes for none', () =>
  inNetns(setup, async (netns) => {
    const rules = rulesOf(netns)
    const wanted: DesiredEntry<Mdb>[] = [
      { port: 'v0', group: '239.1.1.1', source: '0.0.0.0' },
      { port: 'v0', group: 'ff0e::1', source: '::' },
    ]
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.failed], [2, []])
    const [{ mdb } = { mdb: [] }] = show<{ mdb: { state: string; grp: string; src?: string }[] }>(
      netns,
      'bridge mdb show',
    )
    const shown = mdb.filter(({ state }) => state === 'permanent').map(({ grp, src }) => [grp, src])
    assert.equal(shown.sort(), [
      ['239.1.1.1', undefined],
      ['ff0e::1', undefined],
    ])
    const none = wanted.map(({ source: _, ...rest }) => rest)
    assert.is((await reconcile(rules, none, { netns })).unchanged, 2)
    await reconcile(rules, [wanted[0]!, none[0]!], { netns }).then(
      () => assert.unreachable('one entry twice'),
      (error: Error) => assert.match(error.message, /239\.1\.1\.1/),
    )
  }),
)

const refused: readonly [entry: DesiredEntry<Mdb>, message: string][] = [
  [{ port: 'v0' }, '[0].group: is missing'],
  [{ group: '239.1.1.1' }, '[0].port: is missing'],
  [{ port: 'v0', group: '192.0.2.1' }, '[0].group: "192.0.2.1" is not the address of a multicast group'],
  [
    { port: 'v0', group: '02:00:00:00:00:01' },
    '[0].group: "02:00:00:00:00:01" is not the address of a multicast group',
  ],
  [{ port: 'v0', group: '239.1.1.1', vid: 0 }, '[0].vid: 0 is not a whole number in 1..4094'],
  [{ port: 'v0', group: '239.1.1.1', vid: 4095 }, '[0].vid: 4095 is not a whole number in 1..4094'],
  [{ port: 'v0', group: '239.1.1.1', protocol: 99 }, '[0].protocol: 99 is not 4, which marks ours'],
  [{ port: 'v0', group: '239.1.1.1', dst: '192.0.2.1' }, '[0].dst: groups of a bridge have none'],
  [
    { port: 'v0', group: '239.1.1.1', sources: [{ address: '192.0.2.1' }] },
    '[0].sources: an entry for each source, with source, says the same',
  ],
  [{ port: 'v0', grp: '239.1.1.1' } as never, '[0].grp: there is no such field; it is called group'],
]

tests('are refused by field and value before anything is sent', () =>
  inNetns(setup, async (netns) => {
    const rules = rulesOf(netns)
    const index = ifindex(netns, 'br0')
    const before = shownMdb(netns).sort()
    const all = [
      ...refused,
      [
        { port: 'br0', group: '239.1.1.1' },
        `[0].port: ${index} is the bridge itself, whose groups nothing marks as ours`,
      ],
    ] as const
    for (const [entry, message] of all) {
      await reconcile(rules, [entry], { netns }).then(
        () => assert.unreachable(message),
        (error: Error) => assert.is(error.message, message),
      )
    }
    assert.equal(shownMdb(netns).sort(), before)
    assert.throws(() => mdbOwner({ ifindex: 3, protocol: 2 }), 'protocol: 2 is not a whole number in 3..255')
  }),
)

tests.run()
