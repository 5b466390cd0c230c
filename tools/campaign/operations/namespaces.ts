import { pairs } from '../world.ts'
import type { Domain, Operation } from './operation.ts'

/** Namespaces that come, are given links, and go with them. */
export const namespaces: Domain = {
  name: 'namespaces',
  weight: 1,
  draw(world) {
    const { dice } = world
    const other = `@other${dice.below(2)}`
    const things = world.things('namespaces')
    if (!things.has(other)) {
      things.add(other)
      return `root ip netns add ${other}`
    }
    const pair = dice.below(pairs)
    const end = `${dice.pick('v', 'p')}${pair}`
    if (dice.below(3) > 0) {
      const returns = dice.below(2) === 0
      world.linkGone(end)
      if (returns) world.pairMade(pair)
      const lines: Operation[] = [`ip link set ${end} netns ${other}`]
      if (returns) lines.push(`root ip -n ${other} link set ${end} netns @`, `ip link set ${end} up`)
      return lines
    }
    things.delete(other)
    return `root ip netns del ${other}`
  },
}
