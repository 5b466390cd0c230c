// timeout: 600
import { type CallOptions, Connection, NetlinkError } from '@rtnl/netlink-core'
import { answer, FakeKernel, type FakeTransport, type SocketPurpose } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { add, dumpThings, rejection, ThingType, thing, turns, withConnection } from './thing.ts'

const settling = suite('every promise of a connection settles')

type Call = (connection: Connection, options: CallOptions) => Promise<unknown>

const calls: Readonly<Record<string, readonly [SocketPurpose, Call]>> = {
  request: ['request', (connection, options) => connection.request(add(thing(1)), options)],
  requestAll: [
    'request',
    (connection, options) =>
      connection.requestAll(
        [1, 2, 3].map((id) => add(thing(id))),
        options,
      ),
  ],
  dumpInto: ['dump', (connection, options) => connection.dumpInto(dumpThings, { message() {}, restart() {} }, options)],
  dump: [
    'dump',
    async (connection, options) => {
      for await (const _ of connection.dump(dumpThings, options));
    },
  ],
}

/** A message whose header is right but for what is told, in front of some bytes. */
function bytes(
  type: number,
  seq: number,
  flags: number,
  body: readonly number[],
  length = 16 + body.length,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 + body.length))
  view.setUint32(0, length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, seq, true)
  new Uint8Array(view.buffer).set(body, 16)
  return new Uint8Array(view.buffer)
}

const [ERROR, DONE, ACK_TLVS] = [2, 3, 0x200]
const refused = [0xea, 0xff, 0xff, 0xff]
/** A request of 2 GiB is echoed, and of 8 bytes, and of none. */
const echoes = [0x7fffffff, 8, 0].map((length) => [
  ...refused,
  ...new Uint8Array(new Uint32Array([length, 0, 0, 0]).buffer),
])

/** What becomes of a call: how the kernel answers, or what happens once it was made. */
type Trouble = (place: {
  kernel: FakeKernel
  connection: Connection
  abort: AbortController
  purpose: SocketPurpose
}) => void

function answers(given: (seq: number) => readonly Uint8Array[]): Trouble {
  return ({ kernel }) => {
    for (const type of Object.values(ThingType)) kernel.on(type, ({ seq }) => answer.raw(...given(seq)))
  }
}

const troubles: Readonly<Record<string, Trouble>> = {
  silence: answers(() => []),
  'a wrong sequence number': answers((seq) => [bytes(ERROR, seq + 1000, 0, [0, 0, 0, 0])]),
  'noise as answer': answers(() => [new Uint8Array(100).fill(0xa5)]),
  'noise in an answer': answers((seq) => [bytes(ThingType.NEW, seq, 0, [1, 2, 3, 4, 9, 0, 7, 0, 1])]),
  'an ack cut short': answers((seq) => [bytes(ERROR, seq, 0, [0, 0])]),
  'an end cut short': answers((seq) => [bytes(DONE, seq, 0, [0, 0])]),
  'a length beyond the datagram': answers((seq) => [bytes(ERROR, seq, 0, [0, 0, 0, 0], 1000)]),
  ...Object.fromEntries(
    echoes.map((body) => [
      `a refusal that repeats ${new Uint32Array(new Uint8Array(body.slice(4, 8)).buffer)[0]} bytes of the request`,
      answers((seq) => [bytes(ERROR, seq, ACK_TLVS, body)]),
    ]),
  ),
  'details beyond the end': answers((seq) => [bytes(DONE, seq, ACK_TLVS, [...refused, 0xff, 0xff, 1, 0])]),
  'empty datagrams': answers(() => [new Uint8Array(0), new Uint8Array(0)]),
  'a close in the middle': ({ connection }) => setImmediate(() => connection.close()),
  'an abort in the middle': ({ kernel, abort, purpose }) => {
    kernel.hold(purpose)
    setImmediate(() => abort.abort())
  },
  'a send that fails': ({ kernel }) => {
    kernel.sendError = new NetlinkError(90, { operation: 'send to kernel' })
  },
  'a send that throws': ({ kernel }) => {
    const spoil = (socket: FakeTransport): void => {
      socket.send = () => {
        throw new Error('no memory')
      }
    }
    for (const socket of kernel.sockets()) spoil(socket)
    const open = kernel.open.bind(kernel)
    kernel.open = (purpose) => {
      const socket = open(purpose)
      spoil(socket)
      return socket
    }
  },
  'an overrun': ({ kernel, purpose }) => {
    kernel.hold(purpose)
    setImmediate(() => {
      kernel.overrun(purpose)
      kernel.resume(purpose)
    })
  },
  'a datagram cut short': ({ kernel, purpose }) => setImmediate(() => kernel.truncated(purpose)),
  'a socket that breaks': ({ kernel, purpose }) => {
    kernel.hold(purpose)
    setImmediate(() => {
      kernel.fail(new NetlinkError(5, { operation: 'receive from kernel' }), purpose)
      kernel.resume(purpose)
    })
  },
}

