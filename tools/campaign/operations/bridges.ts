import { type World, words } from '../world.ts'
import type { Domain } from './operation.ts'

/** The port of a bridge, or what may be one. */
function portOf(world: World): string {
  const ports = [...world.ports.keys()].filter((name) => name !== 'vx0')
  return ports.length === 0 || world.careless ? world.dice.pick('v2', 'v3', 'p1') : world.dice.pick(...ports)
}

export const vlans: Domain = {
  name: 'vlans',
  weight: 6,
  needs: ({ abilities }) => abilities.vlans,
  draw(world) {
    const { dice } = world
    const first = 1 + dice.below(30)
    const range = dice.pick(`${first}`, `${first}-${first + 1 + dice.below(20)}`)
    const place = dice.below(4) === 0 ? `dev ${dice.pick('br0', 'br1')} self` : `dev ${portOf(world)}`
    switch (dice.below(10)) {
      case 0:
      case 1:
        return `bridge vlan del ${world.take('vlans', () => `vid ${range} ${place}`)}`
      case 2:
        return words(`bridge vlan add vid ${first} ${place} pvid`, dice.pick('', 'untagged'))
      case 3:
        return `bridge vlan set vid ${range} dev ${portOf(world)} state ${dice.pick('blocking', 'forwarding')}`
      case 4:
        return `bridge vlan add dev ${portOf(world)} vid ${first} tunnel_info id ${100 + dice.below(50)}`
      case 5:
        return dice.pick(
          `bridge link set dev ${portOf(world)} vlan_tunnel ${dice.pick('on', 'on', 'off')}`,
          `ip link set ${dice.pick('br0', 'br1')} type bridge vlan_filtering ${dice.below(2)}`,
          `ip link set ${dice.pick('br0', 'br1')} type bridge vlan_default_pvid ${dice.below(6)}`,
        )
      default:
        world.things('vlans').add(`vid ${range} ${place}`)
        return words(`bridge vlan add vid ${range} ${place}`, dice.pick('', 'untagged'))
    }
  },
}

export const vnis: Domain = {
  name: 'vnis',
  weight: 4,
  draw(world) {
    const { dice } = world
    const first = 100 + dice.below(40)
    const range = dice.pick(`${first}`, `${first}-${first + 1 + dice.below(10)}`)
    const entry = `vni ${range} dev vx2`
    if (dice.below(3) === 0) return `bridge vni del ${world.take('vnis', () => entry)}`
    world.things('vnis').add(entry)
    return words(`bridge vni add ${entry}`, dice.pick('', '', `remote 192.0.2.${1 + dice.below(5)}`))
  },
}

export const mdb: Domain = {
  name: 'mdb',
  weight: 5,
  draw(world) {
    const { dice } = world
    const port = portOf(world)
    const master = world.ports.get(port) ?? 'br0'
    const group = dice.pick(`239.1.1.${1 + dice.below(20)}`, `ff0e::${1 + dice.below(20)}`, '01:02:03:04:05:06')
    const entry = `dev ${master} port ${dice.below(6) === 0 ? master : port} grp ${group}`
    if (dice.below(3) === 0) return `bridge mdb del ${world.take('mdb', () => entry)}`
    world.things('mdb').add(entry)
    const isHost = entry.includes(`port ${master} `)
    const kind = isHost || group.startsWith('01:') ? 'permanent' : dice.pick('permanent', 'temp')
    return `bridge mdb ${dice.pick('add', 'add', 'replace')} ${entry} ${isHost ? 'temp' : kind}`
  },
}
