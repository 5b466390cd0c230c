import type { Domain } from './operation.ts'

/** Attacks on what controllers keep: entries are removed and changed, and what they need goes for a while. */
export const kept: Domain = {
  name: 'kept',
  weight: 1,
  draw({ dice, abilities }) {
    const number = 1 + dice.below(8)
    return dice.pick(
      ...onVlans(abilities.vlans, number),
      ...onVnis(abilities.vnis, number),
      `ip route del 3.0.${number}.0/24 table 300`,
      `ip route replace 3.0.${number}.0/24 via 10.50.0.9 table 300 proto 201`,
      `ip -6 route del 2001:db8:${number}::/64 table 300`,
      `ip nexthop del id ${1000 + number}`,
      `ip nexthop replace id ${1000 + number} via 10.50.0.200 dev c0 proto 201`,
      `ip neigh del 10.50.0.${100 + number} dev c0`,
      `ip neigh replace 10.50.0.${100 + number} lladdr 02:ee:00:00:00:01 dev c0 nud noarp protocol 201`,
      `ip rule del priority ${2000 + number}`,
      `bridge fdb del 02:cc:00:00:00:0${number} dev vxc`,
      `bridge fdb replace 02:cc:00:00:00:0${number} dev vxc dst 192.0.2.200 static`,
      `ip link set c0 ${dice.pick('down', 'up')}`,
      `ip link set d0 ${dice.pick('down', 'up')}`,
      `ip addr ${dice.pick('add', 'del')} 10.50.0.1/24 dev c0`,
      `ip addr del 10.61.0.${number}/32 dev d0`,
      `ip addr replace 10.61.0.${number}/32 dev d0 metric 20`,
      `ip addr add 10.61.0.${100 + number}/32 dev d0`,
      `ip addr del fd61::${number}/128 dev d0`,
      `ip addr replace fd61::${number}/128 dev d0 preferred_lft 0`,
      `bridge mdb del dev brc port e0 grp 239.2.0.${number}`,
      `bridge mdb add dev brc port e0 grp 239.2.0.${number} temp`,
      `bridge mdb add dev brc port e0 grp 239.2.0.${100 + number} permanent`,
      `ip link set ${dice.pick('e0', 'brc')} ${dice.pick('down', 'up', 'up')}`,
    )
  },
}

function onVlans(has: boolean, number: number): string[] {
  if (!has) return []
  return [
    `bridge vlan del vid ${10 + number} dev f0`,
    `bridge vlan add vid ${10 + number} dev f0 untagged`,
    `bridge vlan add vid ${100 + number} dev f0`,
  ]
}

function onVnis(has: boolean, number: number): string[] {
  if (!has) return []
  return [
    `bridge vni del vni ${10 + number} dev vxd`,
    `bridge vni add vni ${10 + number} dev vxd remote 192.0.2.200`,
    `bridge vni add vni ${100 + number} dev vxd`,
  ]
}

/** Undoes those attacks that no controller can undo. */
export const healingLines: readonly string[] = [
  'ip link set c0 up',
  'ip link set d0 up',
  'ip addr replace 10.50.0.1/24 dev c0',
  'ip addr replace fd50::1/64 dev c0 nodad',
  'ip link set e0 up',
  'ip link set brc up',
]
