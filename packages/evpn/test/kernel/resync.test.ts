import { Evpn } from '@rtnl/evpn'
import { changesOf } from '@rtnl/live-table'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { derivedAnew, shown } from '../support/derived.ts'
import { batch, inNetns, play, until } from '../support/netns.ts'

const resync = suite('when tables of the kernel are reread')

const scene = [
  'ip link add D type vxlan id 10 dstport 4789 local 192.0.2.100 nolearning',
  'ip link add E type vxlan id 20 dstport 4790 local 192.0.2.100 nolearning',
  'ip nexthop add id 1 via 192.0.2.1 fdb',
  'ip nexthop add id 2 via 192.0.2.2 fdb',
  'ip nexthop add id 10 group 1/2 fdb',
]

const address = (index: number): string =>
  `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`

/** What readers of some collections are told besides changes by messages, a line each; without the number of equal lines. */
async function follow(
  evpn: Evpn,
  names: readonly ('vnis' | 'vteps' | 'fdb' | 'groups' | 'arps')[],
  lines: Set<string>,
) {
  const tables = names.map((name) => evpn[name])
  for await (const { event, table, cause, reason } of changesOf(tables, { initial: false })) {
    if (cause !== 'notification') lines.add([table, event, cause, reason ?? ''].join(' ').trim())
  }
}

resync('after messages were lost, readers of what changed are told, and all is as derived anew', () =>
  inNetns(scene, async (netns) => {
    // Room for a few messages in the kernel, and nothing is read while the event loop stands still.
    await using evpn = await Evpn.open({ netns, receiveBuffer: 4096, pendingLimit: 1 })
    const lines = new Set<string>()
    const following = follow(evpn, ['vnis', 'vteps', 'fdb', 'arps'], lines)
    const count = 5000
    const add = Array.from(
      { length: count },
      (_, index) => `fdb add ${address(index)} dev D dst 192.0.2.9 extern_learn`,
    )
    batch('bridge', netns, add)
    await until('the loss is known', () => evpn.state === 'stale')
    assert.equal([evpn.fdb.state, evpn.vnis.state, evpn.notices.state], ['stale', 'stale', 'stale'])
    await evpn.waitForSync()
    await until('all is live', () => evpn.state === 'live')
    assert.is(evpn.fdb.size, count)
    assert.equal(shown(evpn), await derivedAnew(netns, evpn))
    // The VNIs are as they were, and of neighbours there were none.
    assert.equal([...lines].sort(), [
      'fdb change resync',
      'fdb resync resync overrun',
      'vteps change resync',
      'vteps resync resync overrun',
    ])
    evpn.close()
    await following
  }),
)

resync('what the kernel removes in silence is told as inferred, with what it followed', () =>
  inNetns(scene, async (netns) => {
    await using evpn = await Evpn.open({ netns })
    const lines = new Set<string>()
    const following = follow(evpn, ['vnis', 'fdb', 'groups'], lines)
    play(netns, `bridge fdb add ${address(1)} dev D nhid 10 extern_learn`)
    await evpn.waitForSync()
    // The entry goes with its group, and no message says so.
    play(netns, 'ip nexthop del id 10')
    await evpn.waitForSync()
    await until('all is live', () => evpn.state === 'live')
    assert.is(evpn.fdb.size, 0)
    assert.equal([...lines].sort(), [
      'fdb change inferred',
      'fdb resync inferred nexthop',
      'groups change inferred',
      'groups resync inferred nexthop',
    ])
    await evpn.resync()
    await until('all is live', () => evpn.state === 'live')
    assert.is(lines.size, 4, [...lines].join('; '))
    assert.equal(evpn.fdb.incomplete, [])
    evpn.close()
    await following
  }),
)

resync.run()
