import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, DumpInterruptedError, NetlinkError, TimeoutError } from '@rtnl/netlink-core'
import { answer, readSlowly } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, dumpThings, read, rejection, type Thing, ThingType, thing, turns, withConnection } from './thing.ts'

const dumps = suite('dumps')

const nothing = { message() {}, restart() {} }

dumps('a table of many datagrams is read whole, in order', () =>
  withConnection(async ({ connection, table }) => {
    const things = Array.from({ length: 5000 }, (_, id) => thing(id, `thing ${id}`.slice(0, 15)))
    for (const entry of things) table.putSilently(entry)
    table.dumping = { chunk: 37 }
    assert.equal(await read(connection), things)
  }),
)

dumps('an empty table yields nothing', () =>
  withConnection(async ({ connection }) => {
    assert.equal(await read(connection), [])
  }),
)

dumps('an entry larger than what is held at a time arrives', () =>
  withConnection(async ({ connection, table }) => {
    const things = [1, 2, 3].map((id) => ({ ...thing(id), note: '5a'.repeat(60_000) }))
    for (const entry of things) table.putSilently(entry)
    assert.equal(await read(connection), things)
  }),
)

dumps('the event loop runs between the batches of a long answer, though the next is always ready', () =>
  withConnection(async ({ connection, table }) => {
    for (let id = 0; id < 40; id++) table.putSilently({ ...thing(id), note: '5a'.repeat(60_000) })
    // The first one comes when the answer is complete; before, there are turns enough.
    const answers = connection.dump(dumpThings)
    await answers.next()
    const { batches, turns } = await readSlowly(answers)
    assert.ok(batches >= 15 && turns >= batches - 1, `${turns} turns of the event loop in ${batches} batches`)
  }),
)

for (const interrupted of [0, 5, 'done'] as const) {
  dumps(`NLM_F_DUMP_INTR on ${interrupted === 'done' ? 'the end' : `message ${interrupted}`}: read again`, () =>
    withConnection(async ({ connection, kernel, table }) => {
      for (let id = 0; id < 10; id++) table.putSilently(thing(id))
      let calls = 0
      kernel.on(ThingType.GET, (request) => {
        table.dumping = calls++ === 0 ? { interrupted } : {}
        // What the interrupted reading shows is not there any more when it is read again.
        const handled = table.handle(request)(request)
        if (calls === 1) table.deleteSilently('3')
        return answer.raw(...handled)
      })
      const entries = await read(connection)
      assert.equal(
        entries.map(({ id }) => id),
        [0, 1, 2, 4, 5, 6, 7, 8, 9],
      )
      assert.is(connection.counters.restarts, 1)
    }),
  )
}

dumps('a table that changes every time is given up after nine readings', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.dumping = { interrupted: 'done' }
    const error = await rejection(read(connection))
    assert.instance(error, DumpInterruptedError)
    assert.is((error as Error).message, 'dump thing: the table changed during each of 9 attempts to read it')
    assert.is(kernel.sockets('dump')[0]?.sent.length, 9)
  }),
)

dumps('a signal ends the pause between two readings, with its own reason', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const abort = new AbortController()
    const reason = new Error('enough')
    let calls = 0
    table.dumping = { interrupted: 'done' }
    kernel.on(ThingType.GET, (request) => {
      // Before the last reading there is a pause of at least 64 ms.
      if (++calls === 8) setTimeout(() => abort.abort(reason), 10)
      return table.handle(request)
    })
    assert.is(await rejection(read(connection, abort.signal)), reason)
    assert.is(calls, 8)
  }),
)

dumps('a dump of which messages were lost begins anew on another socket, eight times', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    let losses = 8
    let asked = 0
    kernel.on(ThingType.GET, (request) => {
      asked++
      // The end is lost too.
      if (losses-- > 0) kernel.overrun('dump')
      return table.handle(request)
    })
    assert.equal(await read(connection), [thing(1)])
    assert.equal([asked, connection.counters.restarts], [9, 8])
    assert.is(kernel.sockets('dump').length, 1)
    losses = 9
    assert.is(
      String(await rejection(read(connection))),
      'NetlinkError: dump thing: no buffer space available (ENOBUFS) (the answers were lost)',
    )
    assert.is(kernel.sockets('dump').length, 0)
    assert.equal(await read(connection), [thing(1)])
  }),
)

dumps('two at once have a socket each, and one of them is kept', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    kernel.hold('dump')
    const both = [read(connection), read(connection)]
    await turns()
    assert.is(kernel.sockets('dump').length, 2)
    kernel.resume('dump')
    assert.equal(await Promise.all(both), [[thing(1)], [thing(1)]])
    assert.is(kernel.sockets('dump').length, 1)
    await read(connection)
    assert.is(kernel.sockets('dump').length, 1)
  }),
)

dumps('a request does not wait for a dump', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    kernel.hold('dump')
    const reading = read(connection)
    await turns()
    await connection.request(add(thing(2)))
    kernel.resume('dump')
    assert.equal(await reading, [thing(1)])
  }),
)

