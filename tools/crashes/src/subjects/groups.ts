import { type Mdb, mdbOwner } from '@rtnl/bridge'
import { type Item, subject } from '../subject.ts'
import { ifindex, type Told, textOf, told } from '../tools.ts'
import { bridgeSetup } from './links.ts'

const fields = ['port', 'grp', 'src', 'state']

function placeOf({ port, grp, src = '' }: Told): string {
  return `${port} ${grp} ${src}`
}

export const groups = subject<Mdb>(
  {
    name: 'groups',
    setup: bridgeSetup('mcast_snooping 1'),
    others: ['bridge mdb add dev br0 port br0 grp 239.9.9.9'],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const port = index % 2 === 0 ? 'v0' : 'v1'
        const grp = index % 3 === 0 ? `ff0e::${index + 1}` : `239.1.1.${index}`
        const shown = { port, grp, ...(index % 3 === 1 ? { src: '192.0.2.1' } : {}) }
        const version = (state: number): Item => ({
          wanted: { port, group: grp, state, ...(index % 3 === 1 ? { source: '192.0.2.1' } : {}) },
          place: placeOf(shown),
          told: textOf({ ...shown, state: state === 1 ? 'permanent' : 'temp' }, fields),
        })
        return [version(1), version(0)]
      }),
    content(netns) {
      const all = told(netns, 'bridge mdb show').flatMap(({ mdb }) => mdb as readonly Told[])
      const isOurs = ({ protocol }: Told): boolean => protocol === 'static'
      return {
        ours: all.filter(isOurs).map((entry) => ({ place: placeOf(entry), told: textOf(entry, fields) })),
        // What the kernel joins by itself comes and goes.
        others: all.filter(({ grp }) => grp === '239.9.9.9').map((entry) => textOf(entry, fields)),
      }
    },
  },
  async (netns) => mdbOwner({ ifindex: ifindex(netns, 'br0') }),
)
