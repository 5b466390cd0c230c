// runtimes: node deno bun
import { execFileSync } from 'node:child_process'
import {
  address,
  attribute,
  type BulkRequest,
  Connection,
  header,
  hidden,
  MessageFlag,
  message,
  NetlinkError,
  presence,
  type TransportFactory,
  u8,
  u32,
} from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { NativeTransport } from '../../src/transport/native-transport.ts'
import { MessageType } from '../native/messages.ts'

const bulk = suite('many requests to the kernel')

/** `struct nhmsg` and attributes of `linux/nexthop.h`. */
const nexthopMessage = message('nexthop', {
  header: { family: header(u8), scope: hidden(u8), protocol: header(u8), reserved: hidden(u8), flags: hidden(u32) },
  attributes: { id: attribute(1, u32), blackhole: attribute(4, presence), gateway: attribute(6, address) },
})
type Entry = Partial<ReturnType<typeof nexthopMessage.decode>>

const AF_INET = 2
/** Five times what is in flight at most, and more than either receive buffer holds acks of at a time. */
const COUNT = 5000

function request(type: number, entry: Entry, flags = 0): BulkRequest<unknown> {
  return { message: nexthopMessage, type, flags, entry, operation: () => `nexthop ${entry.id}` }
}

function* adds(count: number): Generator<BulkRequest<unknown>> {
  for (let id = 1; id <= count; id++) {
    // A gateway needs a device: every 1000th is refused with the kernel's words.
    const to: Entry = id % 1000 === 0 ? { gateway: '192.0.2.1' } : { blackhole: true }
    yield request(MessageType.NEWNEXTHOP, { family: AF_INET, id, ...to }, MessageFlag.CREATE | MessageFlag.EXCL)
  }
}

function* deletes(count: number): Generator<BulkRequest<unknown>> {
  for (let id = 1; id <= count; id++) yield request(MessageType.DELNEXTHOP, { family: 0, id })
}

/** The ids of all nexthops, as `ip` tells them. */
function nexthops(): number[] {
  const output = execFileSync('ip', ['-j', 'nexthop'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return (JSON.parse(output || '[]') as { id: number }[]).map(({ id }) => id)
}

function sockets(receiveBuffer: number): TransportFactory {
  return { name: 'small', open: () => NativeTransport.open({ receiveBuffer }), close() {} }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const isRefused = (id: number): boolean => id % 1000 === 0 || id % 777 === 0

for (const [name, open] of [
  ['the default receive buffer', () => Connection.open()],
  // The kernel grants twice as much as it is asked for: the 212,992 bytes that are the usual default.
  ['a small receive buffer', () => Connection.open({ transports: sockets(106_496) })],
] as const) {
  bulk(`${COUNT} nexthops come and go, and every ack is accounted for: ${name}`, async () => {
    await using connection = await open()
    const there = upTo(COUNT / 777).map((place) => `nexthop add id ${place * 777} blackhole\n`)
    execFileSync('ip', ['-batch', '-'], { input: there.join('') })

    const added = await connection.requestAll(adds(COUNT))
    const refused = upTo(COUNT).filter(isRefused)
    assert.equal(
      added.failed.map(({ index }) => index + 1),
      refused,
    )
    for (const { index, error } of added.failed) {
      assert.instance(error, NetlinkError)
      const id = index + 1
      const code = id % 1000 === 0 ? 'EINVAL' : 'EEXIST'
      assert.is((error as NetlinkError).code, code)
      assert.match(error.message, `nexthop ${id}: `)
    }
    assert.is(added.done, COUNT - refused.length)
    const present = upTo(COUNT).filter((id) => id % 1000 !== 0)
    assert.equal(nexthops(), present)

    // Requests one by one find their acks among the others.
    const single = Promise.all(
      upTo(20).map((index) => {
        const { operation: _, ...rest } = request(
          MessageType.NEWNEXTHOP,
          { family: AF_INET, id: 1_000_000 + index, blackhole: true },
          MessageFlag.CREATE,
        )
        return connection.request({ ...rest, operation: 'add one' })
      }),
    )
    const deleted = await connection.requestAll(deletes(COUNT))
    await single
    assert.equal(
      deleted.failed.map(({ index, error }) => [index + 1, (error as NetlinkError).code]),
      upTo(COUNT / 1000).map((place) => [place * 1000, 'ENOENT']),
    )
    assert.is(deleted.done, present.length)
    assert.equal(
      nexthops(),
      upTo(20).map((index) => 1_000_000 + index),
    )
    const { overruns, drops } = connection.stats()
    assert.equal({ overruns, drops, strays: connection.counters.strays }, { overruns: 0, drops: 0, strays: 0 })
    execFileSync('ip', ['nexthop', 'flush'])
  })
}

bulk('a receive buffer that does not hold the acks: what is not known is said, and nothing is waited for', async () => {
  const count = 5000
  await using connection = await Connection.open({ transports: sockets(16_384) })
  const all = upTo(count).map((id) =>
    request(MessageType.NEWNEXTHOP, { family: AF_INET, id, blackhole: true }, MessageFlag.CREATE),
  )
  const { done, failed } = await connection.requestAll(all, { timeout: 10_000 })
  assert.ok(connection.stats().overruns > 0)
  assert.ok(done > 0 && failed.length > 0, `${done} done, ${failed.length} failed`)
  assert.is(done + failed.length, count)
  for (const { error } of failed) {
    assert.match(error.message, /ENOBUFS.*the request may have been carried out/)
  }
  assert.equal(nexthops(), upTo(count))
  assert.equal(await connection.requestAll([request(MessageType.DELNEXTHOP, { id: 1 })]), { done: 1, failed: [] })
  assert.is(connection.counters.strays, 0)
  execFileSync('ip', ['nexthop', 'flush'])
})

bulk.run()
