import { setTimeout as delay } from 'node:timers/promises'
import { ClosedError, Connection, MessageFlag, NetlinkError, readMessages, TimeoutError } from '@rtnl/netlink-core'
import { answer, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, get, rejection, ThingType, thing, thingMessage, turns, withConnection } from './thing.ts'

const requests = suite('requests')

requests('many in flight are answered one by one, and carried out in the order of the calls', () =>
  withConnection(async ({ connection, table }) => {
    const settled: number[] = []
    const ids = Array.from({ length: 1000 }, (_, index) => index)
    await Promise.all(
      ids.map((id) =>
        connection.request(add(thing(id))).then((entries) => {
          assert.equal(entries, [])
          settled.push(id)
        }),
      ),
    )
    assert.equal(settled, ids)
    assert.equal([...table.entries.keys()], ids.map(String))
  }),
)

requests('those of one turn go out together, at most 128 a datagram', () =>
  withConnection(async ({ connection, kernel }) => {
    await Promise.all(Array.from({ length: 300 }, (_, id) => connection.request(add(thing(id)))))
    const [socket] = kernel.sockets('request')
    assert.equal(
      socket?.sent.map((bytes) => readMessages(bytes, () => {})),
      [128, 128, 44],
    )
    await connection.request(add(thing(300)))
    assert.is(socket?.sent.length, 4)
  }),
)

requests('large ones go out before 128 are together', () =>
  withConnection(async ({ connection, kernel }) => {
    const note = '00'.repeat(1000)
    await Promise.all(Array.from({ length: 128 }, (_, id) => connection.request(add({ ...thing(id), note }))))
    const sizes = kernel.sockets('request')[0]?.sent.map(({ length }) => length) ?? []
    assert.is(sizes.length, 3)
    for (const size of sizes) assert.ok(size < 66 * 1024, `${size} bytes`)
  }),
)

requests('no request flies with seq 0, and every one has a number of its own', () =>
  withConnection(async ({ connection, kernel }) => {
    await Promise.all(Array.from({ length: 200 }, (_, id) => connection.request(add(thing(id)))))
    const seen = new Set<number>()
    for (const bytes of kernel.sockets('request')[0]?.sent ?? []) readMessages(bytes, ({ seq }) => seen.add(seq))
    assert.is(seen.size, 200)
    assert.not(seen.has(0))
  }),
)

requests('a get resolves with the entries', () =>
  withConnection(async ({ connection, table }) => {
    table.put(thing(7))
    assert.equal(await connection.request(get(7)), [thing(7)])
  }),
)

requests('NLM_F_ECHO resolves with what was made', () =>
  withConnection(async ({ connection }) => {
    const flags = MessageFlag.CREATE | MessageFlag.ECHO
    assert.equal(await connection.request(add(thing(7), flags)), [thing(7)])
  }),
)

requests('NLM_F_ECHO passes over what else the request changed, such as the routes of a nexthop', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, () => (request) => {
      const { seq, portId: pid } = request
      const another = messageBytes(thingMessage, { type: ThingType.NEW + 4, seq, pid }, thing(8))
      return [another, ...answer.reply(thingMessage, ThingType.NEW, thing(7))(request)]
    })
    assert.equal(await connection.request(add(thing(7), MessageFlag.CREATE | MessageFlag.ECHO)), [thing(7)])
  }),
)

requests('an aborted signal keeps the request from being sent', () =>
  withConnection(async ({ connection, kernel }) => {
    const reason = new Error('no longer wanted')
    assert.is(await rejection(connection.request(add(thing(1)), { signal: AbortSignal.abort(reason) })), reason)
    await turns()
    assert.is(kernel.sockets('request')[0]?.sent.length, 0)
  }),
)

requests('a signal aborts a request in flight, its late answer is a stray, others go on', () =>
  withConnection(async ({ connection, kernel }) => {
    const abort = new AbortController()
    kernel.hold('request')
    const aborted = rejection(connection.request(add(thing(1)), { signal: abort.signal }))
    const kept = connection.request(add(thing(2)))
    await turns()
    const reason = new Error('enough')
    abort.abort(reason)
    assert.is(await aborted, reason)
    kernel.resume('request')
    await kept
    assert.is(connection.counters.strays, 1)
  }),
)

requests('a signal that outlives its request holds nothing of it', () =>
  withConnection(async ({ connection }) => {
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(signal, parameters)
    }
    signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, parameters)
    }
    await connection.request(add(thing(1)), { signal })
    await rejection(connection.request(add(thing(1), 0), { signal }))
    assert.is(listeners, 0)
  }),
)

requests('no answer in time is a TimeoutError', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, answer.silence)
    const error = await rejection(connection.request(add(thing(1)), { timeout: 20 }))
    assert.instance(error, TimeoutError)
    assert.is(String(error), 'TimeoutError: add thing id 1: no answer within 20 ms')
  }),
)

requests('a short time-out does not wait for a long one', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, answer.silence)
    const long = rejection(connection.request(add(thing(1)), { timeout: 30_000 }))
    let ended = false
    long.finally(() => {
      ended = true
    })
    assert.instance(await rejection(connection.request(add(thing(2)), { timeout: 20 })), TimeoutError)
    // Where one timer ended both, this one would come later.
    await delay(20)
    assert.not(ended)
    connection.close()
    assert.instance(await long, ClosedError)
  }),
)

for (const timeout of [0, -1, Number.NaN, '5' as unknown as number]) {
  requests(`the time-out ${JSON.stringify(timeout)} is refused`, () =>
    withConnection(async ({ connection }) => {
      const error = await rejection(connection.request(add(thing(1)), { timeout }))
      assert.instance(error, RangeError)
      assert.match(String(error), 'timeout')
    }),
  )
}

