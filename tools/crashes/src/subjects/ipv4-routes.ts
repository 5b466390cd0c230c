import { type Route, routeOwner } from '@rtnl/route'
import { type Item, subject } from '../subject.ts'
import { ifindex } from '../tools.ts'
import { linkSetup } from './links.ts'
import { ownership, routeContent, routeItem } from './route-content.ts'

/** Versions of a route to a destination, by what is peculiar to it. */
const kinds: readonly ((dst: string, version: 0 | 1, dev: number) => Item)[] = [
  (dst, version) => {
    const gateway = `10.0.1.${2 + version}`
    return routeItem({ dst, gateway }, { type: '1', dst, gateway, dev: 'v0' })
  },
  (dst, version, oif) => {
    const mtu = 1300 + version
    const metrics = [{ mtu }]
    return routeItem({ dst, oif, priority: 7, metrics: { mtu } }, { type: '1', dst, dev: 'v0', metric: 7, metrics })
  },
  (dst, version) => {
    if (version === 0) return routeItem({ dst, type: 6 }, { type: '6', dst })
    return routeItem({ dst, gateway: '10.0.1.9' }, { type: '1', dst, gateway: '10.0.1.9', dev: 'v0' })
  },
  (dst, version) => {
    const multipath = [{ gateway: '10.0.1.2' }, { gateway: '10.0.1.3', weight: 2 + version }]
    const hops = [
      ['10.0.1.2', 1],
      ['10.0.1.3', 2 + version],
    ]
    return routeItem({ dst, multipath }, { type: '1', dst, hops })
  },
  (dst, version) => routeItem({ dst, nhId: 1 + version }, { type: '1', dst, nhid: 1 + version }),
]

export const ipv4Routes = subject<Route>(
  {
    name: 'ipv4Routes',
    setup: [...linkSetup, 'ip nexthop add id 1 via 10.0.2.1 dev v0', 'ip nexthop add id 2 via 10.0.2.2 dev v0'],
    others: [
      'ip route add 20.0.0.0/24 via 10.0.0.9 proto 186 table 100',
      'ip route add 30.0.0.0/24 via 10.0.0.9 proto 186 metric 99 table 100',
      'ip route add 30.0.99.0/24 via 10.0.0.9 proto 186 table 100',
      'ip route add 30.0.1.0/24 via 10.0.0.9 proto 84 table 101',
    ],
    items(netns) {
      const dev = ifindex(netns, 'v0')
      const versions = (dst: string, kind: number): readonly [Item, Item] => {
        const make = kinds[kind % kinds.length]!
        return [make(dst, 0, dev), make(dst, 1, dev)]
      }
      const blocked = versions('30.0.99.0/24', 0).map((item) => ({ ...item, blocked: true }))
      const free = Array.from({ length: 60 }, (_, index) => versions(`30.0.${index}.0/24`, index))
      return [...free, blocked as [Item, Item]]
    },
    content: (netns) => routeContent(netns, 4),
  },
  async () => routeOwner(ownership),
)
