import type { Link } from '@rtnl/link'
import { fdbOwner, type Neighbor, NeighborFlag, NeighborState, neighborOwner } from '@rtnl/neighbor'
import { AddressFamily } from '@rtnl/netlink-core'
import { keep, noInterfaces, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type BridgeEntry, entries, linkOf, neighbors } from '../support/kept.ts'
import { ifindex, inNetns, play, show, until } from '../support/netns.ts'

const owner = suite('keeping forwarding entries')

owner('a vxlan: puts remotes in, again changes nothing, changes them between address and nexthop', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'nexthop add id 1 via 10.0.0.2 fdb',
      'nexthop add id 10 group 1 fdb',
      'fdb add 02:00:00:00:90:00 dev vx0 dst 10.0.0.9 self permanent',
      'fdb add 02:00:00:00:91:00 dev vx0 dst 10.0.0.9 self static extern_learn',
    ])
    const foreign = entries(netns, 'vx0')
    const rules = fdbOwner(await linkOf(netns, 'vx0'))
    const lladdr = '02:00:00:00:aa:01'
    const ways: [Partial<Neighbor>, string][] = [
      [{ dst: '10.0.0.2' }, '10.0.0.2'],
      [{ dst: '10.0.0.3', port: 4789, vni: 10 }, '10.0.0.3'],
      [{ nhId: 10 }, 'nhid 10'],
      [{ dst: '10.0.0.2' }, '10.0.0.2'],
    ]
    for (const [way, text] of ways) {
      const { failed, conflicts } = await reconcile(rules, [{ lladdr, ...way }], { netns })
      assert.equal([failed, conflicts], [[], []])
      assert.equal(entries(netns, 'vx0'), [...foreign, `${lladdr} ${text}`].sort())
      assert.is((await reconcile(rules, [{ lladdr, ...way }], { netns })).changes, 0)
    }
    assert.is((await reconcile(rules, [], { netns })).removed, 1)
    assert.equal(entries(netns, 'vx0'), foreign)
  }),
)

owner(
  'a vxlan: an entry that others put on a nexthop group is made anew, since the kernel ignores a remote over it',
  () =>
    inNetns(async (netns) => {
      const lladdr = '02:00:00:00:aa:01'
      await play(netns, [
        'nexthop add id 1 via 10.0.0.2 fdb',
        'nexthop add id 10 group 1 fdb',
        `fdb add ${lladdr} dev vx0 nhid 10 static`,
        // It is acknowledged, and so is the deletion by a remote.
        `fdb replace ${lladdr} dev vx0 dst 10.0.0.2 static`,
        `fdb del ${lladdr} dev vx0 dst 10.0.0.2`,
      ])
      assert.equal(entries(netns, 'vx0'), [`${lladdr} nhid 10`])
      const wanted = [{ lladdr, dst: '10.0.0.2' }]
      await using controller = await keep(fdbOwner(await linkOf(netns, 'vx0')), wanted, { netns })
      await controller.idle()
      assert.equal([entries(netns, 'vx0'), controller.failed], [[`${lladdr} 10.0.0.2`], []])
      await play(netns, [`fdb del ${lladdr} dev vx0`, `fdb add ${lladdr} dev vx0 nhid 10 static`])
      await until('it is on the remote again', () => entries(netns, 'vx0').join() === `${lladdr} 10.0.0.2`)
      await controller.remove()
      assert.equal(entries(netns, 'vx0'), [])
    }),
)

owner('a vxlan: remotes of addresses that are flooded to', () =>
  inNetns(async (netns) => {
    const rules = fdbOwner(await linkOf(netns, 'vx0'))
    const lladdr = '00:00:00:00:00:00'
    const to = (...remotes: string[]): Partial<Neighbor>[] => remotes.map((dst) => ({ lladdr, dst }))
    for (const remotes of [['10.0.0.2'], ['10.0.0.2', '10.0.0.3'], ['10.0.0.3', '10.0.0.4'], ['10.0.0.4']]) {
      const { failed, conflicts } = await reconcile(rules, to(...remotes), { netns })
      assert.equal([failed, conflicts], [[], []])
      assert.equal(
        entries(netns, 'vx0'),
        remotes.map((remote) => `${lladdr} ${remote}`),
      )
      assert.is((await reconcile(rules, to(...remotes), { netns })).changes, 0)
    }
  }),
)

