import { setTimeout as delay, setImmediate } from 'node:timers/promises'
import { type BulkRequest, ClosedError, NetlinkError, readMessages, TimeoutError } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, rejection, type Thing, ThingType, thing, turns, withConnection } from './thing.ts'

const trouble = suite('many requests in trouble')

/** Requests that tell how many were read, and whether they were told that no more is wanted. */
class Requests implements Iterable<BulkRequest<Thing>> {
  read = 0
  returned = false
  readonly #count: number
  readonly #each: (index: number) => void

  constructor(count: number, each: (index: number) => void = () => {}) {
    this.#count = count
    this.#each = each
  }

  *[Symbol.iterator](): Generator<BulkRequest<Thing>> {
    try {
      while (this.read < this.#count) {
        this.#each(this.read)
        yield add(thing(this.read++))
      }
    } finally {
      this.returned = this.read < this.#count
    }
  }
}

/** Keeps what was told last. */
class Progress {
  told: readonly [done: number, failed: number] | undefined
  readonly progress = (done: number, failed: number): void => {
    this.told = [done, failed]
  }
}

trouble('an aborted signal: nothing is read', () =>
  withConnection(async ({ connection, kernel }) => {
    const reason = new Error('no longer wanted')
    const requests = new Requests(10)
    assert.is(await rejection(connection.requestAll(requests, { signal: AbortSignal.abort(reason) })), reason)
    await turns()
    assert.is(requests.read, 0)
    assert.is(kernel.sockets('request')[0]?.sent.length, 0)
  }),
)

trouble('a signal stops sending, and what is in flight is waited for', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const requests = new Requests(100_000)
    const progress = new Progress()
    kernel.hold('request')
    let settled = false
    const outcome = rejection(connection.requestAll(requests, { signal: abort.signal, ...progress })).finally(() => {
      settled = true
    })
    while (kernel.sockets('request')[0]?.sent.length !== 8) await setImmediate()
    abort.abort(reason)
    await turns()
    assert.is(settled, false)
    kernel.resume('request')
    assert.is(await outcome, reason)
    assert.is(table.entries.size, 1024)
    assert.equal(progress.told, [1024, 0])
    assert.ok(requests.returned)
    assert.is(connection.counters.strays, 0)
    await turns()
    assert.is(table.entries.size, 1024)
    assert.is((await connection.requestAll([add(thing(200_000))])).done, 1)
  }),
)

trouble('a signal that comes while requests are read: what is not sent yet is not sent', () =>
  withConnection(async ({ connection, table }) => {
    const abort = new AbortController()
    const requests = new Requests(1000, (index) => {
      if (index === 500) abort.abort()
    })
    const progress = new Progress()
    const error = await rejection(connection.requestAll(requests, { signal: abort.signal, ...progress }))
    assert.is(error, abort.signal.reason)
    assert.is(table.entries.size, 3 * 128)
    assert.equal(progress.told, [3 * 128, 0])
    assert.ok(requests.returned)
  }),
)

trouble('a signal while the kernel does not answer: given up after the time-out', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, answer.silence)
    const abort = new AbortController()
    const reason = new Error('enough')
    // 128 are in flight by then.
    const requests = new Requests(1000, (index) => {
      if (index === 128) abort.abort(reason)
    })
    assert.is(await rejection(connection.requestAll(requests, { signal: abort.signal, timeout: 1000 })), reason)
    assert.is(kernel.sockets('request')[0]?.sent.length, 1)
  }),
)

trouble('a signal that outlives the call holds nothing of it', () =>
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
    await connection.requestAll(new Requests(10), { signal })
    assert.is(listeners, 0)
  }),
)

trouble('no answer in time is a TimeoutError, and late answers are strays', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const progress = new Progress()
    const requests = new Requests(100_000)
    kernel.on(ThingType.NEW, (request) => (table.entries.size < 200 ? table.handle(request) : answer.silence()))
    const error = await rejection(connection.requestAll(requests, { timeout: 1000, ...progress }))
    assert.instance(error, TimeoutError)
    assert.is(String(error), 'TimeoutError: add thing id 200: no answer within 1000 ms')
    assert.equal(progress.told, [200, 0])
    assert.ok(requests.returned)
    assert.is(connection.counters.strays, 0)
    kernel.hold('request')
    kernel.on(ThingType.NEW, answer.ack)
    const another = await rejection(connection.requestAll(new Requests(5), { timeout: 20 }))
    assert.instance(another, TimeoutError)
    kernel.resume('request')
    assert.equal(await connection.requestAll(new Requests(5)), { done: 5, failed: [] })
    assert.is(connection.counters.strays, 5)
  }),
)

