import { type World, words } from '../world.ts'
import { groupIds, singleIds } from './nexthops.ts'
import type { Domain, Operation } from './operation.ts'

interface Way {
  readonly words: string
  readonly pair: number | undefined
  readonly object: number | undefined
}

/** Routes of both families: lists under one key, multipath, by nexthop objects. */
export const routes: Domain = {
  name: 'routes',
  weight: 26,
  draw(world) {
    const { dice } = world
    if (dice.below(12) === 0) return expiring(world)
    const family = dice.pick(4 as const, 6 as const)
    if (world.routes.size > 0 && !world.careless && dice.below(4) === 0) {
      const key = dice.pick(...world.routes.keys())
      const { line } = world.routes.get(key)!
      world.routes.delete(key)
      return `ip route del ${line}`
    }
    const prefix = family === 4 ? `1.0.${dice.below(6)}.0/24` : `2001:${1 + dice.below(5)}::/64`
    const place = dice.pick('', '', '', 'metric 5', 'metric 9', 'table 100', 'table 1000')
    const tos = family === 4 ? dice.pick('', '', '', '', 'tos 4') : ''
    const line = words(prefix, place, tos)
    const exists = [...world.routes.values()].some((route) => route.line === line)
    const verb = exists
      ? dice.pick('append', 'append', 'prepend', 'replace', 'replace', 'change')
      : dice.pick('add', 'add', 'append', 'replace')
    const key = `${line} ${verb === 'replace' || verb === 'change' ? 0 : dice.below(4)}`
    const protocol = dice.pick('', '', 'proto 85', 'proto 186')
    if (dice.below(16) === 0) {
      const types = ['blackhole', 'unreachable', 'prohibit', ...(family === 4 ? ['throw'] : [])]
      world.routes.set(key, { line, pair: undefined, object: undefined })
      return words('ip route', verb, dice.pick(...types), line, protocol)
    }
    const way = wayOf(world, family)
    world.routes.set(key, { line, pair: way.pair, object: way.object })
    return words('ip route', verb, line, protocol, extra(world, family), way.words)
  },
}

/**
 * Routes that end, each leg by a gateway of its own: a request to append a leg that a route has fails, and still changes the
 * lifetime and the MTU of one that ends, in silence. That is outside of what tables promise.
 */
function expiring(world: World): Operation {
  const { dice } = world
  const line = words(`2001:${dice.pick('a', 'b')}::/64`, dice.pick('', 'metric 5', 'table 1000'))
  if (dice.below(4) === 0) return `ip route del ${line}`
  const verb = dice.pick('add', 'append', 'append', 'replace')
  const pair = world.pairWith(6)
  const gateway = `fd00:${pair}::${(0x100 + world.number()).toString(16)}`
  return words('ip route', verb, line, dice.pick('', 'expires 600', 'expires 600', 'expires 1'), `via ${gateway}`)
}

function extra({ dice }: World, family: 4 | 6): string {
  if (family === 4)
    return dice.pick('', '', '', '', 'mtu 1400', 'mtu lock 1300', 'src 10.0.0.1', 'realm 3', 'advmss 1200')
  return dice.pick('', '', '', '', 'mtu 1400', 'src fd00::1', 'pref high', 'from 2001:99::/64')
}

function wayOf(world: World, family: 4 | 6): Way {
  const { dice } = world
  const roll = dice.below(10)
  const none = { pair: undefined, object: undefined }
  if (roll >= 7) {
    const usable = [...world.nexthops.keys()].filter((id) => canBeWay(id, family))
    const object = usable.length === 0 || world.careless ? 1 + dice.below(20) : dice.pick(...usable)
    return { words: `nhid ${object}`, pair: undefined, object }
  }
  const pair = world.pairWith(family)
  const gateway = (at: number): string =>
    family === 4 ? `10.0.${at}.${2 + dice.below(4)}` : `fd00:${at}::${2 + dice.below(4)}`
  if (roll < 3) return { ...none, words: `via ${gateway(pair)}`, pair }
  if (roll < 4) return { ...none, words: `dev v${pair}`, pair }
  if (roll < 5 && family === 4) {
    const wide = world.pairWith(6)
    return { ...none, words: `via inet6 fd00:${wide}::${2 + dice.below(4)} dev v${wide}`, pair: wide }
  }
  const hops = Array.from({ length: 2 + dice.below(3) }, () => {
    return `nexthop via ${gateway(world.pairWith(family))} weight ${1 + dice.below(4)}`
  })
  return { ...none, words: hops.join(' ') }
}

/** Objects of forwarding entries are no way, and IPv4 objects none of an IPv6 route. */
function canBeWay(id: number, family: 4 | 6): boolean {
  const isIpv6 = singleIds.ipv6.includes(id) || groupIds.ipv6.includes(id)
  const isIpv4 = singleIds.ipv4.includes(id) || groupIds.ipv4.includes(id) || groupIds.resilient.includes(id)
  return isIpv6 || (family === 4 && isIpv4)
}
