import { fdbOwner, type Neighbor } from '@rtnl/neighbor'
import { type Item, subject } from '../subject.ts'
import { type Told, textOf, told } from '../tools.ts'
import { linkSetup } from './links.ts'
import { linkOf } from './links-of.ts'

const fields = ['mac', 'dst', 'port', 'vni', 'nhid', 'state']

const isFlood = (mac: unknown): boolean => mac === '00:00:00:00:00:00'

function item<Wanted extends { readonly lladdr: string; readonly dst?: string }>(
  wanted: Wanted,
  shown: Told,
  recreated: boolean,
): Item {
  const { lladdr: mac, dst } = wanted
  const told = textOf({ mac, dst, state: 'static', ...shown }, fields)
  return { wanted, place: isFlood(mac) ? `${mac} ${dst}` : mac, told, recreated }
}

export const remotes = subject<Neighbor>(
  {
    name: 'remotes',
    setup: [
      ...linkSetup,
      'ip nexthop add id 1 via 192.0.2.1 fdb',
      'ip nexthop add id 2 via 192.0.2.2 fdb',
      'ip nexthop add id 11 group 1/2 fdb',
      'ip nexthop add id 12 group 2 fdb',
      'ip link add vx0 type vxlan id 10 dstport 4789 local 10.0.0.1 nolearning',
      'ip link set vx0 addrgenmode none up',
    ],
    others: [
      'bridge fdb add 02:00:00:00:09:01 dev vx0 dst 192.0.2.9 self permanent',
      'bridge fdb add 02:00:00:00:09:02 dev vx0 dst 192.0.2.9 self static extern_learn',
    ],
    items: () => [
      ...Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const lladdr = `02:00:00:00:01:${index.toString(16).padStart(2, '0')}`
        const remote = (version: 0 | 1): Item => {
          const dst = `192.0.2.${20 + version}`
          if (index % 4 === 1)
            return item({ lladdr, dst, port: 4000 + version, vni: 99 }, { port: 4000 + version, vni: 99 }, false)
          // The kernel does not turn an address into a group.
          if (index % 4 === 2 && version === 1) return item({ lladdr, nhId: 11 }, { nhid: 11 }, true)
          if (index % 4 === 3) return item({ lladdr, nhId: 11 + version }, { nhid: 11 + version }, false)
          return item({ lladdr, dst }, {}, index % 4 === 2)
        }
        return [remote(0), remote(1)]
      }),
      // Of the addresses to which is flooded, each is an entry of its own.
      ...Array.from({ length: 12 }, (_, index): readonly [Item, Item] => {
        const flood = (): Item => item({ lladdr: '00:00:00:00:00:00', dst: `192.0.2.${100 + index}` }, {}, false)
        return [flood(), flood()]
      }),
    ],
    content(netns) {
      const all = told(netns, 'bridge fdb show dev vx0')
      const isOurs = ({ state, flags }: Told): boolean =>
        state === 'static' && !(flags as readonly string[]).includes('extern_learn')
      return {
        ours: all.filter(isOurs).map((entry) => ({
          place: isFlood(entry.mac) ? `${entry.mac} ${entry.dst}` : String(entry.mac),
          told: textOf(entry, fields),
        })),
        others: all.filter((entry) => !isOurs(entry)).map((entry) => JSON.stringify(entry)),
      }
    },
  },
  async (netns) => fdbOwner(await linkOf(netns, 'vx0')),
)
