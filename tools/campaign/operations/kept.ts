import type { Domain } from './operation.ts'

/** Attacks on what controllers keep: entries are removed and changed, and what they need goes for a while. */
export const kept: Domain = {
  name: 'kept',
  weight: 1,
  draw({ dice }) {
    const number = 1 + dice.below(8)
    return dice.pick(
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
    )
  },
}

/** Undoes those attacks that no controller can undo. */
export const healingLines: readonly string[] = [
  'ip link set c0 up',
  'ip link set d0 up',
  'ip addr replace 10.50.0.1/24 dev c0',
  'ip addr replace fd50::1/64 dev c0 nodad',
]
