import { setImmediate } from 'node:timers/promises'
import { type BulkRequest, ClosedError, readMessages } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Monitor } from '../../src/connection/monitor.ts'
import { RequestSocket } from '../../src/connection/request-socket.ts'
import { adds, ids, mostInFlight, upTo } from './many.ts'
import { add, type Thing, ThingType, thing, thingMessage, withConnection } from './thing.ts'

const bulk = suite('many requests: their flow')

bulk('requests are read as they are sent', () =>
  withConnection(async ({ connection, table }) => {
    let most = 0
    function* counted(): Generator<BulkRequest<Thing>> {
      for (let id = 0; id < 20_000; id++) {
        most = Math.max(most, id + 1 - table.entries.size)
        yield add(thing(id))
      }
    }
    assert.is((await connection.requestAll(counted())).done, 20_000)
    assert.ok(most <= mostInFlight, `${most} were read ahead`)
  }),
)

/** Requests that take a millisecond each to make. */
function* slowly(count: number, made: () => void = () => {}): Generator<BulkRequest<Thing>> {
  for (const request of adds(count)) {
    const end = performance.now() + 1
    while (performance.now() < end);
    made()
    yield request
  }
}

bulk('the event loop runs between slices of a few milliseconds', () =>
  withConnection(async ({ connection }) => {
    let inSlice = 0
    let most = 0
    let ended = false
    const all = connection
      .requestAll(
        slowly(100, () => {
          most = Math.max(most, ++inSlice)
        }),
      )
      .finally(() => {
        ended = true
      })
    while (!ended) {
      inSlice = 0
      await setImmediate()
    }
    assert.is((await all).done, 100)
    assert.ok(most > 0 && most <= 8, `${most} ms in a slice`)
  }),
)

bulk('progress is told every 100 ms at most, and in the end', () =>
  withConnection(async ({ connection, table }) => {
    table.putSilently(thing(3))
    const told: { done: number; failed: number }[] = []
    const begin = performance.now()
    await connection.requestAll(slowly(350), {
      progress: (done, failed) => told.push({ done, failed }),
    })
    // Not each pause by itself: a process that has to wait for the processor sees one late and the next one early.
    const most = (performance.now() - begin) / 100
    const last = told.pop()
    assert.equal([last?.done, last?.failed], [349, 1])
    assert.ok(told.length >= 2 && told.length <= most, `${told.length} times, ${most} at most`)
    let before = { done: 0, failed: 0 }
    for (const now of told) {
      assert.ok(now.done >= before.done && now.done <= 349)
      before = now
    }
  }),
)

bulk('requests one by one and many at a time share a connection', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const before = connection.request(add(thing(1_000_000)))
    const first = connection.requestAll(adds(2000))
    const second = connection.requestAll(adds(2000, 1000))
    let between = 0
    const single = (async () => {
      for (; between < 50; between++) await connection.request(add(thing(500_000 + between)))
    })()
    assert.equal(await before, [])
    const [one, other] = await Promise.all([first, second, single])
    assert.is(one.done + other.done, 3000)
    assert.is(one.failed.length + other.failed.length, 1000)
    assert.is(between, 50)
    assert.is(table.entries.size, 3000 + 50 + 1)
    assert.is([...table.entries.keys()][0], '1000000')
    const seen = new Set<number>()
    let sent = 0
    for (const bytes of kernel.sockets('request')[0]?.sent ?? []) {
      sent += readMessages(bytes, ({ seq }) => {
        assert.ok(seq > 0)
        seen.add(seq)
      })
    }
    assert.is(seen.size, sent)
    assert.is(connection.counters.strays, 0)
  }),
)

bulk('a request does not wait for the end of many', () =>
  withConnection(async ({ connection, table }) => {
    const many = connection.requestAll(adds(20_000))
    while (table.entries.size === 0) await setImmediate()
    await connection.request(add(thing(1_000_000)))
    assert.ok(table.entries.size < 10_000, `${table.entries.size} went before`)
    assert.is((await many).done, 20_000)
  }),
)

bulk('messages of different kinds go in one call', () =>
  withConnection(async (place) => {
    const remove = (id: number): BulkRequest<Thing> => ({
      message: thingMessage,
      type: ThingType.DEL,
      entry: { id },
      operation: 'delete thing',
    })
    const { done, failed } = await place.connection.requestAll([...adds(10), ...upTo(12).map(remove)])
    assert.is(done, 20)
    assert.equal(
      failed.map(({ index, error }) => `${index} ${error}`),
      [20, 21].map((index) => `${index} NetlinkError: delete thing: no such file or entry (ENOENT)`),
    )
    assert.equal(ids(place), [])
  }),
)

bulk('the process is kept alive until the end', () =>
  withConnection(async ({ connection, kernel }) => {
    const [socket] = kernel.sockets('request')
    const all = connection.requestAll(adds(2000))
    const single = connection.request(add(thing(5000)))
    assert.is(socket?.referenced, true)
    await single
    assert.is(socket?.referenced, true)
    await all
    assert.is(socket?.referenced, false)
  }),
)

bulk('sequence numbers begin anew before they run out, and are never 0', () => {
  const kernel = new FakeKernel()
  const socket = new RequestSocket(kernel.open('request'), new Monitor('test'))
  assert.is(socket.reserve(1), 1)
  assert.is(socket.reserve(128), 2)
  assert.is(socket.reserve(2 ** 32 - 1 - 129 - 130), 130)
  assert.is(socket.reserve(128), 2 ** 32 - 130)
  assert.is(socket.reserve(3), 1)
  assert.is(socket.reserve(1), 4)
  socket.close(new ClosedError('test'))
})

bulk.run()
