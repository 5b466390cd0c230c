import { type World, words } from '../world.ts'
import { groupIds } from './nexthops.ts'
import type { Domain, Operation } from './operation.ts'

/** Forwarding entries of bridges and vxlans. */
export const fdb: Domain = {
  name: 'fdb',
  weight: 12,
  draw(world) {
    const roll = world.dice.below(10)
    if (roll < 4) return remote(world)
    if (roll < 6) return objectRemote(world)
    if (roll < 9) return entryOfBridge(world)
    return world.dice.pick('bridge fdb flush dev br0', 'bridge fdb flush dev vx0', 'bridge fdb flush dev v2 master')
  },
}

const unicast = (world: World): string => `02:aa:00:00:00:${10 + world.dice.below(30)}`

function remote(world: World): Operation {
  const { dice } = world
  const flooded = dice.below(3) === 0
  const address = flooded ? dice.pick('00:00:00:00:00:00', '01:00:5e:01:01:01') : unicast(world)
  const to = `dst 192.0.2.${1 + dice.below(6)}${dice.pick('', '', '', ' vni 20', ' port 8472')}`
  const entry = flooded ? `${address} dev vx0 ${to}` : `${address} dev vx0`
  if (dice.below(4) === 0) return `bridge fdb del ${world.take('remotes', () => entry)}`
  const known = world.things('remotes').has(entry)
  world.things('remotes').add(entry)
  const verb = flooded ? 'append' : known ? 'replace' : dice.pick('add', 'replace', 'append')
  return words(`bridge fdb ${verb} ${address} dev vx0 ${to}`, dice.pick('', '', 'static', 'dynamic', 'extern_learn'))
}

function objectRemote(world: World): Operation {
  const { dice } = world
  const groups = groupIds.fdb.filter((id) => world.nexthops.has(id))
  const group = groups.length === 0 || world.careless ? dice.pick(...groupIds.fdb) : dice.pick(...groups)
  const domain = dice.pick('dev vx0', 'dev vx0', `dev vx1 src_vni ${dice.pick(100, 101)}`)
  const entry = `02:bb:00:00:00:${10 + dice.below(20)} ${domain}`
  if (dice.below(3) === 0) return `bridge fdb del ${world.take('object remotes', () => entry)}`
  const known = world.things('object remotes').has(entry)
  world.things('object remotes').add(entry)
  if (domain !== 'dev vx0' && dice.below(2) === 0) return `bridge fdb replace ${entry} dst 192.0.2.${1 + dice.below(6)}`
  return `bridge fdb ${known ? 'replace' : 'add'} ${entry} nhid ${group}`
}

function entryOfBridge(world: World): Operation {
  const { dice } = world
  const ports = [...world.ports.keys()]
  const port = ports.length === 0 || world.careless ? dice.pick('v2', 'v3', 'p1', 'vx0') : dice.pick(...ports)
  const master = dice.pick('br0', 'br1')
  const entry = dice.below(5) === 0 ? `${unicast(world)} dev ${master} self` : `${unicast(world)} dev ${port} master`
  if (dice.below(3) === 0) return `bridge fdb del ${world.take('entries of bridges', () => entry)}`
  const known = world.things('entries of bridges').has(entry)
  world.things('entries of bridges').add(entry)
  const kind = dice.pick('', 'static', 'dynamic', 'extern_learn', 'sticky static', 'permanent')
  return words(`bridge fdb ${known ? 'replace' : 'add'} ${entry}`, entry.endsWith('self') ? '' : kind)
}
