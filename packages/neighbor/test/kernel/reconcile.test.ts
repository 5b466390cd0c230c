import { fdbOwner, NeighborState, neighborOwner } from '@rtnl/neighbor'
import { Notifier } from '@rtnl/notifier'
import { keep, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type IpNeighbor, linkOf, neighbors } from '../support/kept.ts'
import { ifindex, inNetns, play, show, until } from '../support/netns.ts'

const owner = suite('keeping neighbours')

owner('neighbours: puts them in, again changes nothing, removes ours and no other', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'neigh add 10.0.0.90 lladdr 02:00:00:00:90:00 dev v0 nud permanent',
      'neigh add 10.0.0.91 lladdr 02:00:00:00:91:00 dev v0 nud noarp extern_learn',
      'neigh add 10.0.0.2 lladdr 02:00:00:00:99:00 dev v0 nud stale',
    ])
    const before = neighbors(netns)
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0') })
    const wanted = [
      { dst: '10.0.0.2', lladdr: '02:00:00:00:AA:02' },
      { dst: 'fd00:0:0::2', lladdr: '02:00:00:00:aa:02' },
    ]
    const first = await reconcile(rules, wanted, { netns })
    assert.equal([first.failed, first.conflicts], [[], []])
    const ours = ['10.0.0.2 02:00:00:00:aa:02 NOARP', 'fd00::2 02:00:00:00:aa:02 NOARP']
    assert.equal(neighbors(netns), [...before, ...ours].sort())
    assert.is((await reconcile(rules, wanted, { netns })).changes, 0)
    // One of another kind is in the way, and stays.
    const contested = await reconcile(rules, [...wanted, { dst: '10.0.0.90', lladdr: '02:00:00:00:aa:90' }], { netns })
    assert.is(contested.conflicts.length, 1)
    assert.equal(neighbors(netns), [...before, ...ours].sort())
    assert.is((await reconcile(rules, [], { netns })).removed, 2)
    assert.equal(neighbors(netns), before)
  }),
)

owner('neighbours: those of a protocol are told apart by it', () =>
  inNetns(async (netns) => {
    await play(netns, ['neigh add 10.0.0.90 lladdr 02:00:00:00:90:00 dev v0 nud permanent protocol 186'])
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol: 84 })
    const wanted = [{ dst: '10.0.0.2', lladdr: '02:00:00:00:aa:02', state: NeighborState.PERMANENT }]
    assert.is((await reconcile(rules, wanted, { netns })).added, 1)
    assert.is((await reconcile(rules, wanted, { netns })).changes, 0)
    assert.is((await reconcile(rules, [], { netns })).removed, 1)
    assert.equal(neighbors(netns), ['10.0.0.90 02:00:00:00:90:00 PERMANENT'])
  }),
)

owner('neighbours: edits and deletions by others are healed', () =>
  inNetns(async (netns) => {
    const wanted = [{ dst: '10.0.0.2', lladdr: '02:00:00:00:aa:02' }]
    await using controller = await keep(neighborOwner({ ifindex: ifindex(netns, 'v0') }), wanted, { netns })
    await controller.idle()
    const ours = ['10.0.0.2 02:00:00:00:aa:02 NOARP']
    for (const step of [
      'neigh del 10.0.0.2 dev v0',
      'neigh replace 10.0.0.2 lladdr 02:00:00:00:66:66 dev v0 nud noarp',
      'neigh replace 10.0.0.2 lladdr 02:00:00:00:66:66 dev v0 nud permanent',
      'neigh add 10.0.0.77 lladdr 02:00:00:00:66:66 dev v0 nud noarp',
    ]) {
      await play(netns, [step])
      await until(`it is as wanted after ${step}`, () => neighbors(netns).join() === ours.join())
    }
    await controller.idle()
    const { requests } = controller
    controller.set({ dst: '10.0.0.3', lladdr: '02:00:00:00:aa:03' })
    await controller.idle()
    assert.is(controller.requests - requests, 1)
  }),
)

owner('neighbours: addresses that cannot have one are refused before anything is sent', () =>
  inNetns(async (netns) => {
    const lladdr = '02:00:00:00:aa:01'
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0') })
    for (const dst of ['224.0.0.5', '255.255.255.255', '127.0.0.5', '0.0.0.0', 'ff02::5', '::1', '::']) {
      const error = await reconcile(rules, [{ dst, lladdr }], { netns }).then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      assert.match(error?.message ?? 'nothing was thrown', /^\[0\]\.dst: .*, which can have no neighbour$/)
    }
    // The kernel makes others at any time, as it says which groups the interface is in.
    const all = show<IpNeighbor>('ip', netns, 'neigh show dev v0 nud all')
    assert.equal(
      all.filter((shown) => shown.lladdr === lladdr),
      [],
    )
  }),
)

owner('neighbours: at an address of the interface, ours are put in and removed', () =>
  inNetns(async (netns) => {
    const before = neighbors(netns)
    const rules = neighborOwner({ ifindex: ifindex(netns, 'v0') })
    const wanted = ['10.0.0.1', 'fd00::1'].map((dst) => ({ dst, lladdr: '02:00:00:00:aa:01' }))
    const { added, failed } = await reconcile(rules, wanted, { netns })
    assert.equal([added, failed], [2, []])
    assert.is((await reconcile(rules, wanted, { netns })).changes, 0)
    const ours = wanted.map(({ dst, lladdr }) => `${dst} ${lladdr} NOARP`)
    assert.equal(neighbors(netns), [...before, ...ours].sort())
    assert.is((await reconcile(rules, [], { netns })).removed, 2)
    assert.equal(neighbors(netns), before)
  }),
)

owner('goes on when the interface is deleted', () =>
  inNetns(async (netns) => {
    const notifier = await Notifier.open({ netns })
    const controller = await keep(
      fdbOwner(await linkOf(netns, 'vx0')),
      [{ lladdr: '02:00:00:00:aa:01', dst: '10.0.0.2' }],
      {
        notifier,
      },
    )
    await controller.idle()
    await play(netns, ['link del vx0'])
    await until('the entry is known to be missing', () => controller.failed.length === 1)
    assert.equal((await controller.remove()).failed, [])
    notifier.close()
  }),
)

owner.run()
