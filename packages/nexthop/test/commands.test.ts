import { Connection, MessageFlag, NetlinkError } from '@rtnl/netlink-core'
import { answer, FakeKernel, type FakeRequest, FakeTable } from '@rtnl/netlink-core/testing'
import {
  addNexthop,
  deleteNexthop,
  dumpBuckets,
  flushNexthops,
  getNexthop,
  type NexthopEntry,
  NexthopMessage,
  nexthopDefinition,
  nexthopMessage,
  replaceNexthop,
} from '@rtnl/nexthop'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const commands = suite('nexthop commands')

async function failure(attempt: () => Promise<unknown>): Promise<Error> {
  try {
    await attempt()
  } catch (error) {
    assert.instance(error, Error)
    return error as Error
  }
  throw new Error('did not fail')
}

const member = { id: 1, weight: 1 }

// Beyond the types: programs in JavaScript, and data from files.
const refused: readonly [entry: unknown, error: typeof TypeError | typeof RangeError, message: string][] = [
  [null, TypeError, 'nexthop: null is not an object'],
  [7, TypeError, 'nexthop: 7 is not an object'],
  [{ id: 0, blackhole: true }, RangeError, 'nexthop.id: 0 is not a whole number in 1..4294967295'],
  [{ id: 2 ** 32, blackhole: true }, RangeError, 'nexthop.id: 4294967296 is not a whole number in 1..4294967295'],
  [{ id: 1.5, blackhole: true }, RangeError, 'nexthop.id: 1.5 is not a whole number in 1..4294967295'],
  [{ id: '5', blackhole: true }, TypeError, 'nexthop.id: "5" is not a number'],
  [{ id: 5, group: [] }, RangeError, 'nexthop.group: a group has at least one member'],
  [{ id: 5, group: 'x' }, TypeError, 'nexthop.group: "x" is not an array'],
  [{ id: 5, group: [{ id: 5, weight: 1 }] }, RangeError, 'nexthop.group: 5 is the group itself'],
  [{ id: 5, group: [member, member] }, RangeError, 'nexthop.group[1].id: 1 is in the group already'],
  [
    { id: 5, group: [{ id: 0, weight: 1 }] },
    RangeError,
    'nexthop.group[0].id: 0 is not a whole number in 1..4294967295',
  ],
  [
    { id: 5, group: [{ id: 1, weight: 0 }] },
    RangeError,
    'nexthop.group[0].weight: 0 is not a whole number in 1..65535',
  ],
  [
    { id: 5, group: [{ id: 1, weight: 65536 }] },
    RangeError,
    'nexthop.group[0].weight: 65536 is not a whole number in 1..65535',
  ],
  [{ id: 5, group: [{ id: 1, weight: '1' }] }, TypeError, 'nexthop.group[0].weight: "1" is not a number'],
  [{ id: 5, group: [null] }, TypeError, 'nexthop.group[0]: null is not an object'],
  [
    { id: 5, group: [member], gateway: '192.0.2.1' },
    RangeError,
    'nexthop.gateway: "192.0.2.1" cannot stand beside group',
  ],
  [{ id: 5, group: [member], family: 2 }, RangeError, 'nexthop.family: 2 is not 0, as of a group'],
  [{ id: 5, group: [member], groupType: 2 }, RangeError, 'nexthop.groupType: 2 is not 0 (mpath), 1 (resilient)'],
  [
    { id: 5, group: [member], resGroup: { buckets: 4 } },
    RangeError,
    'nexthop.resGroup: needs groupType 1 (resilient), not 0',
  ],
  [{ id: 5, blackhole: true, resGroup: { buckets: 4 } }, RangeError, 'nexthop.resGroup: needs a group'],
  [{ id: 5, blackhole: true, groupType: 0 }, RangeError, 'nexthop.groupType: 0 needs a group'],
  [
    { id: 5, blackhole: true, gateway: '192.0.2.1' },
    RangeError,
    'nexthop.gateway: "192.0.2.1" cannot stand beside blackhole',
  ],
  [{ id: 5, blackhole: true, oif: 3 }, RangeError, 'nexthop.oif: 3 cannot stand beside blackhole'],
  [{ id: 5, blackhole: true, group: [member] }, RangeError, 'nexthop.blackhole: true cannot stand beside group'],
  [{ id: 5, fdb: true, gateway: '192.0.2.1', oif: 3 }, RangeError, 'nexthop.oif: 3 cannot stand beside fdb'],
  [
    { id: 5, gateway: 'fd00::1', family: 2, oif: 3 },
    RangeError,
    'nexthop.family: 2 is not that of the gateway fd00::1, 10',
  ],
  [{ id: 5, oif: 3, family: 7 }, RangeError, 'nexthop.family: 7 is not 0 (unspec), 2 (inet), 10 (inet6)'],
  [{ id: 5, oif: 3, family: 'ipx' }, TypeError, 'nexthop.family: "ipx" is not 0 (unspec), 2 (inet), 10 (inet6)'],
  [{ id: 5, oif: 3, family: 0 }, RangeError, 'nexthop.family: 0 is not 2 (inet) or 10 (inet6)'],
  [{ id: 5, gateway: '192.0.2', oif: 3 }, TypeError, 'nexthop.gateway: "192.0.2" is not an IPv4 or IPv6 address'],
  [{ id: 5, gateway: 7, oif: 3 }, TypeError, 'nexthop.gateway: 7 is not a text'],
  [{ id: 5, oif: -1 }, RangeError, 'nexthop.oif: -1 is not a whole number in 1..2147483647'],
  [{ id: 5, blackhole: false }, TypeError, 'nexthop.blackhole: false is not true; leave a flag out to clear it'],
  [{ id: 5, oif: 3, protocol: 256 }, RangeError, 'nexthop.protocol: 256 is not a whole number in 0..255'],
  [{ id: 5, oif: 3, flags: 4.5 }, RangeError, 'nexthop.flags: 4.5 is not a whole number in 0..4294967295'],
  [{ id: 5, oif: 'v0' }, TypeError, 'nexthop.oif: "v0" is a name; a request takes the index'],
  [{ id: 5, oif: 3, flags: 'x' }, TypeError, 'nexthop.flags: "x" is not 4 (onlink)'],
  [{ id: 5, oif: 3, scope: 'junk' }, RangeError, 'nexthop.scope: "junk" is not the name of a scope'],
  [{ id: 5, oif: 3, scope: 0 }, RangeError, 'nexthop.scope: 0 is not 254, which the kernel sets'],
  [{ id: 5, oif: 3, encapType: 2 }, TypeError, 'nexthop.encapType: 2 needs encap beside it'],
  [{ id: 5, group: [member], flags: 4 }, RangeError, 'nexthop.flags: 4 belongs to the members of a group'],
  [{ id: 5, group: [{ ...member, colour: 1 }] }, TypeError, 'nexthop.group[0].colour: there is no such field'],
  [
    { id: 5, group: Array.from({ length: 4050 }, (_, place) => ({ id: place + 10 })) },
    RangeError,
    'nexthop.group: 4050 members make a message of 32456 bytes; the kernel cannot show more than 32448',
  ],
  [{ id: 5, oif: 3, groups: true }, TypeError, 'nexthop.groups: is a filter for reading'],
  [{ id: 5, oif: 3, dev: 'v0' }, TypeError, 'nexthop.dev: there is no such field; it is called oif'],
]

