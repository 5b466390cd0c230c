import { deviceLines, pairLines } from '../scene.ts'
import { pairs, type World } from '../world.ts'
import type { Domain, Operation } from './operation.ts'

/** Links that come, go, change and are enslaved. */
export const links: Domain = {
  name: 'links',
  weight: 8,
  draw(world) {
    const { dice } = world
    const pair = dice.below(pairs)
    const end = `${dice.pick('v', 'v', 'p')}${pair}`
    if (!world.links.has(`v${pair}`) && !world.careless) return made(world, pair)
    switch (dice.below(9)) {
      case 0:
      case 1:
        return setState(world, end, false)
      case 2:
      case 3:
        return setState(world, end, true)
      case 4:
        return port(world)
      case 5:
        return device(world)
      case 6:
        return dice.below(3) === 0 ? removal(world, pair) : setState(world, `v${pair}`, true)
      default:
        return attribute(world, end)
    }
  },
}

function setState(world: World, name: string, up: boolean): Operation {
  world.linkSet(name, up)
  return `ip link set ${name} ${up ? 'up' : 'down'}`
}

function made(world: World, pair: number): Operation[] {
  world.pairMade(pair)
  world.addresses.add(`10.0.${pair}.1/24 dev v${pair}`).add(`fd00:${pair}::1/64 dev v${pair}`)
  return pairLines(pair)
}

function removal(world: World, pair: number): Operation {
  world.linkGone(`v${pair}`)
  return `ip link del v${pair}`
}

function port(world: World): Operation {
  const { dice } = world
  const name = dice.pick('v2', 'v3', 'p1', 'vx0')
  const master = dice.pick('br0', 'br0', 'br1')
  if (world.ports.has(name) && dice.below(3) === 0) {
    world.ports.delete(name)
    return `ip link set ${name} nomaster`
  }
  const settings = ['learning', 'flood', 'neigh_suppress', 'isolated', 'hairpin', 'guard', 'mcast_flood', 'fastleave']
  if (world.ports.has(name) && dice.below(2) === 0) {
    const rest = dice.pick(
      `${dice.pick(...settings)} ${dice.pick('on', 'off')}`,
      `cost ${1 + dice.below(100)} priority ${dice.below(64)}`,
      `state ${dice.below(5)}`,
    )
    return `bridge link set dev ${name} ${rest}`
  }
  world.ports.set(name, master)
  return `ip link set ${name} master ${master}`
}

/** A bridge or a vxlan goes or comes, or changes. */
function device(world: World): Operation | Operation[] {
  const { dice } = world
  const name = dice.pick('br0', 'br1', 'vx0', 'vx1', 'vx2')
  if (!world.links.has(name) && !world.careless) {
    world.links.set(name, true)
    return deviceLines(world.abilities)[name]
  }
  if (dice.below(4) === 0) {
    world.linkGone(name)
    return `ip link del ${name}`
  }
  // Options of a bridge that is down change in silence, and no event goes before: that is outside of what tables promise.
  // The bridge may be down where the model has it up, so that the same request brings it up.
  if (name.startsWith('br') && world.links.get(name) === true && dice.below(2) === 0) {
    const setting = dice.pick(
      `ageing_time ${100 * (1 + dice.below(600))}`,
      `stp_state ${dice.pick(0, 0, 1)}`,
      `mcast_snooping ${dice.pick(0, 1, 1)}`,
    )
    return `ip link set ${name} up type bridge ${setting}`
  }
  return setState(world, name, dice.below(3) > 0)
}

function attribute(world: World, end: string): Operation | Operation[] {
  const { dice } = world
  const pair = end.slice(1)
  switch (dice.below(7)) {
    case 0:
      return `ip link set ${end} address 02:00:00:00:0${pair}:0${dice.pick(1, 7)}`
    case 1:
      return `ip link set ${end} mtu ${dice.pick(1200, 1280, 1400, 1500, 1500)}`
    case 2:
      // Not `arp off`, which only a link without traffic is set to: see `neighbors.ts`.
      return `ip link set ${end} multicast ${dice.pick('off', 'on')}`
    case 3:
      return `ip link set ${end} ${dice.pick('promisc on', 'promisc off', 'allmulticast on', 'allmulticast off')}`
    case 4:
      // Of a link that is down the kernel does not tell this, and no event goes before.
      return `ip link property ${dice.pick('add', 'del')} dev lo altname other${end}`
    case 5: {
      const upper = `mv${pair}`
      if (world.links.has(upper)) {
        world.links.delete(upper)
        return `ip link del ${upper}`
      }
      world.links.set(upper, false)
      return `ip link add ${upper} address 02:00:00:00:0${pair}:0a link v${pair} type macvlan mode bridge`
    }
    default:
      return [
        `ip link set ${end} down`,
        `ip link set ${end} name t${end}`,
        `ip link set t${end} name ${end}`,
        `ip link set ${end} up`,
      ]
  }
}