trouble('the time-out is for the next answer, not for all', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.hold('request')
    const all = connection.requestAll(new Requests(14), { timeout: 3000 })
    for (let answered = 0; answered < 14; answered++) {
      await delay(250)
      kernel.deliver('request')
    }
    assert.equal(await all, { done: 14, failed: [] })
  }),
)

for (const timeout of [0, -1, Number.NaN, '5' as unknown as number]) {
  trouble(`the time-out ${JSON.stringify(timeout)} is refused`, () =>
    withConnection(async ({ connection, kernel }) => {
      const error = await rejection(connection.requestAll(new Requests(1), { timeout }))
      assert.instance(error, RangeError)
      assert.is(kernel.sockets('request')[0]?.referenced, false)
    }),
  )
}

trouble('what cannot be iterated is refused', () =>
  withConnection(async ({ connection, kernel }) => {
    assert.instance(await rejection(connection.requestAll(5 as unknown as Requests)), TypeError)
    assert.is(kernel.sockets('request')[0]?.referenced, false)
  }),
)

const lost = (id: number): string =>
  `NetlinkError: add thing id ${id}: no buffer space available (ENOBUFS) (the ack was lost, the request may have been carried out)`

trouble('lost acks put in doubt their own requests and no others', () =>
  withConnection(async ({ connection, kernel, table }) => {
    kernel.on(ThingType.NEW, (request) => {
      // The acks of the second datagram are lost: nothing is added to the queue until it was read empty.
      if (table.entries.size === 128) kernel.overrun('request')
      return table.handle(request)
    })
    const { done, failed } = await connection.requestAll(new Requests(500))
    assert.is(done, 500 - 128)
    assert.equal(
      failed.map(({ index }) => index),
      Array.from({ length: 128 }, (_, index) => 128 + index),
    )
    assert.is(String(failed[0]?.error), lost(128))
    assert.is(table.entries.size, 500)
    assert.is(connection.counters.overruns, 1)
    assert.is(connection.counters.strays, 0)
  }),
)

trouble('lost acks of the last requests are not waited for', () =>
  withConnection(async ({ connection, kernel, table }) => {
    kernel.on(ThingType.NEW, (request) => {
      if (table.entries.size === 256) kernel.overrun('request')
      return table.handle(request)
    })
    const { done, failed } = await connection.requestAll(new Requests(300))
    assert.is(done, 256)
    assert.equal(
      failed.map(({ error }) => String(error)),
      Array.from({ length: 44 }, (_, index) => lost(256 + index)),
    )
  }),
)

trouble('an ack that is left out of the others was lost', () =>
  withConnection(async ({ connection, kernel }) => {
    let count = 0
    kernel.on(ThingType.NEW, () => ([40, 41, 128].includes(count++) ? answer.silence() : answer.ack()))
    const { done, failed } = await connection.requestAll(new Requests(300))
    assert.is(done, 297)
    assert.equal(
      failed.map(({ error }) => String(error)),
      [40, 41, 128].map(lost),
    )
  }),
)

trouble('an overrun with nothing in flight is no concern', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.overrun('request')
    await turns()
    assert.equal(await connection.requestAll(new Requests(5)), { done: 5, failed: [] })
  }),
)

trouble('the system refuses a datagram: its requests fail with that, and the others go on', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const refused = new NetlinkError(90, { operation: 'send to kernel' })
    let datagrams = 0
    Object.defineProperty(kernel, 'sendError', { get: () => (++datagrams === 2 ? refused : undefined) })
    const { done, failed } = await connection.requestAll(new Requests(300))
    assert.is(done, 172)
    assert.is(table.entries.size, 172)
    assert.equal(
      failed.map(({ index }) => index),
      Array.from({ length: 128 }, (_, index) => 128 + index),
    )
    assert.ok(failed.every(({ error }) => error === refused))
  }),
)

