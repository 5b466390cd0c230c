import { type DumpRequest, DumpTruncatedError, Errno, NetlinkError, TimeoutError } from '@rtnl/netlink-core'
import { answer, type FakeKernel, type FakeRequest, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dumpThings,
  read,
  rejection,
  type Thing,
  ThingType,
  thing,
  thingMessage,
  turns,
  withConnection,
} from './thing.ts'

const ends = suite('how dumps end')

const nothing = { message() {}, restart() {} }

function things(count: number, family = 2): Thing[] {
  return Array.from({ length: count }, (_, id) => ({ ...thing(id), family }))
}

/** Sends a message to the dump socket every few milliseconds. @returns a function that ends it */
function drip(kernel: FakeKernel, seq: () => number): () => void {
  const bytes = (): Uint8Array => messageBytes(thingMessage, { type: ThingType.NEW, flags: 2, seq: seq() }, thing(1))
  const timer = setInterval(() => kernel.sockets('dump')[0]?.receive(bytes()), 5)
  return () => clearInterval(timer)
}

ends('an entry that the kernel cannot put into a dump has an error of its own, which says what to expect', () =>
  withConnection(async ({ connection, table }) => {
    for (const entry of things(3)) table.putSilently(entry)
    table.dumping = { doneErrno: Errno.EMSGSIZE }
    const seen: number[] = []
    const sink = { message: () => seen.push(seen.length), restart() {} }
    const error = await rejection(connection.dumpInto(dumpThings, sink))
    assert.instance(error, DumpTruncatedError)
    assert.instance(error, NetlinkError)
    assert.is((error as DumpTruncatedError).name, 'DumpTruncatedError')
    assert.is((error as DumpTruncatedError).code, 'EMSGSIZE')
    assert.is(
      (error as DumpTruncatedError).message,
      'dump thing: message too long (EMSGSIZE) (an entry does not fit into the 32 KiB of a datagram; it and all entries behind it were not read)',
    )
    assert.is(seen.length, 3)
    assert.is(connection.counters.refused, 1)
    // The kernel has ended the dump, so that the socket is as good as before.
    table.dumping = {}
    assert.is((await read(connection)).length, 3)
  }),
)

ends('a datagram of no bytes in a dump says the same, and is not waited for a second time', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (const entry of things(3)) table.putSilently(entry)
    kernel.on(ThingType.GET, (request) => {
      const [entries] = table.handle(request)(request)
      return answer.raw(entries ?? new Uint8Array(0), ...Array.from({ length: 100 }, () => new Uint8Array(0)))
    })
    assert.instance(await rejection(read(connection)), DumpTruncatedError)
    assert.is(kernel.sockets('dump').length, 0)
    kernel.on(ThingType.GET, (request) => table.handle(request))
    assert.is((await read(connection)).length, 3)
  }),
)

/** IPv4, then IPv6, as the kernel answers a request for all families. */
const untilIpv6: DumpRequest<Thing> = { ...dumpThings, until: ({ view, body }) => view.getUint8(body) === 10 }

function families(request: FakeRequest): readonly Uint8Array[] {
  const entries = [...things(3, 2), ...things(3, 10)]
  return answer.dump(thingMessage, ThingType.NEW, entries, { chunk: 2, doneErrno: Errno.EMSGSIZE })(request)
}

ends('`until`: a dump that is followed by another ends where that begins, whatever becomes of that', () =>
  withConnection(async ({ connection, kernel, table }) => {
    kernel.on(ThingType.GET, (request) => answer.raw(...families(request)))
    const found: Thing[] = []
    for await (const batch of connection.dump(untilIpv6)) found.push(...batch)
    assert.equal(found, things(3, 2))
    kernel.on(ThingType.GET, (request) => table.handle(request))
    assert.equal(await read(connection), [])
    assert.is(connection.counters.strays, 0)
  }),
)

ends('`until`: an end before is an end, and an error before is one', () =>
  withConnection(async ({ connection, table }) => {
    for (const entry of things(3, 2)) table.putSilently(entry)
    let seen = 0
    const sink = { message: () => seen++, restart() {} }
    await connection.dumpInto(untilIpv6, sink)
    assert.is(seen, 3)
    table.dumping = { doneErrno: Errno.EMSGSIZE }
    assert.instance(await rejection(connection.dumpInto(untilIpv6, sink)), DumpTruncatedError)
  }),
)