owner('a vxlan: edits and deletions by others are healed', () =>
  inNetns(async (netns) => {
    const wanted = [
      { lladdr: '02:00:00:00:aa:01', dst: '10.0.0.2' },
      { lladdr: '00:00:00:00:00:00', dst: '10.0.0.2' },
    ]
    await using controller = await keep(fdbOwner(await linkOf(netns, 'vx0')), wanted, { netns })
    await controller.idle()
    const ours = ['00:00:00:00:00:00 10.0.0.2', '02:00:00:00:aa:01 10.0.0.2']
    for (const step of [
      'fdb del 02:00:00:00:aa:01 dev vx0 self',
      'fdb replace 02:00:00:00:aa:01 dev vx0 dst 10.0.0.7 self static',
      'fdb del 00:00:00:00:00:00 dev vx0 dst 10.0.0.2 self',
      'fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.8 self static',
      'fdb add 02:00:00:00:66:66 dev vx0 dst 10.0.0.7 self static',
    ]) {
      await play(netns, [step])
      await until(`it is as wanted after ${step}`, () => entries(netns, 'vx0').join() === ours.join())
    }
  }),
)

owner('a vxlan: a replacement that the kernel refuses leaves nothing behind', () =>
  inNetns(async (netns) => {
    await play(netns, [
      'nexthop add id 10 via 192.0.2.1 fdb',
      'nexthop add id 11 blackhole',
      'nexthop add id 20 group 10 fdb',
    ])
    const flagsOf = (): unknown =>
      show<{ mac: string; flags: readonly string[] }>('bridge', netns, 'fdb show dev vx0')
        .filter(({ mac }) => mac === lladdr)
        .map(({ flags }) => [...flags].sort())
    const lladdr = '02:00:00:00:aa:01'
    const desired = { lladdr, nhId: 20 }
    await using controller = await keep(fdbOwner(await linkOf(netns, 'vx0')), [desired], { netns })
    await controller.idle()
    assert.equal(flagsOf(), [['self']])
    // The nexthop is not one of forwarding entries. Before the kernel refuses it, it has changed the flags.
    await controller.assign([{ ...desired, nhId: 11, flags: NeighborFlag.SELF | NeighborFlag.STICKY }])
    await controller.idle()
    assert.match(controller.failed[0]!.error.message, /fdb/i)
    assert.equal(flagsOf(), [['self', 'sticky']], 'if the kernel does not do this any more, the rule is not needed')
    await controller.assign([desired])
    await controller.idle()
    assert.equal([controller.failed, flagsOf()], [[], [['self']]])
  }),
)

owner('a port: edits, deletions and moves by others are healed', () =>
  inNetns(async (netns) => {
    await play(netns, ['link set p0 master br0', 'link set p1 master br0'])
    await play(netns, ['fdb add 02:00:00:00:bb:01 dev p1 master static'])
    const wanted = [{ lladdr: '02:00:00:00:aa:01' }]
    const rules = fdbOwner(await linkOf(netns, 'p0'))
    await using controller = await keep(rules, wanted, { netns })
    await controller.idle()
    for (const step of [
      'fdb del 02:00:00:00:aa:01 dev p0 master',
      'fdb replace 02:00:00:00:aa:01 dev p1 master static',
      'fdb add 02:00:00:00:66:66 dev p0 master static',
    ]) {
      await play(netns, [step])
      await until(`it is as wanted after ${step}`, () => entries(netns, 'p0').join() === wanted[0]?.lladdr)
    }
    assert.equal(entries(netns, 'p1'), ['02:00:00:00:bb:01'])
    assert.equal((await controller.remove()).failed, [])
    assert.equal(entries(netns, 'p0'), [])
  }),
)

owner('a port: an entry in a VLAN is ours once it is wanted', async () => {
  const rules = fdbOwner({ ifindex: 7, ifname: 'p0', master: 3 } as Link)
  const tagged: Neighbor = {
    family: AddressFamily.BRIDGE,
    ifindex: 7,
    state: NeighborState.NOARP,
    flags: 0,
    type: 0,
    lladdr: '02:00:00:00:aa:01',
    vlan: 10,
    master: 3,
  }
  assert.is(rules.owns(tagged), false)
  rules.normalize({ lladdr: '02:00:00:00:aa:01' }, noInterfaces)
  assert.is(rules.owns(tagged), false, 'the bridge makes it of the one in no VLAN')
  rules.normalize({ lladdr: '02:00:00:00:aa:01', vlan: 10 }, noInterfaces)
  assert.is(rules.owns(tagged), true)
  assert.is(rules.owns({ ...tagged, vlan: 11 }), false)
})

