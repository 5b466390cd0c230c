import { type Vni, vniOwner } from '@rtnl/bridge'
import { type Content, type Item, subject } from '../subject.ts'
import { ifindex, type Told, told } from '../tools.ts'

interface Ranges extends Told {
  readonly ifname: string
  readonly vnis: readonly {
    readonly vni: number
    readonly vniEnd?: number
    readonly group?: string
    readonly remote?: string
  }[]
}

function contentOf(netns: string): Content {
  const ours: { place: string; told: string }[] = []
  const others: string[] = []
  for (const { ifname, vnis: all } of told(netns, 'bridge vni') as readonly Ranges[]) {
    for (const { vni: first, vniEnd = first, group = '', remote = group } of all) {
      for (let vni = first; vni <= vniEnd; vni++) {
        if (ifname === 'vx0') ours.push({ place: String(vni), told: `${vni} ${remote}` })
        else others.push(`${ifname} ${vni} ${remote}`)
      }
    }
  }
  return { ours, others }
}

export const vnis = subject<Vni>(
  {
    name: 'vnis',
    setup: [
      'ip link add vx0 type vxlan dstport 4789 local 10.0.0.1 nolearning external vnifilter',
      'ip link add vx1 type vxlan dstport 4790 local 10.0.0.1 nolearning external vnifilter',
    ],
    others: ['bridge vni add vni 900-910 dev vx1'],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const vni = 100 + index
        const version = (group: string): Item => ({
          wanted: group === '' ? { vni } : { vni, group },
          place: String(vni),
          told: `${vni} ${group}`,
        })
        return [version(index % 3 === 0 ? '' : '192.0.2.1'), version(index % 3 === 1 ? '2001:db8::1' : '192.0.2.2')]
      }),
    content: contentOf,
  },
  async (netns) => vniOwner({ ifindex: ifindex(netns, 'vx0') }),
)
