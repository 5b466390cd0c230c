import { DecodeError, type MessageCursor, TimeoutError } from '@rtnl/netlink-core'
import { answer, messageBytes } from '@rtnl/netlink-core/testing'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tries } from '../../../../tools/compliance/src/tries.ts'
import {
  add,
  dumpThings,
  get,
  read,
  rejection,
  ThingType,
  thing,
  thingMessage,
  turns,
  withConnection,
} from './thing.ts'

const malformed = suite('malformed answers')

/** A message of the given type whose length field and body are anything. */
function message(type: number, seq: number, length: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(16 + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length, true)
  view.setUint16(4, type, true)
  view.setUint32(8, seq, true)
  bytes.set(body, 16)
  return bytes
}

for (const length of [...Array.from({ length: 16 }, (_, index) => index), 21, 1000, 0xffffffff]) {
  malformed(`a length field of ${length} is counted, and the time-out ends the request`, () =>
    withConnection(async ({ connection, kernel }) => {
      kernel.on(ThingType.NEW, ({ seq }) => answer.raw(message(2, seq, length, new Uint8Array(4))))
      assert.instance(await rejection(connection.request(add(thing(1)), { timeout: 5 })), TimeoutError)
      // The time may have been up before the answer came.
      await turns()
      assert.is(connection.counters.malformed, 1)
      kernel.on(ThingType.NEW, answer.ack)
      await connection.request(add(thing(1)))
    }),
  )

  malformed(`a length field of ${length} in a dump fails it, and the next one has a new socket`, () =>
    withConnection(async ({ connection, kernel, table }) => {
      table.putSilently(thing(1))
      kernel.on(ThingType.GET, ({ seq }) => answer.raw(message(ThingType.NEW, seq, length, new Uint8Array(4))))
      assert.instance(await rejection(read(connection)), DecodeError)
      assert.is(connection.counters.malformed, 1)
      kernel.on(ThingType.GET, (request) => table.handle(request))
      assert.equal(await read(connection), [thing(1)])
    }),
  )
}

malformed('a datagram shorter than a header is counted', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, () => answer.raw(new Uint8Array(7)))
    await rejection(connection.request(add(thing(1)), { timeout: 5 }))
    await turns()
    assert.is(connection.counters.malformed, 1)
  }),
)

malformed('an error too short for its number is EIO', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, ({ seq }) => answer.raw(message(2, seq, 18, new Uint8Array(4))))
    assert.match(String(await rejection(connection.request(add(thing(1))))), '(EIO)')
  }),
)

malformed('answers to nothing that was asked are strays', () =>
  withConnection(async ({ connection, kernel, table }) => {
    table.putSilently(thing(1))
    const stranger = messageBytes(thingMessage, { type: ThingType.NEW, seq: 12345 }, thing(2))
    const [socket] = kernel.sockets('request')
    socket?.receive(stranger)
    kernel.on(ThingType.GET, (request) => answer.raw(stranger, ...table.handle(request)(request)))
    assert.equal(await read(connection), [thing(1)])
    assert.equal(await connection.request(get(1)), [thing(1)])
    assert.is(connection.counters.strays, 3)
    assert.is(connection.counters.malformed, 0)
  }),
)

malformed('a reply that cannot be decoded rejects its request alone', () =>
  withConnection(async ({ connection, kernel }) => {
    const cut = message(ThingType.NEW, 0, 24, Uint8Array.of(0, 0, 0, 0, 99, 0, 1, 0))
    kernel.on(ThingType.GET, (request) => {
      new DataView(cut.buffer).setUint32(8, request.seq, true)
      return answer.raw(cut, ...answer.ack()(request))
    })
    const bad = rejection(connection.request(get(1)))
    const good = connection.request(add(thing(2)))
    assert.instance(await bad, DecodeError)
    await good
    assert.is(connection.counters.malformed, 1)
  }),
)