commands('what cannot be is refused by name and value, and nothing is sent', async () => {
  const kernel = new FakeKernel()
  const types: number[] = []
  for (const type of Object.values(NexthopMessage)) {
    kernel.on(type, (request) => {
      types.push(request.type)
      return answer.ack()
    })
  }
  await using connection = await Connection.open({ transports: kernel })
  for (const [entry, type, message] of refused) {
    for (const command of [addNexthop, replaceNexthop]) {
      const error = await failure(() => command(connection, entry as NexthopEntry))
      assert.is(error.message, message)
      assert.is(error.constructor, type, message)
    }
  }
  for (const id of [0, -1, 2 ** 32, 1.5, '1', undefined]) {
    for (const command of [deleteNexthop, getNexthop, dumpBuckets]) {
      const error = await failure(() => command(connection, id as number))
      assert.match(error.message, `nexthop.id: ${JSON.stringify(id)} is not`)
    }
  }
  assert.match(
    (await failure(() => replaceNexthop(connection, { blackhole: true }))).message,
    /^nexthop\.id: undefined/,
  )
  for (const protocol of [-1, 256, 1.5, '84', undefined]) {
    const error = await failure(() => flushNexthops(connection, { protocol: protocol as number }))
    assert.is(error.message, `protocol: ${protocol} is not a whole number in 0..255`)
  }
  assert.equal(types, [])
})

/** The request that a command makes. */
async function sent(command: (connection: Connection) => Promise<unknown>): Promise<FakeRequest> {
  const kernel = new FakeKernel()
  let last: FakeRequest | undefined
  kernel.on(NexthopMessage.NEW, (request) => {
    last = request
    const echo = { ...request.decode(nexthopMessage), id: 77 }
    return (request.flags & MessageFlag.ECHO) === 0
      ? answer.ack()
      : answer.reply(nexthopMessage, NexthopMessage.NEW, echo)
  })
  await using connection = await Connection.open({ transports: kernel })
  await command(connection)
  return last!
}

commands('the family is that of the gateway; a group has none', async () => {
  const family = async (entry: NexthopEntry): Promise<number> =>
    (await sent((connection) => addNexthop(connection, entry))).decode(nexthopMessage).family
  assert.is(await family({ id: 1, gateway: '192.0.2.1', oif: 2 }), 2)
  assert.is(await family({ id: 1, gateway: 'fd00::1', oif: 2 }), 10)
  assert.is(await family({ id: 1, oif: 2 }), 2)
  assert.is(await family({ id: 1, oif: 2, family: 10 }), 10)
  assert.is(await family({ id: 1, blackhole: true }), 2)
  assert.is(await family({ id: 10, group: [member] }), 0)
})

