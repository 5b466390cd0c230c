// timeout: 300
import { type Vlan, VlanTable, vlanDefinition, vlanEntries, vlanOwner } from '@rtnl/bridge'
import { compliance, ifindex } from '@rtnl/compliance'
import { type DesiredEntry, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasVlanFiltering, inNetns, play } from '../support/netns.ts'
import { shownVlans, vlanText } from '../support/vlans.ts'

const setup = [
  'ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0',
  'ip link set br0 addrgenmode none up',
  ...['v0', 'v1'].flatMap((port) => [
    `ip link add ${port} type veth peer name p${port}`,
    `ip link set ${port} addrgenmode none master br0 up`,
    `ip link set p${port} addrgenmode none up`,
  ]),
]

const refused: readonly [entry: DesiredEntry<Vlan>, message: string][] = [
  [{ vid: 0 }, '[0].vid: 0 is not a whole number in 1..4094'],
  [{ vid: 4095 }, '[0].vid: 4095 is not a whole number in 1..4094'],
  [{ flags: 2 }, '[0].vid: is missing'],
  [{ vid: 1, flags: 8 }, '[0].flags: 8 is not 2 (pvid), 4 (untagged)'],
  [{ vid: 1, vlan: 1 } as never, '[0].vlan: there is no such field; it is called vid'],
]

const tests = suite('VLANs that are reconciled')

tests('are refused by field and value before anything is sent', async () => {
  const rules = vlanOwner({ ifindex: 1 })
  for (const [entry, message] of refused) {
    await reconcile(rules, [entry]).then(
      () => assert.unreachable(message),
      (error: Error) => assert.is(error.message, message),
    )
  }
  assert.throws(() => vlanOwner({} as never), 'ifindex: is missing')
})

if (hasVlanFiltering()) {
  const vlans = suite('compliance of VLANs')
  compliance<Vlan>(vlans, {
    definition: vlanDefinition,
    setup,
    add: ['bridge vlan add vid 10 dev v0', 'bridge vlan add vid 20 dev br0 self'],
    change: ['bridge vlan add vid 10 dev v0 untagged', 'bridge vlan add vid 20 dev br0 self untagged'],
    remove: ['bridge vlan del vid 10 dev v0', 'bridge vlan del vid 20 dev br0 self'],
    flood: Array.from({ length: 200 }, (_, index) => index * 20 + 50).flatMap((vid) => [
      `bridge vlan add vid ${vid}-${vid + 15} dev v0`,
      ...(vid % 40 === 10 ? [`bridge vlan del vid ${vid}-${vid + 8} dev v0`] : []),
    ]),
    silent: {
      before: ['bridge vlan add vid 30 dev v0 pvid untagged'],
      lines: ['bridge vlan add vid 31 dev v0 pvid'],
    },
    identity: vlanText,
    truth: shownVlans,
  })
  vlans.run()

  tests('are added, changed and removed, also with tunnels, and a second look finds nothing to do', () =>
    inNetns(setup, async (netns) => {
      play(netns, ['bridge link set dev v0 vlan_tunnel on', 'bridge vlan add vid 5-9 dev v0'])
      const rules = vlanOwner({ ifindex: ifindex(netns, 'v0') })
      const wanted = vlanEntries([
        { vid: 8, vidEnd: 12 },
        { vid: 30, vidEnd: 32, tunnelId: 100 },
        { vid: 1, flags: ['pvid', 'untagged'] },
      ])
      const first = await reconcile(rules, wanted, { netns })
      assert.equal([first.added, first.replaced, first.removed, first.unchanged, first.failed], [7, 0, 3, 2, []])
      const second = await reconcile(rules, wanted, { netns })
      assert.equal([second.changes, second.unchanged], [0, 9])
      // What is shown can be written back.
      await using table = await VlanTable.open({ netns, ifindex: ifindex(netns, 'v0') })
      assert.is((await reconcile(rules, [...table], { netns })).changes, 0)
      const third = await reconcile(rules, vlanEntries([{ vid: 30, vidEnd: 32 }]), { netns })
      assert.equal([third.failed, third.replaced], [[], 3])
      assert.is(shownVlans(netns).filter((line) => line.includes('100')).length, 0)
    }),
  )
}

tests.run()
