import { type Route, routeOwner } from '@rtnl/route'
import { type Item, subject } from '../subject.ts'
import { ifindex } from '../tools.ts'
import { linkSetup } from './links.ts'
import { ownership, routeContent, routeItem } from './route-content.ts'

const kinds: readonly ((dst: string, version: 0 | 1, dev: number) => Item)[] = [
  (dst, version) => {
    const gateway = `fd00::${2 + version}`
    return routeItem({ dst, gateway }, { type: '1', dst, metric: 1024, gateway, dev: 'v0' })
  },
  (dst, version, oif) => {
    const mtu = 1300 + version
    const metrics = [{ mtu }]
    return routeItem({ dst, oif, priority: 7, metrics: { mtu } }, { type: '1', dst, dev: 'v0', metric: 7, metrics })
  },
  (dst, version) => {
    if (version === 0) return routeItem({ dst, type: 6 }, { type: '6', dst, metric: 1024, dev: 'lo' })
    return routeItem({ dst, gateway: 'fd00::9' }, { type: '1', dst, metric: 1024, gateway: 'fd00::9', dev: 'v0' })
  },
  (dst, version) => {
    const gateways = version === 0 ? ['fd00::2', 'fd00::3'] : ['fd00::2', 'fd00::4', 'fd00::5']
    const multipath = gateways.map((gateway) => ({ gateway }))
    return routeItem({ dst, multipath }, { type: '1', dst, metric: 1024, hops: gateways.map((one) => [one, 1]) })
  },
  (dst, version) => routeItem({ dst, nhId: 1 + version }, { type: '1', dst, metric: 1024, nhid: 1 + version }),
]

export const ipv6Routes = subject<Route>(
  {
    name: 'ipv6Routes',
    setup: [...linkSetup, 'ip nexthop add id 1 via fd00::11 dev v0', 'ip nexthop add id 2 via fd00::12 dev v0'],
    others: [
      'ip route add 2001:db8:ffff::/64 via fd00::9 proto 186 table 100',
      'ip route add 2001:db8:99::/64 via fd00::9 proto 186 table 100',
      'ip route add 2001:db8:1::/64 via fd00::9 proto 84 table 101',
    ],
    items(netns) {
      const dev = ifindex(netns, 'v0')
      const versions = (dst: string, kind: number): readonly [Item, Item] => {
        const make = kinds[kind % kinds.length]!
        return [make(dst, 0, dev), make(dst, 1, dev)]
      }
      const blocked = versions('2001:db8:99::/64', 0).map((item) => ({ ...item, blocked: true }))
      const free = Array.from({ length: 60 }, (_, index) => versions(`2001:db8:${index + 100}::/64`, index))
      return [...free, blocked as [Item, Item]]
    },
    content: (netns) => routeContent(netns, 6),
  },
  async () => routeOwner(ownership),
)
