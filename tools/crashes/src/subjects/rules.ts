import { type Rule, ruleOwner } from '@rtnl/rule'
import { type Item, subject } from '../subject.ts'
import { type Told, textOf, told } from '../tools.ts'

const fields = ['family', 'priority', 'src', 'srclen', 'dst', 'dstlen', 'iif', 'fwmark', 'table', 'goto', 'action']

function item<Wanted extends { readonly priority: number }>(wanted: Wanted, shown: Told): Item {
  const { priority } = wanted
  return { wanted, place: `${shown.family} ${priority}`, told: textOf({ priority, src: 'all', ...shown }, fields) }
}

const kinds: readonly ((priority: number, version: 0 | 1) => Item)[] = [
  (priority, version) =>
    item(
      { priority, src: '10.0.0.0/8', table: 100 + version },
      {
        family: 4,
        src: '10.0.0.0',
        srclen: 8,
        table: String(100 + version),
      },
    ),
  (priority, version) =>
    item(
      { priority, dst: 'fd00::/8', iifname: 'v0', table: 100 + version },
      {
        family: 6,
        dst: 'fd00::',
        dstlen: 8,
        iif: 'v0',
        table: String(100 + version),
      },
    ),
  (priority, version) =>
    item(
      { priority, family: 2, fwmark: 7 + version, action: 6 },
      {
        family: 4,
        fwmark: `0x${7 + version}`,
        action: '6',
      },
    ),
  (priority, version) =>
    item(
      { priority, dst: '10.1.0.0/16', goto: 5000 + version },
      {
        family: 4,
        dst: '10.1.0.0',
        dstlen: 16,
        goto: 5000 + version,
      },
    ),
]

export const rules = subject<Rule>(
  {
    name: 'rules',
    setup: [
      'ip link set lo up',
      'ip rule add priority 5000 table 254 protocol 186',
      'ip rule add priority 5001 table 254 protocol 186',
    ],
    others: [
      'ip rule add priority 100 from 10.0.0.0/8 table 9 protocol 186',
      'ip rule add priority 100 to 10.9.0.0/16 table 9 protocol 186',
      'ip -6 rule add priority 101 table 9 protocol 186',
    ],
    items: () =>
      Array.from({ length: 60 }, (_, index): readonly [Item, Item] => {
        const make = kinds[index % kinds.length]!
        return [make(100 + index, 0), make(100 + index, 1)]
      }),
    content(netns) {
      const all = [4, 6].flatMap((family) =>
        told(netns, `ip -${family} rule`).map((rule): Told => ({ family, ...rule })),
      )
      const isOurs = ({ protocol }: Told): boolean => protocol === '84'
      return {
        ours: all
          .filter(isOurs)
          .map((rule) => ({ place: `${rule.family} ${rule.priority}`, told: textOf(rule, fields) })),
        others: all.filter((rule) => !isOurs(rule)).map((rule) => JSON.stringify(rule)),
      }
    },
  },
  async () => ruleOwner({ protocol: 84 }),
)
