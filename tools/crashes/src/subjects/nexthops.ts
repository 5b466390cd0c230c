import { type Nexthop, nexthopOwner } from '@rtnl/nexthop'
import { type Item, subject } from '../subject.ts'
import { ifindex, type Told, textOf, told } from '../tools.ts'
import { linkSetup } from './links.ts'

const fields = ['id', 'gateway', 'dev', 'blackhole', 'group', 'type']

function item<Wanted extends { readonly id: number }>(wanted: Wanted, shown: Told, more: Partial<Item> = {}): Item {
  return { wanted, place: String(wanted.id), told: textOf({ id: wanted.id, ...shown }, fields), ...more }
}

/** Of which half are alone, and half the members of groups. */
const singles = 30
const groups = 20

export const nexthops = subject<Nexthop>(
  {
    name: 'nexthops',
    setup: linkSetup,
    others: [
      'ip nexthop add id 500 via 10.0.0.9 dev v0 proto 186',
      'ip nexthop add id 501 group 500',
      'ip nexthop add id 502 via 10.0.0.9 dev v0 proto 186',
      // Members that are not owned stay.
      ...Array.from(
        { length: 4 },
        (_, index) => `ip nexthop add id ${90 + index} via 10.0.5.${index + 1} dev v0 proto 186`,
      ),
    ],
    items(netns) {
      const oif = ifindex(netns, 'v0')
      const single = (id: number, version: 0 | 1): Item => {
        if (id % 5 === 0 && version === 1) return item({ id, blackhole: true }, { blackhole: null })
        const gateway = id % 3 === 0 ? `fd00::${id}:${version}` : `10.0.${2 + version}.${id % 256}`
        return item({ id, gateway, oif }, { gateway, dev: 'v0' })
      }
      const group = (id: number, version: 0 | 1): Item => {
        const members = version === 0 ? [90, 91] : [91, 92, 93]
        const weight = (member: number): number => 1 + (member % 3)
        const shown = members.map((member) =>
          weight(member) === 1 ? { id: member } : { id: member, weight: weight(member) },
        )
        const wanted = members.map((member) => ({ id: member, weight: weight(member) }))
        if (id % 4 === 0 && version === 1) {
          // A group stays a group.
          return item({ id, gateway: `10.0.6.${id}`, oif }, { gateway: `10.0.6.${id}`, dev: 'v0' }, { recreated: true })
        }
        if (id % 4 === 1 && version === 1) {
          const resGroup = { buckets: 32 }
          return item(
            { id, group: wanted, groupType: 1, resGroup },
            { group: shown, type: 'resilient' },
            { recreated: true },
          )
        }
        return item({ id, group: wanted }, { group: shown }, { recreated: id % 4 < 2 })
      }
      // Groups of nexthops that are owned: these are written before, and removed after them.
      const nested = (id: number, version: 0 | 1): Item => {
        const members = version === 0 ? [201, 202] : [202, 203]
        return item(
          { id, group: members.map((member) => ({ id: member })) },
          {
            group: members.map((member) => ({ id: member })),
          },
        )
      }
      const lasting = [201, 202, 203, 204].map((id) => single(id, 0))
      const blocked: Item = { ...single(502, 0), blocked: true }
      return [
        ...lasting.map((item): readonly [Item, Item] => [item, item]),
        ...Array.from({ length: singles }, (_, index): readonly [Item, Item] => [
          single(index + 1, 0),
          single(index + 1, 1),
        ]),
        ...Array.from({ length: groups }, (_, index): readonly [Item, Item] => [
          group(index + 40, 0),
          group(index + 40, 1),
        ]),
        ...Array.from({ length: 6 }, (_, index): readonly [Item, Item] => [
          nested(index + 300, 0),
          nested(index + 300, 1),
        ]),
        [blocked, blocked],
      ]
    },
    content(netns) {
      const all = told(netns, 'ip nexthop')
      const isOurs = ({ protocol }: Told): boolean => protocol === '84'
      return {
        ours: all.filter(isOurs).map((nexthop) => ({ place: String(nexthop.id), told: textOf(nexthop, fields) })),
        others: all.filter((nexthop) => !isOurs(nexthop)).map((nexthop) => JSON.stringify(nexthop)),
      }
    },
  },
  async () => nexthopOwner({ protocol: 84 }),
)
