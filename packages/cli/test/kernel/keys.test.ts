import { execFileSync } from 'node:child_process'
import { AddressTable } from '@rtnl/address'
import { MdbTable, VlanTable, VniTable } from '@rtnl/bridge'
import { LinkTable } from '@rtnl/link'
import { FdbTable, NeighborTable } from '@rtnl/neighbor'
import { NexthopTable } from '@rtnl/nexthop'
import { RouteTable } from '@rtnl/route'
import { RuleTable } from '@rtnl/rule'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const keys = suite('keys of tables')

/** What `get` of every table has in common for a test. */
interface Keyed {
  readonly size: number
  get(key: unknown): unknown
  list(key: unknown): unknown[]
  [Symbol.iterator](): Iterator<unknown>
  close(): void
}

interface Case {
  readonly name: string
  /** Whether the kernel of every machine has such entries. */
  readonly filled: boolean
  open(): Promise<unknown>
  /** Keys that are refused, and the message. */
  readonly refused: readonly [key: unknown, problem: RegExp][]
}

const cases: readonly Case[] = [
  {
    name: 'link',
    filled: true,
    open: () => LinkTable.open(),
    refused: [
      [{ ifname: 'lo' }, /^link\.ifindex: the key has none$/],
      [{ ifindex: '1' }, /^link\.ifindex: /],
    ],
  },
  {
    name: 'nexthop',
    filled: true,
    open: () => NexthopTable.open(),
    refused: [
      [{}, /^nexthop\.id: the key has none$/],
      [{ id: 2 ** 32 }, /^nexthop\.id: 4294967296 is not a whole number in 0\.\.4294967295$/],
    ],
  },
  {
    name: 'route',
    filled: true,
    open: () => RouteTable.open(),
    refused: [
      [{ table: 254 }, /^route\.dst: the key has none$/],
      [{ dst: '10.0.0.0' }, /^route\.dst: "10\.0\.0\.0" is not a prefix/],
    ],
  },
  {
    name: 'neighbor',
    filled: true,
    open: () => NeighborTable.open(),
    refused: [
      [{ ifindex: 1 }, /^neighbor\.dst: the key has none$/],
      [{ dst: '10.0.0.2' }, /^neighbor\.ifindex: the key has none$/],
      [{ ifindex: 1, dst: 'x' }, /^neighbor\.dst: /],
    ],
  },
  {
    name: 'fdb',
    filled: true,
    open: () => FdbTable.open(),
    refused: [
      [{ master: 1 }, /^fdb\.lladdr: the key has none$/],
      [{ lladdr: '02:00:00:00:00:01' }, /^fdb: the key has neither master, of a bridge, nor ifindex, of a vxlan$/],
    ],
  },
  {
    name: 'address',
    filled: true,
    open: () => AddressTable.open(),
    refused: [
      [{ ifindex: 1 }, /^address\.address: the key has none$/],
      [{ ifindex: 1, address: '127.0.0.1' }, /^address\.prefixlen: the key has none$/],
      [{ ifindex: 1, address: 7 }, /^address\.address: 7 is not an address$/],
    ],
  },
  {
    name: 'rule',
    filled: true,
    open: () => RuleTable.open(),
    refused: [
      [{ family: 2 }, /^rule\.priority: the key has none$/],
      [{ priority: 0 }, /^rule\.family: the key has none$/],
    ],
  },
  {
    name: 'vlan',
    filled: false,
    open: () => VlanTable.open(),
    refused: [[{ ifindex: 1 }, /^vlan\.vid: the key has none$/]],
  },
  {
    name: 'vni',
    filled: true,
    open: () => VniTable.open(),
    refused: [[{ vni: 5 }, /^vni\.ifindex: the key has none$/]],
  },
  {
    name: 'mdb',
    filled: true,
    open: () => MdbTable.open(),
    refused: [[{ ifindex: 1, port: 2 }, /^mdb\.group: the key has none$/]],
  },
]

keys.before(() => {
  for (const line of [
    'ip link add v0 type veth peer name v1',
    'ip link add br0 type bridge',
    'ip link set v1 master br0',
    'ip link set v0 up',
    'ip link set v1 up',
    'ip link set br0 up',
    'ip addr add 10.0.0.1/24 dev v0',
    'ip addr add 10.9.0.1 peer 10.9.0.2 dev v0',
    'ip addr add fd00::1 peer fd00::2 dev v0 nodad',
    'ip nexthop add id 7 via 10.0.0.2 dev v0',
    'ip route add 10.8.0.0/16 via 10.0.0.2 metric 5',
    'ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0',
    'ip link add vx0 type vxlan external vnifilter dstport 4790',
    'ip link set vx0 up',
    'bridge vni add vni 5 dev vx0',
    'bridge fdb add 02:00:00:00:00:03 dev v1 master static',
    'bridge mdb add dev br0 port v1 grp 239.1.1.1 permanent',
  ]) {
    const [program = '', ...words] = line.split(' ')
    execFileSync(program, words)
  }
})

for (const { name, filled, open, refused } of cases) {
  keys(`${name}: an entry is its own key, and what is no key is refused by field and value`, async () => {
    const table = (await open()) as Keyed
    try {
      assert.is(table.size > 0, filled, `${table.size} entries`)
      for (const entry of table) {
        const [first] = table.list(entry)
        assert.equal(table.get(entry), name === 'rule' || name === 'route' ? first : entry)
      }
      const plain = [
        [7, /^\w+: the key 7 is not an object with \w+/],
        ['10.0.0.0/8', /^\w+: the key "10\.0\.0\.0\/8" is not an object with \w+/],
        [undefined, /^\w+: the key undefined is not an object with \w+/],
      ] as const
      for (const [key, problem] of [...plain, ...refused]) {
        assert.throws(
          () => table.get(key),
          (error: unknown) =>
            (error instanceof TypeError || error instanceof RangeError) && problem.test(error.message),
          `${JSON.stringify(key)} is refused`,
        )
      }
    } finally {
      table.close()
    }
  })
}

keys('the fields of a key are enough', async () => {
  using addresses = await AddressTable.open()
  using links = await LinkTable.open()
  using rules = await RuleTable.open()
  const ifindex = links.ifindex('v0') ?? 0
  assert.is(links.get({ ifindex })?.ifname, 'v0')
  assert.is(addresses.get({ ifindex, address: '10.0.0.1', prefixlen: 24 })?.local, '10.0.0.1')
  assert.is(addresses.get({ ifindex, address: '10.9.0.2', local: '10.9.0.1', prefixlen: 32 })?.local, '10.9.0.1')
  assert.is(addresses.get({ ifindex, address: '10.9.0.1', prefixlen: 32 }), undefined)
  assert.is(addresses.get({ ifindex, address: 'fd00::2', local: 'fd00::1' })?.address, 'fd00::2')
  assert.is(rules.get({ family: 2, priority: 32766 })?.table, 254)
})

keys.run()