trouble('close rejects, and nothing is read after it', () =>
  withConnection(async ({ connection, kernel, table }) => {
    const requests = new Requests(1_000_000)
    const progress = new Progress()
    kernel.hold('request')
    const outcome = rejection(connection.requestAll(requests, progress))
    while (table.entries.size === 0) await setImmediate()
    kernel.deliver('request', 100)
    await turns()
    const { read } = requests
    connection.close()
    assert.instance(await outcome, ClosedError)
    assert.is(requests.read, read)
    assert.ok(requests.returned)
    assert.equal(progress.told, [100, 0])
    assert.instance(await rejection(connection.requestAll(new Requests(1))), ClosedError)
  }),
)

trouble('close from inside the requests', () =>
  withConnection(async ({ connection, kernel }) => {
    const requests = new Requests(1000, (index) => {
      if (index === 200) connection.close()
    })
    assert.instance(await rejection(connection.requestAll(requests)), ClosedError)
    assert.is(requests.read, 201)
    assert.ok(requests.returned)
    assert.equal(kernel.sockets(), [])
  }),
)

trouble('a broken socket fails the call, and those that follow', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, answer.silence)
    const broken = new NetlinkError(5, { operation: 'receive from kernel' })
    const requests = new Requests(5000)
    const outcomes = [requests, new Requests(10)].map((all) => rejection(connection.requestAll(all)))
    await turns()
    kernel.fail(broken, 'request')
    for (const outcome of outcomes) assert.is(await outcome, broken)
    assert.ok(requests.returned)
    assert.is(await rejection(connection.requestAll(new Requests(1))), broken)
  }),
)

trouble('an error of the requests ends the call once what is in flight is answered', () =>
  withConnection(async ({ connection, table }) => {
    const progress = new Progress()
    const wrong = new Error('of the generator')
    const requests = new Requests(1000, (index) => {
      if (index === 300) throw wrong
    })
    assert.is(await rejection(connection.requestAll(requests, progress)), wrong)
    assert.equal(progress.told, [256, 0])
    assert.is(table.entries.size, 256)
  }),
)

trouble('an error of progress or of a description is what the call rejects with', () =>
  withConnection(async ({ connection, table }) => {
    const wrong = new Error('of the caller')
    const fail = (): never => {
      throw wrong
    }
    assert.is(await rejection(connection.requestAll(new Requests(10), { progress: fail })), wrong)
    table.putSilently(thing(200))
    const described = Array.from({ length: 300 }, (_, id) => ({ ...add(thing(1000 + id)), operation: fail }))
    assert.is((await connection.requestAll(described)).done, 300)
    assert.is(await rejection(connection.requestAll(described)), wrong)
    assert.is(connection.counters.strays, 0)
  }),
)

trouble('a malformed answer: what follows it in the datagrams is missed, what comes later is not', () =>
  withConnection(async ({ connection, kernel }) => {
    let count = 0
    kernel.on(ThingType.NEW, () => (count++ === 10 ? answer.raw(new Uint8Array(4)) : answer.ack()))
    const { done, failed } = await connection.requestAll(new Requests(300))
    assert.is(done, 300 - 118)
    assert.equal(
      failed.map(({ error }) => String(error)),
      Array.from({ length: 118 }, (_, index) => lost(10 + index)),
    )
    assert.is(connection.counters.malformed, 1)
  }),
)

trouble('a datagram never has a sequence number twice, also where a call ends early', () =>
  withConnection(async ({ connection, kernel }) => {
    const abort = new AbortController()
    const requests = new Requests(100, (index) => {
      if (index === 50) abort.abort()
    })
    await rejection(connection.requestAll(requests, { signal: abort.signal }))
    await Promise.all([connection.request(add(thing(500))), connection.requestAll(new Requests(10))])
    const seen: number[] = []
    for (const bytes of kernel.sockets('request')[0]?.sent ?? []) readMessages(bytes, ({ seq }) => seen.push(seq))
    assert.is(seen.length, 11)
    assert.is(new Set(seen).size, 11)
  }),
)

trouble.run()
