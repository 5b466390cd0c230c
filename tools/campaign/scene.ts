import { spawnSync } from 'node:child_process'
import { type Abilities, pairs } from './world.ts'

const numbers = Array.from({ length: pairs }, (_, pair) => pair)

/** Makes a pair with fixed hardware addresses, so that a sequence does the same again. */
export function pairLines(pair: number): string[] {
  return [
    `ip link add v${pair} address 02:00:00:00:0${pair}:01 type veth peer name p${pair} address 02:00:00:00:0${pair}:02`,
    `ip link set v${pair} up`,
    `ip link set p${pair} up`,
    `ip addr add 10.0.${pair}.1/24 dev v${pair}`,
    `ip addr add fd00:${pair}::1/64 dev v${pair} nodad`,
  ]
}

/** Makes the bridges and vxlans. */
export function deviceLines({ vlans }: Abilities): Record<'br0' | 'br1' | 'vx0' | 'vx1' | 'vx2', string[]> {
  const br0 = 'ip link add br0 address 02:00:00:00:b0:01 type bridge'
  const br1 = `ip link add br1 address 02:00:00:00:b1:01 type bridge${vlans ? ' vlan_filtering 1' : ''}`
  const vx0 = 'ip link add vx0 address 02:00:00:00:c0:01 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning'
  const vx1 = 'ip link add vx1 address 02:00:00:00:c1:01 type vxlan external dstport 4790'
  const vx2 = 'ip link add vx2 address 02:00:00:00:c2:01 type vxlan external vnifilter dstport 4791'
  return {
    br0: [br0, 'ip link set br0 up'],
    br1: [br1, 'ip link set br1 up'],
    vx0: [vx0, 'ip link set vx0 up'],
    vx1: [vx1, 'ip link set vx1 up'],
    vx2: [vx2, 'ip link set vx2 up'],
  }
}

/** The links of controllers, which operations do not delete. */
export const keptLines = [
  'ip link add c0 address 02:00:00:00:cc:01 type veth peer name d0 address 02:00:00:00:cc:02',
  'ip link set c0 up',
  'ip link set d0 up',
  'ip addr add 10.50.0.1/24 dev c0',
  'ip addr add fd50::1/64 dev c0 nodad',
  'ip link add vxc address 02:00:00:00:cc:03 type vxlan id 50 dstport 4792 local 10.50.0.1 nolearning',
  'ip link set vxc up',
  'ip link add brc address 02:00:00:00:cc:04 type bridge',
  'ip link add e0 address 02:00:00:00:cc:05 type veth peer name e1 address 02:00:00:00:cc:06',
  'ip link set e0 master brc up',
  'ip link set e1 up',
  'ip link set brc up',
]

/** The links of those that not every kernel can have. */
function moreKeptLines({ vlans, vnis }: Abilities): string[] {
  return [
    ...(vlans
      ? [
          'ip link add brv address 02:00:00:00:cc:07 type bridge vlan_filtering 1 vlan_default_pvid 0',
          'ip link add f0 address 02:00:00:00:cc:08 type veth peer name f1 address 02:00:00:00:cc:09',
          'ip link set f0 master brv up',
          'ip link set f1 up',
          'ip link set brv up',
        ]
      : []),
    ...(vnis
      ? ['ip link add vxd address 02:00:00:00:cc:0a type vxlan external vnifilter dstport 4793', 'ip link set vxd up']
      : []),
  ]
}

/** A link without an address, which may be without ARP. */
const quietLines = [
  'ip link add n0 address 02:00:00:00:dd:01 type veth peer name n1 address 02:00:00:00:dd:02',
  'ip link set n0 up arp off',
  'ip link set n1 up',
]

/** What a namespace has at the beginning. */
export function sceneLines(abilities: Abilities): string[] {
  return [
    'ip link set lo up',
    ...numbers.flatMap(pairLines),
    ...Object.values(deviceLines(abilities)).flat(),
    ...keptLines,
    ...moreKeptLines(abilities),
    ...quietLines,
  ]
}

/** Entries of tables whose dumps the kernel can say to be interrupted, so many that each takes several datagrams. */
export function manyLines(): string[] {
  const all = Array.from({ length: 600 }, (_, number) => number)
  const octets = (number: number): string => `${number >> 8}.${number & 255}`
  const endpoints = all.slice(0, 100).map((number) => 5000 + number)
  return [
    ...endpoints.map((id, number) => `ip nexthop add id ${id} via 10.73.0.${number + 1} fdb`),
    ...all.map((number) => `ip nexthop add id ${6000 + number} group ${endpoints.join('/')} fdb`),
    ...all.map((number) => `ip addr add 10.70.${octets(number)}/32 dev lo`),
  ]
}

let known: Abilities | undefined

/** What the running kernel has. */
export function abilitiesOfKernel(): Abilities {
  known ??= probed()
  return known
}

function probed(): Abilities {
  spawnSync('ip', ['link', 'add', 'probe', 'type', 'bridge'])
  const { status } = spawnSync('ip', ['link', 'set', 'probe', 'type', 'bridge', 'vlan_filtering', '1'])
  spawnSync('ip', ['link', 'del', 'probe'])
  spawnSync('ip', ['link', 'add', 'probe', 'type', 'vxlan', 'external', 'vnifilter', 'dstport', '4799'])
  // A kernel that has no filters makes the vxlan without one.
  const vni = spawnSync('bridge', ['vni', 'add', 'vni', '5', 'dev', 'probe'])
  spawnSync('ip', ['link', 'del', 'probe'])
  return { vlans: status === 0, vnis: vni.status === 0 }
}
