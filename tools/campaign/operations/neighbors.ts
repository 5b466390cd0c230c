import { type World, words } from '../world.ts'
import type { Domain, Operation } from './operation.ts'

export const neighbors: Domain = {
  name: 'neighbors',
  weight: 8,
  draw(world) {
    const { dice } = world
    if (dice.below(8) === 0) return withoutArp(world)
    const pair = world.pair()
    const six = dice.below(2) === 0
    const host = 2 + dice.below(40)
    const place = `${six ? `fd00:${pair}::${host}` : `10.0.${pair}.${host}`} dev v${pair}`
    if (dice.below(3) === 0) return `ip neigh del ${world.take('neighbors', () => place)}`
    if (dice.below(20) === 0) return `ip neigh ${dice.pick('add', 'del')} proxy ${place}`
    const known = world.things('neighbors').has(place)
    world.things('neighbors').add(place)
    const verb = known ? dice.pick('replace', 'replace', 'change') : dice.pick('add', 'replace')
    const special = dice.below(12)
    if (special === 0) return `ip neigh ${verb} ${place} nud ${dice.pick('none', 'incomplete')}`
    if (special === 1) return `ip neigh ${verb} ${place} managed extern_learn`
    const state = dice.pick('permanent', 'permanent', 'stale', 'reachable', 'noarp', 'failed', 'delay', 'probe')
    const flags = dice.pick('', '', 'router', 'extern_learn', 'protocol 84')
    return words(`ip neigh ${verb} ${place} lladdr 02:aa:00:00:00:0${1 + dice.below(6)} nud ${state}`, flags)
  },
}

/**
 * Neighbours of a link that has no ARP now and then. It has no address and no route, so that the kernel sends nothing to its
 * neighbours: those that it makes for that it makes in silence, and no event goes before. Neither are any added without a
 * hardware address.
 */
function withoutArp(world: World): Operation {
  const { dice } = world
  if (dice.below(5) === 0) return `ip link set n0 ${dice.pick('arp on', 'arp off', 'arp off', 'down', 'up', 'up')}`
  const place = `${dice.pick('10.40.0.', 'fd40::')}${2 + dice.below(20)} dev n0`
  if (dice.below(3) === 0) return `ip neigh del ${world.take('neighbors without ARP', () => place)}`
  world.things('neighbors without ARP').add(place)
  const state = dice.pick('permanent', 'noarp', 'stale', 'reachable')
  return `ip neigh replace ${place} lladdr 02:aa:00:00:00:0${1 + dice.below(6)} nud ${state}`
}
