// timeout: 300
import { type Vlan, VlanTable, vlanDefinition } from '@rtnl/bridge'
import { compliance } from '@rtnl/compliance'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasVlanFiltering } from '../support/netns.ts'
import { shownVlans, vlanSetup, vlanText } from '../support/vlans.ts'

const vlans = suite('compliance of VLANs')

if (hasVlanFiltering()) {
  compliance<Vlan>(vlans, {
    definition: vlanDefinition,
    setup: vlanSetup,
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
} else {
  vlans('a kernel whose bridges have none: the table is empty', async () => {
    await using table = await VlanTable.open()
    assert.is(table.size, 0)
  })
}

vlans.run()
