import { type Route, routeOwner } from '@rtnl/route'
import { type Item, subject } from '../subject.ts'
import { linkSetup } from './links.ts'
import { ownership, routeContent, routeItem } from './route-content.ts'

/** Many datagrams of requests, of which several are in flight. */
const count = 1500

export const manyRoutes = subject<Route>(
  {
    name: 'manyRoutes',
    setup: linkSetup,
    others: ['ip route add 20.0.0.0/24 via 10.0.0.9 proto 186 table 100'],
    items: () =>
      Array.from({ length: count }, (_, index): readonly [Item, Item] => {
        const dst = `30.${index >> 8}.${index & 255}.0/24`
        const version = (gateway: string): Item => routeItem({ dst, gateway }, { type: '1', dst, gateway, dev: 'v0' })
        return [version('10.0.1.2'), version('10.0.1.3')]
      }),
    content: (netns) => routeContent(netns, 4),
  },
  async () => routeOwner(ownership),
)
