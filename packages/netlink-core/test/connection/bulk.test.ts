import { setImmediate } from 'node:timers/promises'
import { type BulkRequest, ClosedError, littleEndian, MessageFlag, NetlinkError, type Writer } from '@rtnl/netlink-core'
import { answer } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adds, ids, mostInFlight, sizes, upTo } from './many.ts'
import { add, rejection, type Thing, ThingType, thing, thingMessage, turns, withConnection } from './thing.ts'

const bulk = suite('many requests')

bulk('all are carried out, in their order, 128 a datagram', () =>
  withConnection(async (place) => {
    assert.equal(await place.connection.requestAll(adds(3000)), { done: 3000, failed: [] })
    assert.equal(ids(place), upTo(3000))
    assert.equal(sizes(place), [...Array(23).fill(128), 3000 % 128])
    assert.is(place.connection.counters.strays, 0)
  }),
)

bulk('large ones go out before 128 are together', () =>
  withConnection(async ({ connection, kernel }) => {
    const note = '00'.repeat(1000)
    const large = upTo(200).map((id) => add({ ...thing(id), note }))
    assert.is((await connection.requestAll(large)).done, 200)
    const lengths = kernel.sockets('request')[0]?.sent.map(({ length }) => length) ?? []
    assert.is(lengths.length, 4)
    for (const length of lengths) assert.ok(length < 66 * 1024, `${length} bytes`)
  }),
)

bulk('none at all is nothing sent', () =>
  withConnection(async (place) => {
    assert.equal(await place.connection.requestAll([]), { done: 0, failed: [] })
    assert.equal(sizes(place), [])
  }),
)

bulk('a refusal stops none of the others, and has its index and its words', () =>
  withConnection(async ({ connection, table }) => {
    const known = new Set([0, 5, 127, 128, 500, 999])
    for (const id of known) table.putSilently(thing(id, 'known'))
    const asked: number[] = []
    const requests = upTo(1000).map((id) => ({
      ...add(thing(id)),
      operation() {
        asked.push(id)
        return `add thing id ${id}`
      },
    }))
    const { done, failed } = await connection.requestAll(requests)
    assert.is(done, 994)
    assert.equal(
      failed.map(({ index }) => index),
      [...known],
    )
    assert.ok(failed.every(({ error }) => error instanceof NetlinkError))
    assert.is(String(failed[4]?.error), 'NetlinkError: add thing id 500: entry exists (EEXIST)')
    assert.equal(asked, [...known])
    assert.is(table.entries.size, 1000)
    assert.is(connection.counters.refused, 6)
  }),
)

bulk('a refusal names the field that the kernel points at', () =>
  withConnection(async ({ connection, kernel }) => {
    // The attribute `id` follows the headers of 16 and 4 bytes.
    kernel.on(ThingType.NEW, () => answer.error(22, { text: 'Not this one', offset: 20 }))
    const { failed } = await connection.requestAll([add(thing(7))])
    assert.is(String(failed[0]?.error), 'NetlinkError: add thing id 7: Not this one (EINVAL, attribute id)')
  }),
)

bulk('an entry that does not fit fails alone, and nothing of it is sent', () =>
  withConnection(async (place) => {
    const wrong = new Map<number, object>([
      [0, { id: 'x' }],
      [130, { id: 5, gateway: '10.0.0' }],
      [131, { id: 2 ** 32 }],
      [299, { colour: 1 }],
    ])
    const requests = upTo(300).map((id) => add((wrong.get(id) as Partial<Thing>) ?? thing(id)))
    const { done, failed } = await place.connection.requestAll(requests)
    assert.is(done, 296)
    assert.equal(
      failed.map(({ index, error }) => [index, String(error)]),
      [
        [0, 'TypeError: thing.id: "x" is not a number'],
        [130, 'TypeError: thing.gateway: "10.0.0" is not an IPv4 or IPv6 address'],
        [131, 'RangeError: thing.id: 4294967296 is not a whole number in 0..4294967295'],
        [299, 'TypeError: thing.colour: there is no such field'],
      ],
    )
    assert.equal(
      ids(place),
      upTo(300).filter((id) => !wrong.has(id)),
    )
    assert.equal(sizes(place), [128, 128, 40])
  }),
)

