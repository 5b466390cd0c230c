import { type Neighbor, proxyOwner } from '@rtnl/neighbor'
import { type Item, subject } from '../subject.ts'
import { ifindex, textOf, told } from '../tools.ts'
import { linkSetup } from './links.ts'

const fields = ['dst', 'router']

const protocol = 84
const proxy = 0x8
const router = 0x80

function item(dst: string, version: 0 | 1): Item {
  const wanted = { dst, flags: version === 0 ? proxy : proxy | router }
  return { wanted, place: dst, told: textOf(version === 0 ? { dst } : { dst, router: null }, fields) }
}

export const proxies = subject<Neighbor>(
  {
    name: 'proxies',
    setup: linkSetup,
    others: [
      'ip neigh add proxy 10.0.9.1 dev v0',
      'ip neigh add proxy fd00::9 dev v0 proto 186',
      'ip neigh add 10.0.1.1 lladdr 02:00:00:00:09:02 dev v0 nud noarp proto 84',
    ],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const dst = index % 3 === 0 ? `10.0.1.${index}` : `fd00::1:${index}`
        return [item(dst, 0), item(dst, 1)]
      }),
    content(netns) {
      const all = told(netns, 'ip neigh show proxy')
      return {
        ours: all
          .filter((entry) => entry.protocol === String(protocol))
          .map((entry) => ({ place: String(entry.dst), told: textOf(entry, fields) })),
        others: [
          ...all.filter((entry) => entry.protocol !== String(protocol)),
          ...told(netns, 'ip neigh show dev v0 nud noarp').filter(({ dst }) => !String(dst).startsWith('ff0')),
        ].map((entry) => JSON.stringify(entry)),
      }
    },
  },
  async (netns) => proxyOwner({ ifindex: ifindex(netns, 'v0'), protocol }),
)
