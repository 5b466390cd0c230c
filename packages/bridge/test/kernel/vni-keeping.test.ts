import { type Vni, VniTable, vniEntries, vniOwner } from '@rtnl/bridge'
import { ifindex, type KeepingSubject, keepingCompliance } from '@rtnl/compliance'
import { type DesiredEntry, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNetns, play, show } from '../support/netns.ts'
import { shownVnis } from '../support/vnis.ts'

const setup = [
  'ip link add vx0 type vxlan dstport 4789 local 10.0.0.1 nolearning external vnifilter',
  'ip link add vx1 type vxlan dstport 4790 local 10.0.0.1 nolearning external vnifilter',
]

const vnis: KeepingSubject<Vni> = {
  setup,
  others: ['bridge vni add vni 900-910 dev vx1'],
  rules: async (netns) => vniOwner({ ifindex: ifindex(netns, 'vx0') }),
  wanted: () => [{ vni: 100, group: '192.0.2.1' }, { vni: 101 }, { vni: 102, group: '2001:db8::1' }, { vni: 0xffffff }],
  changed: () => ({ vni: 100, group: '192.0.2.2' }),
  // The kernel joins a group by an interface below, which this vxlan has not.
  refused: () => ({ vni: 200, group: '239.1.1.1' }),
  edit: 'bridge vni add vni 100 dev vx0 remote 192.0.2.77',
  remove: 'bridge vni delete vni 16777215 dev vx0',
  shown: shownVnis,
}

const kept = suite('compliance of kept VNIs')
keepingCompliance(kept, vnis)
kept.run()

const tests = suite('VNIs that are reconciled')

tests('are added, changed and removed, and a second look finds nothing to do', () =>
  inNetns(setup, async (netns) => {
    const index = ifindex(netns, 'vx0')
    play(netns, ['bridge vni add vni 5-9 dev vx0', 'bridge vni add vni 10 dev vx0 remote 192.0.2.1'])
    const rules = vniOwner({ ifindex: index })
    const wanted = vniEntries([
      { vni: 8, vniEnd: 12 },
      { vni: 20, group: '2001:DB8::0001', ifindex: 'vx0' },
    ])
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.replaced, first.removed, first.unchanged, first.failed], [3, 1, 3, 2, []])
    const expected = [8, 9, 10, 11, 12].map((vni) => `${index} ${vni} `)
    assert.equal(shownVnis(netns).sort(), [...expected, `${index} 20 2001:db8::1`].sort())
    const second = await reconcile(rules, wanted, { netns })
    assert.equal([second.changes, second.unchanged], [0, 6])
    // What is shown can be written back.
    await using table = await VniTable.open({ netns, ifindex: index })
    assert.is((await reconcile(rules, [...table], { netns })).changes, 0)
    assert.equal(table.get({ ifindex: index, vni: 20 }), { family: 7, ifindex: index, vni: 20, group: '2001:db8::1' })
    assert.is(show(netns, 'bridge vni show dev vx1').length, 0)
  }),
)

tests('have no remote of zeros, which the kernel takes for none', () =>
  inNetns(setup, async (netns) => {
    const index = ifindex(netns, 'vx0')
    const rules = vniOwner({ ifindex: index })
    const wanted: DesiredEntry<Vni>[] = [
      { vni: 5, group: '0.0.0.0' },
      { vni: 6, group: '::' },
    ]
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.added, first.failed], [2, []])
    assert.equal(shownVnis(netns).sort(), [`${index} 5 `, `${index} 6 `])
    assert.is((await reconcile(rules, wanted, { netns })).unchanged, 2)
  }),
)

const refused: readonly [entry: DesiredEntry<Vni>, message: string][] = [
  [{ vni: 0 }, '[0].vni: 0 is not a whole number in 1..16777215'],
  [{ vni: 2 ** 24 }, '[0].vni: 16777216 is not a whole number in 1..16777215'],
  [{ group: '192.0.2.1' }, '[0].vni: is missing'],
  [{ vni: 1, group: 'x' }, '[0].group: "x" is not an IPv4 or IPv6 address'],
  [{ vni: 1, remote: '192.0.2.1' } as never, '[0].remote: there is no such field; it is called group'],
]

tests('are refused by field and value before anything is sent', () =>
  inNetns(setup, async (netns) => {
    const rules = vniOwner({ ifindex: ifindex(netns, 'vx0') })
    for (const [entry, message] of refused) {
      await reconcile(rules, [entry], { netns }).then(
        () => assert.unreachable(message),
        (error: Error) => assert.is(error.message, message),
      )
    }
    assert.equal(shownVnis(netns), [])
    assert.throws(() => vniOwner({} as never), 'ifindex: is missing')
  }),
)

tests.run()
