import type { Dice } from '@rtnl/compliance'
import type { Abilities } from '../world.ts'
import { World } from '../world.ts'
import { addresses } from './addresses.ts'
import { mdb, vlans, vnis } from './bridges.ts'
import { evpn } from './evpn.ts'
import { fdb } from './fdb.ts'
import { kept } from './kept.ts'
import { links } from './links.ts'
import { namespaces } from './namespaces.ts'
import { neighbors } from './neighbors.ts'
import { nexthops } from './nexthops.ts'
import type { Domain, Operation } from './operation.ts'
import { routes } from './routes.ts'
import { rules } from './rules.ts'
import { sysctls } from './settings.ts'
import { writer } from './writer.ts'

const domains: readonly Domain[] = [
  ...[links, addresses, rules, routes, nexthops, neighbors, fdb, evpn],
  ...[vlans, vnis, mdb, sysctls, namespaces, kept, writer],
]

/** What `--scenario` limits a campaign to. A scenario has its links change too, where nothing would happen without. */
export const scenarios: Readonly<Record<string, readonly string[]>> = {
  all: domains.map(({ name }) => name),
  links: ['links', 'namespaces'],
  addresses: ['addresses', 'links', 'sysctls'],
  rules: ['rules', 'links'],
  routes: ['routes', 'nexthops', 'addresses', 'links', 'sysctls'],
  nexthops: ['nexthops', 'links'],
  neighbors: ['neighbors', 'links', 'addresses'],
  fdb: ['fdb', 'nexthops', 'links'],
  evpn: ['evpn', 'fdb', 'vlans', 'vnis', 'links'],
  bridge: ['fdb', 'vlans', 'vnis', 'mdb', 'links', 'namespaces'],
  kept: ['kept'],
  writer: ['writer'],
}

/** An operation and the name of what drew it. */
export interface Drawn {
  readonly domain: string
  readonly line: Operation
}

/** Operations one after the other, in bursts of one kind. They depend on the dice and the kernel's abilities alone. */
export function* drawOperations(
  dice: Dice,
  abilities: Abilities,
  scenario: string,
): Generator<Drawn, never, undefined> {
  const world = new World(dice, abilities)
  const names = scenarios[scenario]!
  const some = domains.filter((domain) => names.includes(domain.name) && domain.needs?.(world) !== false)
  const urn = some.flatMap((domain) => Array.from({ length: domain.weight }, () => domain))
  while (true) {
    const domain = dice.pick(...urn)
    const burst = domain.weight < 2 ? 1 : 1 + dice.below(24)
    for (let count = 0; count < burst; count++) {
      const drawn = domain.draw(world)
      for (const line of typeof drawn === 'string' ? [drawn] : drawn) yield { domain: domain.name, line }
    }
  }
}
