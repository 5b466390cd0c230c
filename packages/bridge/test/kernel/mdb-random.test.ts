// timeout: 900
import { MdbTable } from '@rtnl/bridge'
import { suite } from 'uvu'
import { mdbText, shownMdb } from '../support/mdb.ts'
import { type Choice, randomOperations } from '../support/random.ts'

const random = suite('multicast groups under random operations')

const setup = [
  'ip link add br0 type bridge mcast_snooping 1',
  'ip link set br0 up',
  'ip link add br1 type bridge mcast_snooping 1 mcast_querier 1',
  ...[0, 1, 2].flatMap((pair) => [
    `ip link add v${pair} type veth peer name p${pair}`,
    `ip link set v${pair} up`,
    `ip link set p${pair} up`,
    `ip link set v${pair} master br0`,
  ]),
]

randomOperations(random, {
  open: (netns) => MdbTable.open({ netns }),
  // With these versions groups have modes and lists of sources.
  setup: (seed) =>
    seed === 1 ? setup : [...setup, 'ip link set br0 type bridge mcast_igmp_version 3 mcast_mld_version 2'],
  operation,
  identity: mdbText,
  shown: shownMdb,
  most: 10,
})

function operation({ below, one }: Choice): string {
  const bridge = (): string => one(['br0', 'br0', 'br0', 'br1'])
  const port = (): string => one(['v0', 'v1', 'v2', bridge()])
  const group = (): string =>
    one([
      `239.1.1.${1 + below(4)}`,
      `ff0e::${1 + below(4)}`,
      `239.2.2.2 src 192.0.2.${1 + below(2)}`,
      `ff0e::9 src 2001:db8::${1 + below(2)}`,
      '01:00:5e:01:02:03',
    ])
  const add = (): string => `bridge mdb add dev ${bridge()} port ${port()} grp ${group()} ${one(['permanent', 'temp'])}`
  const del = (): string => `bridge mdb del dev ${bridge()} port ${port()} grp ${group()}`
  const seldom = [
    () => `ip link set ${one(['v0', 'v1', 'v2'])} ${one(['master br0', 'master br0', 'master br1', 'nomaster'])}`,
    () => `ip link set ${port()} ${one(['up', 'up', 'down'])}`,
    // Of a bridge that is down the kernel does not announce it.
    () => `ip link set ${bridge()} up type bridge mcast_snooping ${one([0, 1, 1])}`,
    () => one(['ip link del br1', 'ip link add br1 type bridge mcast_snooping 1', 'ip link set br1 up']),
    () => one(['ip link del v2', 'ip link add v2 type veth peer name p2', 'ip link set v2 master br0 up']),
  ]
  return one([...Array(12).fill(add), del, del, del, del, one(seldom)])()
}

random.run()