commands('what the kernel sets by itself is not sent back', async () => {
  const read = {
    ...{ family: 2, scope: 253, protocol: 84, flags: 0x15, id: 1, oif: 2, gateway: '192.0.2.1' },
  }
  const single = await sent((connection) => replaceNexthop(connection, read))
  assert.equal(single.decode(nexthopMessage), { ...read, scope: 0, flags: 4 })
  const resGroup = { buckets: 8, idleTimer: 100, unbalancedTimer: 0, unbalancedTime: 5 }
  const group = { family: 0, scope: 0, protocol: 0, flags: 0, id: 10, groupType: 1, group: [member], resGroup }
  const request = await sent((connection) => replaceNexthop(connection, group))
  const { unbalancedTime: _, ...parameters } = resGroup
  assert.equal(request.decode(nexthopMessage), { ...group, resGroup: parameters })
})

commands('only without an id is the new nexthop sent back', async () => {
  const flagsOf = async (command: (connection: Connection) => Promise<unknown>): Promise<number> =>
    (await sent(command)).flags & ~(MessageFlag.REQUEST | MessageFlag.ACK)
  const create = MessageFlag.CREATE | MessageFlag.EXCL
  assert.is(await flagsOf((connection) => addNexthop(connection, { id: 1, blackhole: true })), create)
  const pick = async (connection: Connection): Promise<void> => {
    assert.is(await addNexthop(connection, { blackhole: true }), 77)
  }
  assert.is(await flagsOf(pick), create | MessageFlag.ECHO)
  const replace = (connection: Connection): Promise<void> => replaceNexthop(connection, { id: 1, blackhole: true })
  assert.is(await flagsOf(replace), MessageFlag.CREATE | MessageFlag.REPLACE)
})

async function refusedWith(errno: number, text: string | undefined, entry: NexthopEntry): Promise<Error> {
  const kernel = new FakeKernel()
  kernel.on(NexthopMessage.NEW, () => answer.error(errno, { text }))
  await using connection = await Connection.open({ transports: kernel })
  return await failure(() => addNexthop(connection, entry))
}

commands('a weight that an old kernel refuses is a RangeError that says so', async () => {
  const text = 'Reserved fields in nexthop_grp must be 0'
  const wide = { id: 10, group: [member, { id: 2, weight: 1000 }] }
  const error = await refusedWith(22, text, wide)
  assert.instance(error, RangeError)
  assert.is(error.message, 'nexthop.group[1].weight: 1000 is not in 1..255; more needs Linux 6.12')
  assert.instance(error.cause, NetlinkError)
  const next = await refusedWith(22, 'Invalid value for weight', { id: 10, group: [{ id: 2, weight: 256 }] })
  assert.is(next.message, 'nexthop.group[0].weight: 256 is not in 1..255; more needs Linux 6.12')
  assert.instance(await refusedWith(22, 'Invalid nexthop id', wide), NetlinkError)
  assert.instance(await refusedWith(22, text, { id: 10, group: [member] }), NetlinkError)
})

commands('without permission the capability is named', async () => {
  const error = await refusedWith(1, undefined, { id: 1, blackhole: true })
  assert.match(error.message, /^add nexthop id 1: .*EPERM.*CAP_NET_ADMIN/)
})

function nexthop(
  id: number,
  rest: NexthopEntry = {},
): { family: number; scope: number; protocol: number; flags: number; id: number } {
  return { family: 2, scope: 0, protocol: 84, flags: 0, ...rest, id }
}

commands('flush deletes groups before members, and what is gone meanwhile is no error', async () => {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, nexthopDefinition)
  for (const id of [1, 2]) table.putSilently(nexthop(id, { blackhole: true }))
  table.putSilently(nexthop(3, { blackhole: true, protocol: 11 }))
  for (const id of [10, 11]) table.putSilently(nexthop(id, { family: 0, group: [member] }))
  const deleted: unknown[] = []
  kernel.on(NexthopMessage.DEL, (request) => {
    const { id } = request.decode(nexthopMessage)
    deleted.push(id)
    return id === 11 ? answer.error(2) : answer.ack()
  })
  await using connection = await Connection.open({ transports: kernel })
  assert.equal(await flushNexthops(connection, { protocol: 84 }), [10, 1, 2])
  assert.equal(deleted, [10, 11, 1, 2])
})

commands('flush tells of what was refused, after it has tried all', async () => {
  const kernel = new FakeKernel()
  const table = new FakeTable(kernel, nexthopDefinition)
  for (const id of [1, 2, 3]) table.putSilently(nexthop(id, { blackhole: true }))
  const deleted: unknown[] = []
  kernel.on(NexthopMessage.DEL, (request) => {
    const { id } = request.decode(nexthopMessage)
    deleted.push(id)
    return id === 1 ? answer.error(1) : answer.ack()
  })
  await using connection = await Connection.open({ transports: kernel })
  const error = (await failure(() => flushNexthops(connection, { protocol: 84 }))) as AggregateError
  assert.instance(error, AggregateError)
  assert.match(error.message, 'delete nexthop id 1')
  assert.is(error.errors.length, 1)
  assert.equal(deleted, [1, 2, 3])
})

commands.run()
