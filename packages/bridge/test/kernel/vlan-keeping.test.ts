// timeout: 300
import { setTimeout as delay } from 'node:timers/promises'
import { type Vlan, VlanFlag, VlanTable, vlanEntries, vlanOwner } from '@rtnl/bridge'
import { ifindex, type KeepingSubject, keepingCompliance, patience } from '@rtnl/compliance'
import { type DesiredEntry, keep, reconcile } from '@rtnl/reconcile'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasVlanFiltering, inNetns, play } from '../support/netns.ts'
import { shownVlans, vlanSetup } from '../support/vlans.ts'

const vlans: KeepingSubject<Vlan> = {
  setup: [...vlanSetup, 'bridge link set dev v0 vlan_tunnel on'],
  others: ['bridge vlan add vid 900-910 dev v1', 'bridge vlan add vid 10 dev br0 self'],
  rules: async (netns) => vlanOwner({ ifindex: ifindex(netns, 'v0') }),
  wanted: () => [
    { vid: 10, flags: VlanFlag.UNTAGGED },
    { vid: 11, tunnelId: 100 },
    { vid: 12, flags: VlanFlag.PVID | VlanFlag.UNTAGGED },
    { vid: 13, tunnelId: 0xffffff },
    { vid: 4094 },
  ],
  changed: () => ({ vid: 10, tunnelId: 200 }),
  // The kernel makes every VLAN that these rules let through. What it may refuse are options of the VLAN, once it is there.
  edit: 'bridge vlan add vid 10 dev v0',
  remove: 'bridge vlan del vid 4094 dev v0',
  shown: shownVlans,
}

const refused: readonly [entry: DesiredEntry<Vlan>, message: string][] = [
  [{ vid: 0 }, '[0].vid: 0 is not a whole number in 1..4094'],
  [{ vid: 4095 }, '[0].vid: 4095 is not a whole number in 1..4094'],
  [{ flags: 2 }, '[0].vid: is missing'],
  [{ vid: 1, flags: 8 }, '[0].flags: 8 is not 2 (pvid), 4 (untagged)'],
  [{ vid: 1, vlan: 1 } as never, '[0].vlan: there is no such field; it is called vid'],
]

/** Numbers and tunnel ids. */
function vidsAndTunnels(netns: string): [number, number | null][] {
  return shownVlans(netns).map((line) => {
    const [, vid, , , tunnelId = null] = JSON.parse(line)
    return [vid, tunnelId]
  })
}

async function shows(netns: string, expected: [number, number | null][]): Promise<void> {
  await until(() => JSON.stringify(vidsAndTunnels(netns)) === JSON.stringify(expected))
  assert.equal(vidsAndTunnels(netns), expected)
}

/** Waits until it is so, or it is too late for it: what then is wrong is shown by what is asserted next. */
async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + patience
  while (!condition() && performance.now() < end) await delay(20)
}

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
  const kept = suite('compliance of kept VLANs')
  keepingCompliance(kept, vlans)
  kept.run()

  tests('are added, changed and removed, also with tunnels, and a second look finds nothing to do', () =>
    inNetns(vlanSetup, async (netns) => {
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
      const moved = vlanEntries([{ vid: 30, vidEnd: 32, tunnelId: 200, flags: ['untagged'] }])
      assert.equal((await reconcile(rules, moved, { netns })).failed, [])
      assert.equal(vidsAndTunnels(netns), [
        [30, 200],
        [31, 201],
        [32, 202],
      ])
      const third = await reconcile(rules, vlanEntries([{ vid: 30, vidEnd: 32 }]), { netns })
      assert.equal([third.failed, third.replaced], [[], 3])
      assert.equal(vidsAndTunnels(netns), [
        [30, null],
        [31, null],
        [32, null],
      ])
    }),
  )

  tests('with tunnel ids are not made where the port takes none, and wait for that', () =>
    inNetns(vlanSetup, async (netns) => {
      const rules = vlanOwner({ ifindex: ifindex(netns, 'v0') })
      const wanted = vlanEntries([{ vid: 5 }, { vid: 30, vidEnd: 31, tunnelId: 100 }])
      const once = await reconcile(rules, wanted, { netns })
      assert.equal(
        [once.added, once.failed.map(({ error }) => error.message)],
        [1, [30, 31].map((vid) => `vlan ${vid}: waits for link v0, whose vlan_tunnel is off`)],
      )
      assert.equal(vidsAndTunnels(netns), [[5, null]])
      await using controller = await keep(rules, wanted, { netns })
      assert.equal(
        controller.waiting.map(({ cause, count }) => [cause, count]),
        [['link v0, whose vlan_tunnel is off', 2]],
      )
      assert.equal(vidsAndTunnels(netns), [[5, null]])
      play(netns, ['bridge link set dev v0 vlan_tunnel on'])
      await shows(netns, [
        [5, null],
        [30, 100],
        [31, 101],
      ])
      // The kernel takes the tunnel ids away, and the VLANs stay.
      play(netns, ['bridge link set dev v0 vlan_tunnel off'])
      await until(() => controller.waiting.length === 1)
      await shows(netns, [
        [5, null],
        [30, null],
        [31, null],
      ])
      play(netns, ['bridge link set dev v0 vlan_tunnel on'])
      await shows(netns, [
        [5, null],
        [30, 100],
        [31, 101],
      ])
    }),
  )
}

tests.run()