for (const [entry, Kind, text] of [
  [{ id: 2 ** 32 }, RangeError, 'thing.id: 4294967296 is not a whole number in 0..4294967295'],
  [{ id: 'x' as unknown as number }, TypeError, 'thing.id: "x" is not a number'],
  [{ gateway: '1.2.3' }, TypeError, 'thing.gateway: "1.2.3" is not an IPv4 or IPv6 address'],
  [{ options: { limit: -1 } }, RangeError, 'thing.options.limit: -1 is not a whole number in 0..4294967295'],
  [{ colour: 1 } as object, TypeError, 'thing.colour: there is no such field'],
] as const) {
  requests(`an entry that does not fit is refused before anything is sent: ${text}`, () =>
    withConnection(async ({ connection, kernel }) => {
      const good = connection.request(add(thing(5)))
      const error = await rejection(connection.request(add(entry)))
      assert.instance(error, Kind)
      assert.is((error as Error).message, text)
      await good
      const sent = kernel.sockets('request').flatMap((socket) => socket.sent)
      assert.equal(
        sent.map((bytes) => readMessages(bytes, () => {})),
        [1],
      )
    }),
  )
}

requests('the system refuses the datagram: all its requests fail with that', () =>
  withConnection(async ({ connection, kernel }) => {
    const refused = new NetlinkError(90, { operation: 'send to kernel' })
    kernel.sendError = refused
    const both = [connection.request(add(thing(1))), connection.request(add(thing(2)))]
    assert.is(await rejection(both[0]!), refused)
    assert.is(await rejection(both[1]!), refused)
    kernel.sendError = undefined
    await connection.request(add(thing(3)))
  }),
)

requests('lost acks fail the requests whose acks they are, and no others', () =>
  withConnection(async ({ connection, kernel, table }) => {
    kernel.hold('request')
    const first = connection.request(add(thing(1)))
    await turns()
    kernel.on(ThingType.NEW, (request) => {
      // Nothing is added to the queue until it was read empty, and the ack of the first one is in it.
      kernel.overrun('request')
      kernel.on(ThingType.NEW, table.handle.bind(table))
      return table.handle(request)
    })
    const uncertain = rejection(connection.request(add(thing(2))))
    kernel.resume('request')
    assert.equal(await first, [])
    assert.is(
      String(await uncertain),
      'NetlinkError: read acks: no buffer space available (ENOBUFS) (the requests may have been carried out)',
    )
    assert.ok(table.entries.has('2'))
    await connection.request(add(thing(3)))
    kernel.hold('request')
    const queued = connection.request(add(thing(4)))
    await turns()
    kernel.overrun('request')
    kernel.resume('request')
    assert.equal(await queued, [], 'the ack was in the queue that overflowed')
    assert.is(connection.counters.overruns, 2)
  }),
)

requests('a request that changes nothing is sent again when its answer is lost, eight times', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(7))
    let losses = 8
    let asked = 0
    kernel.on(ThingType.GET, (request) => {
      asked++
      if (losses-- > 0) kernel.overrun('request')
      return table.handle(request)
    })
    assert.equal(await connection.request(get(7)), [thing(7)])
    assert.is(asked, 9)
    losses = 9
    assert.is(
      String(await rejection(connection.request(get(7)))),
      'NetlinkError: read acks: no buffer space available (ENOBUFS) (the answers were lost)',
    )
    assert.is(asked, 18)
    losses = 1
    const abort = new AbortController()
    const reason = new Error('enough')
    const aborted = rejection(connection.request(get(7), { signal: abort.signal }))
    kernel.on(ThingType.GET, answer.silence)
    kernel.overrun('request')
    await turns()
    abort.abort(reason)
    assert.is(await aborted, reason)
    assert.is(kernel.sockets('request')[0]?.referenced, false)
  }),
)

requests('close rejects what is in flight, and nothing comes later', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.hold('request')
    const errors = [1, 2, 3].map((id) => rejection(connection.request(add(thing(id)))))
    await turns()
    connection.close()
    for (const error of await Promise.all(errors)) assert.instance(error, ClosedError)
    assert.equal(kernel.sockets(), [])
    assert.instance(await rejection(connection.request(add(thing(4)))), ClosedError)
    connection.close()
    assert.throws(() => connection.openNotifications(), /is closed/)
  }),
)

requests('a request that was not sent yet is rejected by close too', () =>
  withConnection(async ({ connection }) => {
    const error = rejection(connection.request(add(thing(1))))
    connection.close()
    assert.instance(await error, ClosedError)
  }),
)

requests('a broken socket fails what is in flight and what follows', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, answer.silence)
    const broken = new NetlinkError(5, { operation: 'receive from kernel' })
    const inFlight = rejection(connection.request(add(thing(1))))
    await turns()
    kernel.fail(broken, 'request')
    assert.is(await inFlight, broken)
    assert.is(await rejection(connection.request(add(thing(2)))), broken)
  }),
)

requests('an idle connection does not hold the process, one that waits does', () =>
  withConnection(async ({ connection, kernel }) => {
    const [socket] = kernel.sockets('request')
    assert.is(socket?.referenced, false)
    const answered = connection.request(add(thing(1)))
    assert.is(socket?.referenced, true)
    await answered
    assert.is(socket?.referenced, false)
  }),
)

requests('a connection that cannot be opened says why', async () => {
  await withConnection(async ({ kernel }) => {
    const refused = new NetlinkError(1, { operation: 'open netlink socket' })
    kernel.openError = refused
    assert.is(await rejection(Connection.open({ transports: kernel })), refused)
  })
})

requests.run()