ends('`until`: an interrupted reading is repeated on the same socket', () =>
  withConnection(async ({ connection, kernel }) => {
    let calls = 0
    const entries = [...things(3, 2), ...things(3, 10)]
    kernel.on(ThingType.GET, () =>
      answer.dump(thingMessage, ThingType.NEW, entries, { chunk: 2, ...(calls++ === 0 ? { interrupted: 1 } : {}) }),
    )
    const found: Thing[] = []
    for await (const batch of connection.dump(untilIpv6)) found.push(...batch)
    assert.equal(found, things(3, 2))
    assert.is(calls, 2)
    assert.is(connection.counters.restarts, 1)
  }),
)

ends('strays are no answers: the time-out is as long with as without them', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.GET, answer.silence)
    const end = drip(kernel, () => 12345)
    const error = await rejection(connection.dumpInto(dumpThings, nothing, { timeout: 40 }))
    end()
    assert.instance(error, TimeoutError)
    assert.is((error as Error).message, 'dump thing: no answer within 40 ms')
    assert.ok(connection.counters.strays > 0)
  }),
)

ends('a dump without end is given up after ten times its time-out', () =>
  withConnection(async ({ connection, kernel }) => {
    let seq = 0
    kernel.on(ThingType.GET, (request) => {
      seq = request.seq
      return answer.silence()
    })
    const end = drip(kernel, () => seq)
    const error = await rejection(connection.dumpInto(dumpThings, nothing, { timeout: 1000 / 10 }))
    end()
    assert.instance(error, TimeoutError)
    assert.is((error as Error).message, 'dump thing: no end within 1000 ms')
    assert.is(kernel.sockets('dump').length, 0)
  }),
)

ends('an answer that came while the event loop was held up has come in time', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    kernel.hold('dump')
    let seen = 0
    const reading = connection.dumpInto(dumpThings, { message: () => seen++, restart() {} }, { timeout: 100 })
    await turns()
    kernel.resume('dump')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    await reading
    assert.is(seen, 1)
  }),
)

ends('an answer larger than the limit is given up, and dumpInto has none', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (const entry of things(100)) table.putSilently({ ...entry, note: '5a'.repeat(1000) })
    const held = async (limit: number): Promise<number> => {
      let count = 0
      for await (const batch of connection.dump(dumpThings, { limit })) count += batch.length
      return count
    }
    const error = await rejection(held(50_000))
    assert.instance(error, RangeError)
    assert.match((error as Error).message, 'dump thing: the answer has more than 50000 bytes')
    assert.is(kernel.sockets('dump').length, 0)
    assert.is(await held(200_000), 100)
    // What was held of an interrupted reading does not count.
    let calls = 0
    kernel.on(ThingType.GET, (request) => {
      table.dumping = calls++ === 0 ? { interrupted: 'done' } : {}
      return table.handle(request)
    })
    assert.is(await held(150_000), 100)
    let seen = 0
    await connection.dumpInto(dumpThings, { message: () => seen++, restart() {} })
    assert.is(seen, 100)
    for (const limit of [0, -1, Number.NaN]) assert.instance(await rejection(held(limit)), RangeError)
  }),
)

ends('what a sink throws ends the dump, in which nothing is left out', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (const entry of things(10)) table.putSilently(entry)
    for (const place of ['message', 'until', 'restart'] as const) {
      table.dumping = { interrupted: place === 'restart' ? 'done' : undefined }
      const reason = new Error(place)
      let seen = 0
      const thrown = (at: string): void => {
        if (at === 'message') seen++
        if (at === place && (at === 'restart' || seen === 3)) throw reason
      }
      const sink = { message: () => thrown('message'), restart: () => thrown('restart') }
      const request = {
        ...dumpThings,
        until() {
          thrown('until')
          return false
        },
      }
      assert.is(await rejection(connection.dumpInto(request, sink)), reason)
      await turns()
      assert.is(seen, place === 'restart' ? 10 : 3)
      assert.is(kernel.sockets('dump').length, place === 'restart' ? 1 : 0)
      table.dumping = {}
      assert.is((await read(connection)).length, 10)
    }
  }),
)

ends('a socket that cannot be made ready for dumps is closed', () =>
  withConnection(async ({ connection, kernel }) => {
    const open = kernel.open.bind(kernel)
    const refusal = new NetlinkError(11, { operation: 'start netlink socket' })
    kernel.open = (purpose) => {
      const socket = open(purpose)
      socket.start = () => {
        throw refusal
      }
      return socket
    }
    assert.is(await rejection(read(connection)), refusal)
    assert.is(kernel.sockets('dump').length, 0)
  }),
)

ends.run()
