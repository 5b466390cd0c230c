import { type Neighbor, neighborOwner } from '@rtnl/neighbor'
import { type Item, subject } from '../subject.ts'
import { ifindex, textOf, told } from '../tools.ts'
import { linkSetup } from './links.ts'

const fields = ['dst', 'lladdr', 'state', 'router', 'extern_learn']

const protocol = 84
const noarp = 0x40
const permanent = 0x80

function item(dst: string, version: 0 | 1): Item {
  const lladdr = `02:00:00:00:0${version}:01`
  const state = version === 0 ? noarp : permanent
  const shown = { dst, lladdr, state: [version === 0 ? 'NOARP' : 'PERMANENT'] }
  return { wanted: { dst, lladdr, state }, place: dst, told: textOf(shown, fields) }
}

export const neighbors = subject<Neighbor>(
  {
    name: 'neighbors',
    setup: linkSetup,
    others: [
      'ip neigh add 10.0.9.1 lladdr 02:00:00:00:09:01 dev v0 nud permanent',
      'ip neigh add 10.0.9.2 lladdr 02:00:00:00:09:02 dev v0 nud noarp',
      'ip neigh add 10.0.9.3 lladdr 02:00:00:00:09:03 dev v0 nud noarp proto 186',
    ],
    items: () => {
      const free = Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const dst = index % 3 === 0 ? `fd00::1:${index}` : `10.0.1.${index}`
        return [item(dst, 0), item(dst, 1)]
      })
      return [
        ...free,
        [0, 1].map((version) => ({ ...item('10.0.9.3', version as 0 | 1), blocked: true })) as [Item, Item],
      ]
    },
    content(netns) {
      // The kernel looks for its own multicast groups when it likes.
      const all = told(netns, 'ip neigh show dev v0 nud all').filter(({ dst }) => !String(dst).startsWith('ff0'))
      return {
        ours: all
          .filter((entry) => entry.protocol === String(protocol))
          .map((entry) => ({ place: String(entry.dst), told: textOf(entry, fields) })),
        others: all.filter((entry) => entry.protocol !== String(protocol)).map((entry) => JSON.stringify(entry)),
      }
    },
  },
  async (netns) => neighborOwner({ ifindex: ifindex(netns, 'v0'), protocol }),
)
