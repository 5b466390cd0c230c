// timeout: 900
import { VlanTable } from '@rtnl/bridge'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasVlanFiltering } from '../support/netns.ts'
import { type Choice, randomOperations } from '../support/random.ts'
import { shownVlans, vlanText } from '../support/vlans.ts'

const random = suite('VLANs under random operations')

const setup = [
  'ip link add br0 type bridge vlan_filtering 1',
  'ip link set br0 up',
  ...[0, 1, 2].flatMap((pair) => [
    `ip link add v${pair} type veth peer name p${pair}`,
    `ip link set v${pair} up`,
    `ip link set v${pair} master br0`,
  ]),
]

if (hasVlanFiltering()) {
  randomOperations(random, {
    open: (netns) => VlanTable.open({ netns }),
    setup: () => setup,
    operation,
    identity: vlanText,
    shown: shownVlans,
    most: 30,
  })
} else {
  random('a kernel whose bridges have none: the table is empty', async () => {
    await using table = await VlanTable.open()
    assert.is(table.size, 0)
  })
}

function operation({ below, one }: Choice): string {
  const bridge = (): string => one(['br0', 'br0', 'br1'])
  const port = (): string => one(['v0', 'v1', 'v2'])
  const range = (): string => {
    const first = 1 + below(30)
    return one([`${first}`, `${first}-${first + 1 + below(20)}`])
  }
  const vid = (): number => 1 + below(30)
  const place = (): string => one([port(), port(), port(), `${bridge()} self`])
  const add = (): string => `bridge vlan add vid ${range()} dev ${place()}${one(['', ' untagged'])}`
  const del = (): string => `bridge vlan del vid ${range()} dev ${place()}`
  const pvid = (): string => `bridge vlan add vid ${vid()} dev ${place()} pvid${one(['', ' untagged'])}`
  const state = (): string => `bridge vlan set vid ${range()} dev ${port()} state ${one(['blocking', 'forwarding'])}`
  const tunnel = (): string => `bridge vlan add dev ${port()} vid ${vid()} tunnel_info id ${100 + below(50)}`
  const seldom = [
    () => `bridge link set dev ${port()} vlan_tunnel ${one(['on', 'on', 'off'])}`,
    () => `ip link set ${port()} ${one(['master br0', 'master br0', 'master br1', 'nomaster'])}`,
    () => `ip link set ${bridge()} type bridge vlan_filtering ${below(2)}`,
    () => `ip link set ${bridge()} type bridge vlan_default_pvid ${below(6)}`,
    () => `ip link set ${place().split(' ')[0]} ${one(['up', 'up', 'down'])}`,
    () => one(['ip link del br1', 'ip link add br1 type bridge vlan_filtering 1']),
    () => one(['ip link del v2', 'ip link add v2 type veth peer name p2', 'ip link set v2 master br0 up']),
  ]
  return one([add, add, add, del, del, pvid, state, tunnel, one(seldom), one(seldom)])()
}

random.run()
