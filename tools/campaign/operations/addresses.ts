import { pairs, words } from '../world.ts'
import type { Domain } from './operation.ts'

export const addresses: Domain = {
  name: 'addresses',
  weight: 6,
  draw(world) {
    const { dice } = world
    const careless = world.careless
    const present = [...world.addresses]
    if (present.length > 0 && !careless && dice.below(5) < 2) {
      const address = dice.pick(...present)
      world.addresses.delete(address)
      return `ip addr del ${address}`
    }
    const pair = dice.below(pairs)
    const four = dice.pick(
      ...[`10.0.${pair}.1/24`, `10.0.${pair}.1/24`, `10.0.${pair}.${6 + dice.below(20)}/24`],
      ...[`10.${pair}.9.1/24`, `10.${pair}.8.1 peer 10.${pair}.8.2/32`],
    )
    const six = dice.pick(`fd00:${pair}::1/64`, `fd00:${pair}::${6 + dice.below(20)}/64`, `fd00:${pair}:9::1/64`)
    const isIpv4 = dice.below(2) === 0
    const address = `${isIpv4 ? four : six} dev ${dice.below(8) === 0 ? 'lo' : `v${pair}`}`
    const verb = world.addresses.has(address) ? 'replace' : 'add'
    world.addresses.add(address)
    const lifetime = dice.pick('', '', '', '', 'valid_lft 1000 preferred_lft 500', 'preferred_lft 0')
    const flags = dice.pick('', '', '', 'noprefixroute', 'metric 20')
    return words('ip addr', verb, address, isIpv4 ? '' : 'nodad', flags, lifetime)
  },
}