dumps('leaving the loop early leaves the connection usable', () =>
  withConnection(async ({ connection, table }) => {
    for (let id = 0; id < 100_000; id += 10) table.putSilently(thing(id))
    let batches = 0
    for await (const _ of connection.dump(dumpThings)) {
      batches++
      break
    }
    assert.is(batches, 1)
    assert.is((await read(connection)).length, 10_000)
  }),
)

dumps('an abort in the middle: the rest is not taken for another dump', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (let id = 0; id < 10; id++) table.putSilently(thing(id))
    table.dumping = { chunk: 1 }
    kernel.hold('dump')
    const abort = new AbortController()
    const seen: number[] = []
    const sink = { message: () => seen.push(seen.length), restart() {} }
    const aborted = rejection(connection.dumpInto(dumpThings, sink, { signal: abort.signal }))
    await turns()
    kernel.deliver('dump', 3)
    await turns()
    const reason = new Error('enough')
    abort.abort(reason)
    assert.is(await aborted, reason)
    kernel.resume('dump')
    assert.is((await read(connection)).length, 10)
    assert.is(seen.length, 3)
    assert.is(connection.counters.strays, 0)
  }),
)

dumps('an aborted signal sends nothing', () =>
  withConnection(async ({ connection, kernel }) => {
    const reason = new Error('never')
    assert.is(await rejection(read(connection, AbortSignal.abort(reason))), reason)
    assert.is(kernel.sockets('dump')[0]?.sent.length, 0)
  }),
)

dumps('the time-out is that between two answers', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (let id = 0; id < 3; id++) table.putSilently(thing(id))
    table.dumping = { chunk: 1 }
    kernel.hold('dump')
    const error = rejection(connection.dumpInto(dumpThings, nothing, { timeout: 50 }))
    await turns()
    kernel.deliver('dump', 1)
    assert.instance(await error, TimeoutError)
    kernel.resume('dump')
    assert.is((await read(connection)).length, 3)
  }),
)

dumps('close in the middle rejects, and the sink hears no more', () =>
  withConnection(async ({ connection, kernel, table }) => {
    for (let id = 0; id < 10; id++) table.putSilently(thing(id))
    table.dumping = { chunk: 1 }
    kernel.hold('dump')
    let heard = 0
    const sink = { message: () => heard++, restart() {} }
    const closed = rejection(connection.dumpInto(dumpThings, sink))
    await turns()
    kernel.deliver('dump', 2)
    await turns()
    connection.close()
    assert.instance(await closed, ClosedError)
    await turns()
    assert.is(heard, 2)
    assert.instance(await rejection(connection.dumpInto(dumpThings, sink)), ClosedError)
  }),
)

dumps('close during the pause between two readings rejects', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.dumping = { interrupted: 'done' }
    let calls = 0
    kernel.on(ThingType.GET, (request) => {
      if (++calls === 5) setTimeout(() => connection.close(), 1)
      return table.handle(request)
    })
    assert.instance(await rejection(read(connection)), ClosedError)
    assert.ok(calls < 9)
  }),
)

dumps('a broken socket fails the dump; the next one has a new socket', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    kernel.hold('dump')
    const broken = new NetlinkError(5, { operation: 'receive from kernel' })
    const failed = rejection(read(connection))
    kernel.fail(broken, 'dump')
    kernel.resume('dump')
    assert.is(await failed, broken)
    assert.equal(await read(connection), [thing(1)])
  }),
)

dumps('an entry that does not fit is refused before anything is sent', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const error = await rejection(connection.dumpInto({ ...dumpThings, entry: { id: -1 } }, nothing))
    assert.instance(error, RangeError)
    assert.is(kernel.sockets('dump')[0]?.sent.length, 0)
    table.putSilently(thing(1))
    assert.equal(await read(connection), [thing(1)])
  }),
)

dumps('a dump is filtered by what the request says', () =>
  withConnection(async ({ connection, table }) => {
    table.putSilently(thing(1))
    table.putSilently({ ...thing(2), family: 10 })
    table.wanted = (entry: Thing, filter: Thing) => entry.family === filter.family
    const found: number[] = []
    const sink = { message: () => found.push(1), restart() {} }
    await connection.dumpInto({ ...dumpThings, entry: { family: 10 } }, sink)
    assert.is(found.length, 1)
  }),
)

dumps('the socket of a dump serves the next one, and is closed when nobody uses it', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    await read(connection)
    const [first] = kernel.sockets('dump')
    assert.equal(await read(connection), [thing(1)])
    assert.equal(kernel.sockets('dump'), [first])
    while (kernel.sockets('dump').length > 0) await delay(50)
    assert.ok(connection.stats().datagrams >= 2)
    assert.equal(await read(connection), [thing(1)])
    assert.is(kernel.sockets('dump').length, 1)
    assert.is.not(kernel.sockets('dump')[0], first)
  }),
)

dumps.run()