owner('a vxlan: what the kernel would take and not do is refused before anything is sent', () =>
  inNetns(async (netns) => {
    const lladdr = '02:00:00:00:00:06'
    await play(netns, [`fdb add ${lladdr} dev vx0 dst 192.0.2.1 self static`])
    const before = show<BridgeEntry>('bridge', netns, 'fdb show dev vx0')
    const rules = fdbOwner(await linkOf(netns, 'vx0'))
    for (const entry of [{ srcVni: 100 }, { port: 0 }, { vni: 0x1000000 }, { protocol: 84 }, { vlan: 5 }]) {
      const [field] = Object.keys(entry)
      const error = await reconcile(rules, [{ lladdr, dst: '192.0.2.1', ...entry }], { netns }).then(
        () => undefined,
        (thrown: Error) => thrown,
      )
      assert.match(error?.message ?? 'nothing was thrown', new RegExp(`^\\[0\\]\\.${field}: `))
    }
    assert.equal(show<BridgeEntry>('bridge', netns, 'fdb show dev vx0'), before)
  }),
)

owner('a vxlan: a remote with VNI 0 is another one than that with the VNI of the vxlan', () =>
  inNetns(async (netns) => {
    const lladdr = '00:00:00:00:00:00'
    const rules = fdbOwner(await linkOf(netns, 'vx0'))
    const both = [
      { lladdr, dst: '192.0.2.1' },
      { lladdr, dst: '192.0.2.1', vni: 0 },
    ]
    const vnisOf = (): unknown[] =>
      show<BridgeEntry>('bridge', netns, 'fdb show dev vx0')
        .filter(({ mac }) => mac === lladdr)
        .map(({ vni }) => vni)
    const first = await reconcile(rules, both, { netns })
    assert.equal([first.added, first.failed], [2, []])
    assert.equal(vnisOf().sort(), [0, undefined])
    assert.is((await reconcile(rules, both, { netns })).unchanged, 2)
    const one = await reconcile(rules, both.slice(1), { netns })
    assert.equal([one.removed, one.unchanged, one.failed, vnisOf()], [1, 1, [], [0]])
  }),
)

owner('an entry that is not wanted any more is named by its key alone', () =>
  inNetns(async (netns) => {
    await play(netns, ['link set p0 master br0'])
    const lladdr = '02:00:00:00:aa:01'
    const flood = '00:00:00:00:00:00'
    await using remotes = await keep(
      fdbOwner(await linkOf(netns, 'vx0')),
      ['10.0.0.2', '10.0.0.3'].map((dst) => ({ lladdr: flood, dst })).concat({ lladdr, dst: '10.0.0.2' }),
      { netns },
    )
    assert.is(remotes.delete({ lladdr }, { lladdr: '02:00:00:00:aa:99' }), 1)
    assert.throws(() => remotes.delete({ lladdr: flood }), '[0].dst: is missing')
    assert.is(remotes.delete({ lladdr: flood, dst: '10.0.0.3' }), 1)
    await using addresses = await keep(fdbOwner(await linkOf(netns, 'p0')), [{ lladdr }], { netns })
    assert.is(addresses.delete({ lladdr: lladdr.toUpperCase() }), 1)
    await using hosts = await keep(
      neighborOwner({ ifindex: ifindex(netns, 'v0') }),
      ['10.0.0.2', 'fd00::2'].map((dst) => ({ dst, lladdr })),
      { netns },
    )
    assert.is(hosts.delete({ dst: 'fd00:0::2' }), 1)
    assert.throws(() => hosts.delete({ lladdr }), '[0].dst: is missing')
    for (const controller of [remotes, addresses, hosts]) await controller.idle()
    assert.equal(entries(netns, 'vx0'), [`${flood} 10.0.0.2`])
    assert.equal(entries(netns, 'p0'), [])
    assert.equal(neighbors(netns), [`10.0.0.2 ${lladdr} NOARP`])
  }),
)

owner.run()