malformed('an entry that cannot be decoded fails the dump, at its place', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.GET, (request) => {
      const cut = message(ThingType.NEW, request.seq, 24, Uint8Array.of(0, 0, 0, 0, 99, 0, 1, 0))
      return answer.raw(cut, ...answer.dump(thingMessage, ThingType.NEW, [thing(1)])(request))
    })
    const error = await rejection(read(connection))
    assert.instance(error, DecodeError)
    assert.match((error as Error).message, 'attribute length 99 with 4 bytes left')
    assert.is(connection.counters.malformed, 1)
  }),
)

malformed('datagrams of senders that are not the kernel, and those cut short, are counted', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.foreign('request')
    kernel.truncated('request')
    await turns()
    const { foreign, truncated } = connection.stats()
    assert.equal([foreign, truncated], [1, 1])
    await connection.request(add(thing(1)))
  }),
)

/** Real answers with some bytes changed, a piece cut out or put in, or plain noise. */
const mutations = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('set' as const), at: fc.nat(), value: fc.nat(255) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat(40) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 24 }) }),
    fc.record({ kind: fc.constant('noise' as const), bytes: fc.uint8Array({ maxLength: 80 }) }),
  ),
  { minLength: 1, maxLength: 4 },
)

type Mutation = (typeof mutations extends fc.Arbitrary<infer List> ? List : never) extends (infer One)[] ? One : never

function mutate(bytes: Uint8Array, changes: readonly Mutation[]): Uint8Array {
  let result = [...bytes]
  for (const change of changes) {
    if (change.kind === 'noise') result = [...change.bytes]
    else {
      const at = change.at % (result.length + 1)
      if (change.kind === 'set') result[Math.min(at, result.length - 1)] = change.value
      else if (change.kind === 'cut') result.splice(at, change.length)
      else result.splice(at, 0, ...change.bytes)
    }
  }
  return Uint8Array.from(result)
}

/** An error, or entries that have at least what every entry has. */
const wellFormed = (value: unknown): boolean =>
  value instanceof Error || (Array.isArray(value) && value.every((entry) => typeof entry.family === 'number'))

malformed('any answer to a request leads to an end, and leaves the connection usable', () =>
  fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      await withConnection(async ({ connection, kernel, table }) => {
        table.putSilently(thing(1))
        kernel.on(ThingType.GET, (request) =>
          answer.raw(
            ...table
              .handle(request)(request)
              .map((bytes) => mutate(bytes, changes)),
          ),
        )
        const ended = await connection.request(get(1), { timeout: 2 }).catch((error: unknown) => error)
        assert.ok(wellFormed(ended))
        kernel.on(ThingType.GET, (request) => table.handle(request))
        assert.equal(await connection.request(get(1)), [thing(1)])
      })
    }),
    { numRuns: tries(200, 2) },
  ),
)

malformed('any answer to a dump leads to an end, and leaves the connection usable', () =>
  fc.assert(
    fc.asyncProperty(mutations, fc.nat(3), async (changes, place) => {
      await withConnection(async ({ connection, kernel, table }) => {
        const things = [1, 2, 3].map((id) => thing(id))
        for (const entry of things) table.putSilently(entry)
        table.dumping = { chunk: 1 }
        kernel.on(ThingType.GET, (request) => {
          const datagrams = table.handle(request)(request)
          return answer.raw(...datagrams.map((bytes, index) => (index === place ? mutate(bytes, changes) : bytes)))
        })
        const within = (cursor: MessageCursor): void => {
          assert.ok(cursor.start + 16 === cursor.body && cursor.body <= cursor.end)
          assert.ok(cursor.end <= cursor.view.byteLength)
        }
        await connection
          .dumpInto(dumpThings, { message: within, restart() {} }, { timeout: 2 })
          .catch((error: unknown) => assert.instance(error, Error))
        kernel.on(ThingType.GET, (request) => table.handle(request))
        assert.equal(await read(connection), things)
      })
    }),
    { numRuns: tries(200, 2) },
  ),
)

malformed.run()