bulk('a request that has its bytes writes them itself, once', () =>
  withConnection(async ({ connection, kernel, table }) => {
    let written = 0
    const requests = upTo(3).map((id) => ({
      ...add({ id }),
      encode(writer: Writer) {
        written++
        thingMessage.encode(writer, thing(id, 'from bytes'))
      },
    }))
    kernel.on(ThingType.NEW, (request) =>
      table.entries.size === 2 ? answer.error(22, { offset: 20 }) : table.handle(request),
    )
    const { done, failed } = await connection.requestAll(requests)
    assert.equal([done, written], [2, 3])
    assert.equal(
      [...table.entries.values()].map(({ label }) => label),
      ['from bytes', 'from bytes'],
    )
    assert.is(String(failed[0]?.error), 'NetlinkError: add thing id 2: invalid argument (EINVAL, attribute id)')
  }),
)

/** Requests that are one object, whose entry is another one each time. */
function* given(count: number, wrong: (id: number) => boolean): Generator<BulkRequest<Thing>> {
  let id = 0
  const request: BulkRequest<Thing> = {
    message: thingMessage,
    type: ThingType.NEW,
    flags: MessageFlag.CREATE,
    get entry() {
      return wrong(id) ? { id: -1 } : thing(id)
    },
    operation: () => `the last of all: ${id}`,
    note: (writer) => writer.u32(id),
    restore: (view, start) => add(thing(view.getUint32(start, littleEndian))),
  }
  for (; id < count; id++) yield request
}

bulk('one object may be given as many requests, and each that fails is made again', () =>
  withConnection(async (place) => {
    const { connection, kernel, table } = place
    const isHeld = (id: number): boolean => id % 7 === 3
    for (const id of upTo(1500).filter(isHeld)) table.putSilently(thing(id))
    const { done, failed } = await connection.requestAll(given(1500, (id) => id % 50 === 49))
    const expected = upTo(1500).filter((id) => isHeld(id) || id % 50 === 49)
    assert.is(done, 1500 - expected.length)
    assert.equal(
      failed.map(({ index, request }) => [index, request.entry, request.operation]),
      expected.map((id) => [id, thing(id), `add thing id ${id}`]),
    )
    assert.equal(
      ids(place).sort((a, b) => a - b),
      upTo(1500).filter((id) => isHeld(id) || !expected.includes(id)),
    )
    kernel.on(ThingType.NEW, answer.silence)
    const error = await rejection(
      connection.requestAll(
        given(300, () => false),
        { timeout: 20 },
      ),
    )
    assert.match(String(error), /^TimeoutError: add thing id 0: /)
  }),
)

bulk('failures come in the order of the requests, whatever is found first', () =>
  withConnection(async ({ connection, table }) => {
    const expected: number[] = []
    const requests = upTo(700).map((id) => {
      if (id % 3 === 0) table.putSilently(thing(id))
      if (id % 3 < 2) expected.push(id)
      return add(id % 3 === 1 ? { id: -1 } : thing(id))
    })
    const { done, failed } = await connection.requestAll(requests)
    assert.equal(
      failed.map(({ index }) => index),
      expected,
    )
    for (const { index, error } of failed) assert.instance(error, index % 3 === 0 ? NetlinkError : RangeError)
    assert.is(done, 700 - expected.length)
  }),
)

bulk('entries of which none fits', () =>
  withConnection(async (place) => {
    const { done, failed } = await place.connection.requestAll(upTo(1000).map(() => add({ id: -1 })))
    assert.is(done, 0)
    assert.equal(
      failed.map(({ index }) => index),
      upTo(1000),
    )
    assert.equal(sizes(place), [])
  }),
)

bulk('what the kernel tells beside acks is dropped', () =>
  withConnection(async ({ connection, table }) => {
    const echoed = upTo(200).map((id) => add(thing(id), MessageFlag.CREATE | MessageFlag.ECHO))
    const gets = upTo(200).map((id) => ({ ...add({ id }, 0), type: ThingType.GET }))
    assert.equal(await connection.requestAll([...echoed, ...gets]), { done: 400, failed: [] })
    assert.is(table.entries.size, 200)
    assert.is(connection.counters.strays, 0)
  }),
)

bulk('a kernel that does not answer is sent no more, and no more is read', () =>
  withConnection(async (place) => {
    const { connection, kernel } = place
    kernel.on(ThingType.NEW, answer.silence)
    let read = 0
    function* counted(): Generator<BulkRequest<Thing>> {
      for (const request of adds(1_000_000)) {
        read++
        yield request
      }
    }
    const outcome = rejection(connection.requestAll(counted()))
    while (sizes(place).length < 8) await setImmediate()
    await turns(50)
    assert.equal(sizes(place), Array(8).fill(128))
    assert.is(read, mostInFlight)
    connection.close()
    assert.instance(await outcome, ClosedError)
    assert.is(read, mostInFlight)
  }),
)

bulk.run()
