// timeout: 900
import { Connection, NetlinkError } from '@rtnl/netlink-core'
import {
  addNexthop,
  deleteNexthop,
  dumpBuckets,
  dumpNexthops,
  flushNexthops,
  getNexthop,
  type Nexthop,
  replaceNexthop,
} from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sorted } from '../support/fold.ts'
import { ip, ipNexthops, makeNetns, play } from '../support/ip.ts'
import { nexthops } from '../support/scenarios.ts'

const commands = suite('nexthop commands')

let number = 0

async function inNetns(test: (connection: Connection, netns: string, oif: number) => Promise<void>): Promise<void> {
  const netns = `commands${number++}`
  await makeNetns(netns)
  const connection = await Connection.open({ netns })
  const [{ ifindex }] = JSON.parse(ip(`-n ${netns} -j link show v0`)) as [{ ifindex: number }]
  await test(connection, netns, ifindex)
  connection.close()
  ip(`netns del ${netns}`)
}

async function dump(connection: Connection): Promise<Nexthop[]> {
  const entries: Nexthop[] = []
  for await (const batch of dumpNexthops(connection)) entries.push(...batch)
  return sorted(entries)
}

async function refusal(attempt: Promise<unknown>): Promise<NetlinkError> {
  try {
    await attempt
  } catch (error) {
    assert.instance(error, NetlinkError)
    return error as NetlinkError
  }
  throw new Error('was not refused')
}

commands('what is added, replaced and deleted is what ip shows', () =>
  inNetns(async (connection, netns, oif) => {
    assert.is(await addNexthop(connection, { id: 1, gateway: '10.0.0.2', oif }), 1)
    assert.is(await addNexthop(connection, { id: 2, gateway: 'fd00:0::2', oif, flags: 4, protocol: 84 }), 2)
    assert.is(await addNexthop(connection, { id: 3, blackhole: true }), 3)
    assert.is(await addNexthop(connection, { id: 4, oif }), 4)
    assert.is(
      await addNexthop(connection, {
        id: 10,
        group: [
          { id: 1, weight: 3 },
          { id: 2, weight: 255 },
        ],
      }),
      10,
    )
    await addNexthop(connection, { id: 20, gateway: '192.0.2.1', fdb: true })
    await addNexthop(connection, { id: 21, group: [{ id: 20, weight: 1 }], fdb: true })
    const resGroup = { buckets: 4, idleTimer: 200, unbalancedTimer: 0 }
    await addNexthop(connection, { id: 30, group: [{ id: 1, weight: 1 }], groupType: 1, resGroup })
    const single = { scope: 253, protocol: 0, flags: 0 }
    const many = { family: 0, scope: 0, protocol: 0, flags: 0 }
    const expected: Nexthop[] = [
      { family: 2, ...single, id: 1, oif, gateway: '10.0.0.2' },
      { family: 10, ...single, protocol: 84, flags: 4, id: 2, oif, gateway: 'fd00::2' },
      { family: 2, ...single, scope: 0, id: 3, blackhole: true },
      { family: 2, ...single, scope: 254, id: 4, oif },
      {
        ...many,
        id: 10,
        groupType: 0,
        group: [
          { id: 1, weight: 3 },
          { id: 2, weight: 255 },
        ],
      },
      { family: 2, ...single, id: 20, fdb: true, gateway: '192.0.2.1' },
      { ...many, id: 21, fdb: true, groupType: 0, group: [{ id: 20, weight: 1 }] },
      { ...many, id: 30, groupType: 1, group: [{ id: 1, weight: 1 }], resGroup },
    ]
    assert.equal(await dump(connection), expected)
    assert.equal(ipNexthops(netns), expected)
    assert.equal(await getNexthop(connection, 2), expected[1])
    await replaceNexthop(connection, { id: 1, gateway: '10.0.0.9', oif })
    assert.is((await getNexthop(connection, 1))?.gateway, '10.0.0.9')
    await replaceNexthop(connection, { id: 50, blackhole: true, family: 10 })
    assert.is((await getNexthop(connection, 50))?.family, 10)
    await deleteNexthop(connection, 1)
    assert.is(await getNexthop(connection, 1), undefined)
    assert.equal((await getNexthop(connection, 10))?.group, [{ id: 2, weight: 255 }])
  }),
)

commands('without an id the kernel picks one', () =>
  inNetns(async (connection) => {
    const ids = await Promise.all([1, 2, 3].map(() => addNexthop(connection, { blackhole: true })))
    assert.is(new Set(ids).size, 3)
    assert.equal(
      (await dump(connection)).map(({ id }) => id),
      ids.sort((left, right) => left - right),
    )
    assert.is((await getNexthop(connection, ids[0]!))?.blackhole, true)
  }),
)

