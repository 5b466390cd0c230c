import { VlanTable } from '@rtnl/bridge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { assertExact, Fold } from '../support/fold.ts'
import { hasVlanFiltering, inNetns, play } from '../support/netns.ts'
import { shownVlans, vlanSetup, vlanText } from '../support/vlans.ts'

const silence = suite('what the kernel does not say of VLANs')

/** Options that some VLANs have, and a change of the flags of a range, which the kernel announces as one. */
const cases: readonly [title: string, before: readonly string[], line: string][] = [
  [
    'the state of those behind the first of a range',
    ['bridge vlan add vid 10 dev v0', 'bridge vlan set vid 10 dev v0 state blocking'],
    'bridge vlan add vid 10-12 dev v0 untagged',
  ],
  [
    'the state of one in the middle of a range',
    ['bridge vlan add vid 11 dev v0', 'bridge vlan set vid 11 dev v0 state blocking'],
    'bridge vlan add vid 10-12 dev v0 untagged',
  ],
  [
    'the tunnel ids of those behind the first of a range',
    [
      'bridge link set dev v0 vlan_tunnel on',
      'bridge vlan add dev v0 vid 10',
      'bridge vlan add dev v0 vid 10 tunnel_info id 100',
    ],
    'bridge vlan add vid 10-12 dev v0 untagged',
  ],
  [
    'the tunnel id of one in the middle of a range',
    [
      'bridge link set dev v0 vlan_tunnel on',
      'bridge vlan add dev v0 vid 11',
      'bridge vlan add dev v0 vid 11 tunnel_info id 100',
    ],
    'bridge vlan add vid 10-12 dev v0 untagged',
  ],
  [
    'those that follow the VLAN of frames without a tag, which Linux 5.10 does not show',
    ['bridge vlan add vid 17 dev v0 pvid untagged', 'bridge vlan add vid 18-19 dev v0 untagged'],
    'bridge vlan add vid 17 dev v0 untagged',
  ],
]

if (hasVlanFiltering()) {
  for (const [title, before, line] of cases) {
    silence(`${title}: read again`, () =>
      inNetns(vlanSetup, async (netns) => {
        play(netns, before)
        await using table = await VlanTable.open({ netns })
        const fold = new Fold(table)
        play(netns, [line])
        await assertExact(table, fold, vlanText, () => shownVlans(netns), line)
        table.close()
        await fold.done
      }),
    )
  }
} else {
  silence('a kernel whose bridges have none: the table is empty', async () => {
    await using table = await VlanTable.open()
    assert.is(table.size, 0)
  })
}

silence.run()
