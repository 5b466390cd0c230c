import { type Address, addressOwner } from '@rtnl/address'
import { type Item, subject } from '../subject.ts'
import { ifindex, type Told, textOf, told } from '../tools.ts'
import { linkSetup } from './links.ts'

const fields = ['local', 'address', 'prefixlen', 'metric', 'broadcast', 'label', 'scope', 'noprefixroute']

const nodad = 0x2
const global = '0'

/** Versions of an address, by what is peculiar to it; `recreated` where the kernel cannot change that. */
const kinds: readonly ((index: number, version: 0 | 1) => Item)[] = [
  (index, version) => {
    const local = `10.${index + 10}.0.1`
    const metric = 5 + version
    const shown = { local, prefixlen: 24, metric, scope: global, label: 'v0' }
    return item({ address: local, prefixlen: 24, rtPriority: metric }, shown)
  },
  (index, version) => {
    const local = `10.${index + 10}.0.1`
    const label = `v0:${version}`
    return item({ address: local, prefixlen: 24, label }, { local, prefixlen: 24, label, scope: global }, true)
  },
  (index, version) => {
    const local = `fd01:${index + 10}::1`
    const metric = 300 + version
    const shown = { local, prefixlen: 64, metric, scope: global }
    return item({ address: local, prefixlen: 64, rtPriority: metric, flags: nodad }, shown)
  },
]

function item<Wanted extends { readonly address: string }>(wanted: Wanted, shown: Told, recreated = false): Item {
  return { wanted, place: wanted.address, told: textOf(shown, fields), recreated }
}

interface Interface extends Told {
  readonly ifname: string
  readonly addr_info: readonly Told[]
}

export const addresses = subject<Address>(
  {
    name: 'addresses',
    setup: linkSetup.slice(0, 4),
    others: ['ip addr add 10.9.0.1/24 dev v0 valid_lft 9000 preferred_lft 9000', 'ip addr add 10.8.0.1/24 dev p0'],
    items: () =>
      Array.from({ length: 45 }, (_, index): readonly [Item, Item] => {
        const make = kinds[index % kinds.length]!
        return [make(index, 0), make(index, 1)]
      }),
    content(netns) {
      const all = (told(netns, 'ip addr') as readonly Interface[]).flatMap(({ ifname, addr_info }) =>
        addr_info.map((address): Told => ({ ifname, ...address })),
      )
      const isOurs = ({ ifname, dynamic }: Told): boolean => ifname === 'v0' && dynamic === undefined
      return {
        ours: all.filter(isOurs).map((address) => ({ place: String(address.local), told: textOf(address, fields) })),
        others: all.filter((address) => !isOurs(address)).map(({ ifname, local }) => `${ifname} ${local}`),
      }
    },
  },
  async (netns) => addressOwner({ ifindex: ifindex(netns, 'v0') }),
)
