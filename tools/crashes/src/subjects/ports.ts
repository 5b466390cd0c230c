import { fdbOwner, type Neighbor } from '@rtnl/neighbor'
import { type Item, subject } from '../subject.ts'
import { type Told, textOf, told } from '../tools.ts'
import { bridgeSetup } from './links.ts'
import { linkOf } from './links-of.ts'

const fields = ['mac', 'flags', 'state']

/** Of `NTF_*`. */
const sticky = 0x40

const isStatic = ({ state, flags }: Told): boolean =>
  state === 'static' && !(flags as readonly string[]).includes('extern_learn')

export const ports = subject<Neighbor>(
  {
    name: 'ports',
    setup: bridgeSetup('mcast_snooping 0'),
    others: [
      'bridge fdb add 02:00:00:00:09:01 dev v0 master permanent',
      'bridge fdb add 02:00:00:00:09:02 dev v1 master static',
    ],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const lladdr = `02:00:00:00:01:${index.toString(16).padStart(2, '0')}`
        const version = (flags: number): Item => ({
          wanted: { lladdr, flags },
          place: lladdr,
          told: textOf({ mac: lladdr, flags: flags === 0 ? [] : ['sticky'], state: 'static' }, fields),
        })
        return [version(0), version(sticky)]
      }),
    content(netns) {
      const all = told(netns, 'bridge fdb show br br0').filter(({ master }) => master === 'br0')
      const isOurs = (entry: Told): boolean => entry.ifname === 'v0' && isStatic(entry)
      return {
        ours: all.filter(isOurs).map((entry) => ({ place: String(entry.mac), told: textOf(entry, fields) })),
        others: all.filter((entry) => !isOurs(entry)).map((entry) => JSON.stringify(entry)),
      }
    },
  },
  async (netns) => fdbOwner(await linkOf(netns, 'v0')),
)
