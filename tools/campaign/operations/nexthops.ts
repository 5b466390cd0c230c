import { type World, words } from '../world.ts'
import type { Domain, Operation } from './operation.ts'

const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index)

/** Ids by what the object is: a group takes members of one kind alone. */
export const singleIds = { ipv4: range(1, 8), ipv6: range(11, 5), fdb: range(21, 5) }
export const groupIds = { ipv4: range(31, 5), ipv6: range(36, 3), resilient: range(41, 3), fdb: range(51, 3) }

type Kind = 'single' | 'group'

export const nexthops: Domain = {
  name: 'nexthops',
  weight: 20,
  draw(world) {
    const { dice } = world
    if (world.nexthops.size > 3 && !world.careless && dice.below(5) === 0) {
      const id = dice.pick(...world.nexthops.keys())
      world.nexthopGone(id)
      return `ip nexthop del id ${id}`
    }
    const kind: Kind = world.nexthops.size < 4 || dice.below(2) === 0 ? 'single' : 'group'
    return kind === 'single' ? single(world) : group(world)
  },
}

function verb(world: World, id: number): string {
  return world.nexthops.has(id) !== world.careless ? 'replace' : 'add'
}

function single(world: World): Operation {
  const { dice } = world
  const family = dice.pick('ipv4', 'ipv4', 'ipv6', 'fdb')
  const id = dice.pick(...singleIds[family])
  const word = verb(world, id)
  const protocol = dice.pick('', '', 'proto 84')
  if (family === 'fdb') {
    world.nexthops.set(id, { pair: undefined, members: [] })
    return words(`ip nexthop ${word} id ${id} via 192.0.2.${1 + dice.below(6)} fdb`, protocol)
  }
  const pair = world.pairWith(family === 'ipv4' ? 4 : 6)
  const isBlackhole = family === 'ipv4' && dice.below(8) === 0
  world.nexthops.set(id, { pair: isBlackhole ? undefined : pair, members: [] })
  const way =
    family === 'ipv6'
      ? `via fd00:${pair}::${2 + dice.below(4)} dev v${pair}`
      : dice.pick(
          ...[`via 10.0.${pair}.${2 + dice.below(4)} dev v${pair}`, `via 10.0.${pair}.7 dev v${pair}`],
          ...[`dev v${pair}`, `via 192.0.2.${1 + dice.below(4)} dev v${pair} onlink`],
        )
  return words(`ip nexthop ${word} id ${id}`, isBlackhole ? 'blackhole' : way, protocol)
}

function group(world: World): Operation {
  const { dice } = world
  const family = dice.pick('ipv4', 'ipv4', 'ipv6', 'resilient', 'fdb')
  const id = dice.pick(...groupIds[family])
  const possible = singleIds[family === 'resilient' ? 'ipv4' : family]
  const known = possible.filter((member) => world.nexthops.has(member))
  const from = known.length === 0 || world.careless ? possible : known
  const some = from.filter(() => dice.below(2) === 0)
  const members = some.length === 0 ? [dice.pick(...from)] : some
  const word = verb(world, id)
  world.nexthops.set(id, { pair: undefined, members })
  const list = members.map((member) => (family === 'fdb' ? `${member}` : `${member},${1 + dice.below(5)}`)).join('/')
  const kind = { ipv4: '', ipv6: '', fdb: 'fdb', resilient: 'type resilient buckets 8 idle_timer 100' }[family]
  return words(`ip nexthop ${word} id ${id} group ${list}`, kind)
}
