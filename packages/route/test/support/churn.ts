import type { Dice } from '@rtnl/compliance'

/** Pairs of links that the commands expect, as `makeNetns` makes them. */
export const churnPairs = 4

/**
 * A command of `ip` that does something to routes, or to what they go by. Many are refused, depending on what came
 * before.
 */
export function churn(dice: Dice): string {
  const roll = dice.below(100)
  if (roll < 36) return route(dice, ipv4)
  if (roll < 68) return route(dice, ipv6)
  if (roll < 82) return nexthop(dice)
  if (roll < 90) return addressOf(dice)
  return link(dice)
}

interface Family {
  readonly prefixes: readonly string[]
  gateway(dice: Dice): string
  /** Ids of nexthop objects that there may be. */
  readonly objects: readonly number[]
  readonly types: readonly string[]
  readonly extras: readonly string[]
}

const device = (dice: Dice): string => `v${dice.below(churnPairs)}`

const ipv4: Family = {
  prefixes: [0, 1, 2, 3].map((third) => `1.0.${third}.0/24`),
  gateway: (dice) => `10.0.${dice.below(churnPairs)}.${2 + dice.below(4)}`,
  objects: [1, 2, 3, 4, 5, 11, 12, 13],
  types: ['blackhole', 'unreachable', 'prohibit', 'throw'],
  extras: ['mtu 1400', 'src 10.0.0.1', 'src 10.0.1.1', 'realm 3', 'tos 4'],
}

const ipv6: Family = {
  prefixes: [1, 2, 3, 4].map((second) => `2001:${second}::/64`),
  gateway: (dice) => `fd00:${dice.below(churnPairs)}::${2 + dice.below(4)}`,
  objects: [6, 7, 8, 15, 16],
  types: ['blackhole', 'unreachable', 'prohibit'],
  extras: ['mtu 1400', 'src fd00::1', 'src fd00:1::1', 'pref high', 'from 2001:99::/64'],
}

function route(dice: Dice, family: Family): string {
  const verb = dice.pick('add', 'append', 'append', 'append', 'prepend', 'replace', 'replace', 'change', 'del', 'del')
  const prefix = dice.pick(...family.prefixes)
  const place = dice.pick('', '', '', '', 'metric 5', 'table 100', 'table 1000')
  if (verb === 'del') return words('route del', prefix, dice.below(2) === 0 ? '' : way(dice, family), place)
  const protocol = dice.pick('', '', 'proto 85', 'proto 186')
  if (dice.below(16) === 0) return words('route', verb, dice.pick(...family.types), prefix, place, protocol)
  const extra = dice.pick('', '', '', '', ...family.extras)
  return words('route', verb, prefix, place, protocol, extra, way(dice, family))
}

function way(dice: Dice, family: Family): string {
  const roll = dice.below(10)
  if (roll < 4) return `via ${family.gateway(dice)}`
  if (roll < 5) return `dev ${device(dice)}`
  if (roll < 7) return `nhid ${dice.pick(...family.objects)}`
  if (roll < 8 && family === ipv4) return `via inet6 ${ipv6.gateway(dice)} dev ${device(dice)}`
  const hops = Array.from({ length: 2 + dice.below(2) }, () => {
    return `nexthop via ${family.gateway(dice)} weight ${1 + dice.below(3)}`
  })
  return hops.join(' ')
}

function nexthop(dice: Dice): string {
  const verb = dice.pick('add', 'replace', 'replace')
  const delivered = dice.below(4) === 0
  const kind = dice.below(4)
  const id = [1 + dice.below(5), 6 + dice.below(3), 11 + dice.below(3), 15 + dice.below(2)][kind]!
  if (delivered) return `nexthop del id ${id}`
  if (kind === 0) {
    const at = device(dice)
    const to = dice.pick(
      `via 10.0.${at.slice(1)}.7 dev ${at}`,
      `via 10.0.${at.slice(1)}.7 dev ${at}`,
      `dev ${at}`,
      'blackhole',
    )
    return `nexthop ${verb} id ${id} ${to}`
  }
  if (kind === 1) {
    const at = device(dice)
    return `nexthop ${verb} id ${id} via fd00:${at.slice(1)}::7 dev ${at}`
  }
  const members = kind === 2 ? [1, 2, 3, 4, 5] : [6, 7, 8]
  const chosen = members.filter(() => dice.below(2) === 0)
  const group = (chosen.length === 0 ? [members[0]!] : chosen).map((member) => `${member},${1 + dice.below(4)}`)
  return `nexthop ${verb} id ${id} group ${group.join('/')}`
}

function addressOf(dice: Dice): string {
  const at = dice.below(churnPairs)
  const address = dice.pick(`10.0.${at}.1/24`, `10.0.${at}.1/24`, `10.0.${at}.9/24`, `10.${at}.9.1/24`)
  const six = dice.pick(`fd00:${at}::1/64`, `fd00:${at}::9/64`)
  const verb = dice.pick('add', 'add', 'del')
  const isIpv4 = dice.below(2) === 0
  return words('addr', verb, isIpv4 ? address : six, `dev v${at}`, !isIpv4 && verb === 'add' ? 'nodad' : '')
}

function link(dice: Dice): string {
  const at = dice.below(churnPairs)
  const state = dice.pick('down', 'up', 'up', 'up')
  switch (dice.below(6)) {
    case 0:
      return `link set p${at} ${state}`
    case 1:
      return `link set v${at} mtu ${dice.pick(1300, 1500, 1500)}`
    case 2:
      return dice.below(4) === 0 ? `link del v${at}` : `link set v${at} up`
    case 3:
      return `link add v${at} type veth peer name p${at}`
    default:
      return `link set v${at} ${state}`
  }
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
