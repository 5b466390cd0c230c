import { words } from '../world.ts'
import type { Domain } from './operation.ts'

export const neighbors: Domain = {
  name: 'neighbors',
  weight: 8,
  draw(world) {
    const { dice } = world
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