/** Waits for a promise that has a time-out of 50 ms of its own. The file's time limit is for one that never settles. */
async function outcome(promise: Promise<unknown>): Promise<'resolved' | 'rejected'> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not settle')), 20_000)
  })
  const settled = promise.then(
    () => 'resolved' as const,
    () => 'rejected' as const,
  )
  try {
    return await Promise.race([settled, never])
  } finally {
    clearTimeout(timer)
  }
}

for (const [name, [purpose, call]] of Object.entries(calls)) {
  for (const [trouble, cause] of Object.entries(troubles)) {
    settling(`${name}: ${trouble}`, () =>
      withConnection(async ({ kernel, connection, table }) => {
        table.putSilently(thing(1))
        const abort = new AbortController()
        cause({ kernel, connection, abort, purpose })
        await outcome(call(connection, { timeout: 50, signal: abort.signal }))
        // What comes later is no matter of it.
        await turns()
      }),
    )
  }
}

const reason = new Error('thrown by the caller')
const thrown = (): never => {
  throw reason
}

const throwing: Readonly<Record<string, (connection: Connection) => Promise<unknown>>> = {
  'an iterable of requests': (connection) => connection.requestAll({ [Symbol.iterator]: thrown }),
  'an iterator of requests': (connection) => connection.requestAll({ [Symbol.iterator]: () => ({ next: thrown }) }),
  progress: (connection) => connection.requestAll([add(thing(1))], { progress: thrown }),
  'the words of an operation': (connection) => connection.requestAll([{ ...add(thing(99)), operation: thrown }]),
  'the sink of a dump': (connection) => connection.dumpInto(dumpThings, { message: thrown, restart() {} }),
  'the end of a dump': (connection) =>
    connection.dumpInto({ ...dumpThings, until: thrown }, { message() {}, restart() {} }),
}

for (const [name, call] of Object.entries(throwing)) {
  settling(`an error of the caller's own: ${name}`, () =>
    withConnection(async ({ kernel, connection, table }) => {
      table.putSilently(thing(1))
      kernel.on(ThingType.NEW, (request) => (table.entries.size > 1 ? answer.error(17) : table.handle(request)))
      if (name === 'the words of an operation') table.putSilently(thing(2))
      assert.is(await rejection(call(connection)), reason)
      // Others are none the worse.
      kernel.on(ThingType.NEW, answer.ack)
      await connection.request(add(thing(3)))
    }),
  )
}

settling('a bytes writer that throws is a failure of its request alone', () =>
  withConnection(async ({ connection }) => {
    const { done, failed } = await connection.requestAll([
      add(thing(1)),
      { ...add(thing(2)), encode: thrown },
      add(thing(3)),
    ])
    assert.is(done, 2)
    assert.equal(
      failed.map(({ index, error }) => ({ index, error: error as unknown })),
      [{ index: 1, error: reason }],
    )
  }),
)

settling('fences are reached through losses, and in the order of what was sent', () =>
  withConnection(async ({ kernel, connection }) => {
    const socket = connection.openNotifications()
    socket.start({ data() {}, overrun() {}, failed() {} })
    const fence = (): Promise<void> => new Promise((resolve) => socket.sync(resolve))
    for (const cause of ['overrun', 'truncated'] as const) {
      const reached = fence()
      kernel[cause]()
      assert.is(await outcome(reached), 'resolved')
    }
  }),
)

for (const largest of [9184, 2000]) {
  settling(
    `where a datagram has room for ${largest} bytes, many requests go out in as many datagrams as it takes`,
    async () => {
      const kernel = new FakeKernel()
      const open = kernel.open.bind(kernel)
      kernel.open = (purpose) => {
        const socket = open(purpose)
        const send = socket.send.bind(socket)
        socket.send = (datagram, failed) => {
          if (datagram.length <= largest) send(datagram, failed)
          else queueMicrotask(() => failed(new NetlinkError(90, { operation: 'send to kernel' })))
        }
        return Object.assign(socket, { largestSend: largest })
      }
      const connection = await Connection.open({ transports: kernel })
      const requests = Array.from({ length: 500 }, (_, id) => add({ ...thing(id), note: '5a'.repeat(300) }))
      assert.equal(await connection.requestAll(requests), { done: 500, failed: [] })
      await Promise.all(requests.map((request) => connection.request(request)))
      connection.close()
    },
  )
}

settling.run()