commands('what was read can be written', () =>
  inNetns(async (connection, netns) => {
    await play(netns, [
      ...nexthops,
      'nexthop add id 5 via 10.9.9.9 dev v0 onlink proto 84',
      'nexthop add id 8 dev v0',
      'nexthop add id 18 group 1/2,7 type resilient buckets 8 idle_timer 1 unbalanced_timer 10',
      'nexthop add id 20 via 192.0.2.1 fdb',
      'nexthop add id 21 group 20,200 fdb',
    ])
    const read: Nexthop[] = []
    for await (const batch of dumpNexthops(connection)) read.push(...batch)
    for (const entry of read) await replaceNexthop(connection, entry)
    assert.equal(await dump(connection), sorted(read))
    await play(netns, ['nexthop flush'])
    for (const entry of read) assert.is(await addNexthop(connection, entry), entry.id)
    assert.equal(await dump(connection), sorted(read))
  }),
)

function takes(command: () => void): boolean {
  try {
    command()
    return true
  } catch {
    return false
  }
}

commands('weights of 16 bits, where the kernel has them', () =>
  inNetns(async (connection, netns) => {
    await addNexthop(connection, { id: 1, blackhole: true })
    const hasThem = takes(() => ip(`-n ${netns} nexthop add id 9 group 1,256`))
    for (const [id, weight] of [
      [10, 256],
      [11, 65535],
    ] as const) {
      const add = addNexthop(connection, { id, group: [{ id: 1, weight }] })
      if (hasThem) {
        await add
        assert.equal((await getNexthop(connection, id))?.group, [{ id: 1, weight }])
      } else {
        await add.then(
          () => assert.unreachable(),
          (error) => assert.match(error.message, `nexthop.group[0].weight: ${weight} is not in 1..255`),
        )
      }
    }
  }),
)

commands('refusals name the request and what the kernel says', () =>
  inNetns(async (connection, netns, oif) => {
    await addNexthop(connection, { id: 1, gateway: '10.0.0.2', oif })
    const taken = await refusal(addNexthop(connection, { id: 1, blackhole: true }))
    assert.is(taken.code, 'EEXIST')
    assert.match(taken.message, /^add nexthop id 1: /)
    assert.is((await refusal(deleteNexthop(connection, 7))).code, 'ENOENT')
    const turned = await refusal(replaceNexthop(connection, { id: 1, group: [{ id: 1e6, weight: 1 }] }))
    assert.match(turned.message, /^replace nexthop id 1: .*EINVAL/)
    await play(netns, ['link set v0 down'])
    const down = await refusal(addNexthop(connection, { id: 2, gateway: '10.0.0.2', oif }))
    assert.is(down.message, 'add nexthop id 2: Nexthop device is not up (ENETDOWN)')
  }),
)

commands('flush deletes what is of one protocol, and nothing else', () =>
  inNetns(async (connection, netns) => {
    await play(netns, [
      ...nexthops,
      'nexthop add id 30 via 10.0.0.30 dev v0 proto 84',
      'nexthop add id 31 group 30/1 proto 84',
      'nexthop add id 32 group 30/2',
    ])
    assert.equal(await flushNexthops(connection, { protocol: 84 }), [31, 30])
    const left = await dump(connection)
    assert.equal(
      left.map(({ id }) => id),
      [1, 2, 3, 4, 6, 7, 11, 12, 13, 14, 15, 16, 32],
    )
    assert.equal(left.at(-1)?.group, [{ id: 2, weight: 1 }])
    assert.equal(await flushNexthops(connection, { protocol: 84 }), [])
  }),
)

commands('buckets of a resilient group', () =>
  inNetns(async (connection, netns) => {
    await play(netns, [...nexthops, 'nexthop add id 18 group 1/2,3 type resilient buckets 8'])
    const buckets = await dumpBuckets(connection, 18)
    assert.equal(
      buckets.map(({ id, bucket }) => [id, bucket?.index]),
      Array.from({ length: 8 }, (_, index) => [18, index]),
    )
    const share = (nexthop: number): number => buckets.filter(({ bucket }) => bucket?.nhId === nexthop).length
    assert.equal([share(1), share(2)], [2, 6])
    assert.is((await refusal(dumpBuckets(connection, 99))).code, 'ENOENT')
    assert.is((await refusal(dumpBuckets(connection, 11))).code, 'EINVAL')
  }),
)

commands.run()
