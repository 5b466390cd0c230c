import { ClosedError, MessageFlag, NetlinkError, readMessages, type TransportHandler } from '@rtnl/netlink-core'
import { answer, FakeKernel, FakeTable, type FakeTransport, isDump, messageBytes } from '@rtnl/netlink-core/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  add,
  get,
  read,
  rejection,
  type Thing,
  ThingType,
  thing,
  thingDefinition,
  thingMessage,
  turns,
  withConnection,
} from '../connection/thing.ts'

const fake = suite('fake kernel')

/** Sockets of the test: an open one keeps the process alive, as it would in a program. */
const opened = new Set<FakeTransport>()
fake.after.each(() => {
  for (const socket of opened) socket.close()
  opened.clear()
})

/** Writes down everything that a socket is told. */
class Diary implements TransportHandler {
  readonly lines: string[] = []
  readonly socket: FakeTransport

  constructor(kernel: FakeKernel, ...groups: readonly number[]) {
    this.socket = kernel.open('notification')
    opened.add(this.socket)
    this.socket.start(this)
    for (const group of groups) this.socket.join(group)
  }

  data(bytes: Uint8Array, nsid: number | undefined): void {
    assert.is(bytes.byteOffset % 4, 0)
    const ids: string[] = []
    readMessages(bytes, ({ view, type, body, end }) => {
      ids.push(`${type === ThingType.NEW ? '+' : '-'}${thingMessage.decode(view, body, end).id}`)
    })
    this.lines.push(`${ids.join(' ')}${nsid === undefined ? '' : ` from ${nsid}`}`)
  }

  overrun(reason: string): void {
    this.lines.push(reason)
  }

  failed(error: Error): void {
    this.lines.push(error.message)
  }
}

function listening(...groups: readonly number[]): { kernel: FakeKernel; diary: Diary; table: FakeTable<Thing> } {
  const kernel = new FakeKernel()
  return { kernel, diary: new Diary(kernel, ...groups), table: new FakeTable(kernel, thingDefinition) }
}

fake('nothing is delivered inside a call, and what came together is delivered together', async () => {
  const { diary, table } = listening(9)
  table.put(thing(1))
  table.delete('1')
  diary.socket.sync(() => diary.lines.push('fence'))
  table.put(thing(2))
  assert.equal(diary.lines, [])
  await turns()
  assert.equal(diary.lines, ['+1 -1', 'fence', '+2'])
  const { datagrams, batches, pending } = diary.socket.stats()
  assert.equal({ datagrams, batches, pending }, { datagrams: 3, batches: 2, pending: 0 })
  diary.socket.close()
})

fake('a fence stands behind the answers to what was sent before it', async () => {
  const { diary } = listening()
  const { socket } = diary
  diary.data = () => diary.lines.push('answer')
  const request = messageBytes(thingMessage, { type: 99, flags: MessageFlag.REQUEST | MessageFlag.ACK }, thing(1))
  socket.send(request, () => {})
  socket.send(request, () => {})
  socket.sync(() => diary.lines.push('fence'))
  socket.send(request, () => {})
  await turns(10)
  assert.equal(diary.lines, ['answer', 'answer', 'fence', 'answer'])
})

fake('only members of the group hear it; leaving does not take back what is queued', async () => {
  const { diary, table } = listening()
  table.put(thing(1))
  diary.socket.join(9)
  table.put(thing(2))
  diary.socket.leave(9)
  table.put(thing(3))
  await turns()
  assert.equal(diary.lines, ['+2'])
  diary.socket.close()
})

fake('nothing comes after close, and nothing can be done with the socket', async () => {
  const { kernel, diary, table } = listening(9)
  table.put(thing(1))
  diary.socket.sync(() => diary.lines.push('fence'))
  diary.socket.close()
  diary.socket.close()
  table.put(thing(2))
  await turns()
  assert.equal(diary.lines, [])
  assert.equal(kernel.sockets(), [])
  for (const call of [() => diary.socket.join(1), () => diary.socket.sync(() => {}), () => diary.socket.start(diary)]) {
    assert.throws(call, (error: unknown) => error instanceof ClosedError)
  }
})

fake('a socket must be started once before it sends', () => {
  const kernel = new FakeKernel()
  const socket = kernel.open('request')
  assert.throws(() => socket.send(new Uint8Array(16), () => {}), /was not started/)
  socket.start(new Diary(kernel))
  assert.throws(() => socket.start(new Diary(kernel)), /was started already/)
  for (const open of kernel.sockets()) open.close()
})

fake('an overrun is told first, and what comes before the queue was read empty is dropped', async () => {
  const { kernel, diary, table } = listening(9)
  table.put(thing(1))
  kernel.overrun()
  table.put(thing(2))
  table.put(thing(3))
  await turns()
  table.put(thing(4))
  await turns()
  assert.equal(diary.lines, ['overrun', '+1', '+4'])
  const { overruns, drops } = diary.socket.stats()
  assert.equal({ overruns, drops }, { overruns: 1, drops: 2 })
  diary.socket.close()
})

fake('truncated and foreign datagrams are counted, and the first are told', async () => {
  const { kernel, diary } = listening(9)
  kernel.truncated()
  kernel.foreign()
  kernel.foreign()
  await turns()
  assert.equal(diary.lines, ['truncated'])
  const { truncated, foreign } = diary.socket.stats()
  assert.equal({ truncated, foreign }, { truncated: 1, foreign: 2 })
  diary.socket.close()
})

fake('a socket that breaks is closed when it is told', async () => {
  const { kernel, diary, table } = listening(9)
  table.put(thing(1))
  kernel.fail(new Error('broken'))
  table.put(thing(2))
  await turns()
  assert.equal(diary.lines, ['+1', 'broken'])
  assert.equal(kernel.sockets(), [])
})

fake('held sockets deliver what they are let', async () => {
  const { kernel, diary, table } = listening(9)
  kernel.hold('notification')
  const late = new Diary(kernel, 9)
  for (let id = 1; id <= 4; id++) table.put(thing(id))
  await turns()
  assert.equal(diary.lines, [])
  kernel.deliver('notification', 2)
  await turns()
  assert.equal(diary.lines, ['+1 +2'])
  kernel.deliver('notification')
  await turns()
  assert.equal(late.lines, ['+1 +2', '+3'])
  kernel.resume('notification')
  table.put(thing(5))
  await turns()
  assert.equal(diary.lines, ['+1 +2', '+3', '+4 +5'])
  for (const socket of kernel.sockets()) socket.close()
})

fake('messages of other namespaces say so', async () => {
  const { kernel, diary } = listening(9)
  for (const nsid of [undefined, 4, 4, undefined]) {
    kernel.notify(9, messageBytes(thingMessage, { type: ThingType.NEW }, thing(1)), nsid)
  }
  await turns()
  assert.equal(diary.lines, ['+1', '+1 +1 from 4', '+1'])
  diary.socket.close()
})

fake('an error of a handler does not stop the delivery', async () => {
  const { diary, table } = listening(9)
  const caught: unknown[] = []
  const { data } = diary
  diary.data = (...parameters) => {
    data.apply(diary, parameters)
    if (diary.lines.length === 1) throw new Error('of the handler')
  }
  const surface = (error: unknown): void => void caught.push(error)
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', surface)
  try {
    table.put(thing(1))
    diary.socket.sync(() => diary.lines.push('fence'))
    await turns()
  } finally {
    process.off('uncaughtException', surface)
    for (const listener of before) process.on('uncaughtException', listener)
  }
  assert.equal(diary.lines, ['+1', 'fence'])
  assert.equal(caught.map(String), ['Error: of the handler'])
  diary.socket.close()
})

fake('unknown requests are acknowledged where that is asked for', () =>
  withConnection(async ({ connection, kernel }) => {
    assert.equal(await connection.request({ ...add(thing(1)), type: 99 }), [])
    const socket = kernel.open('request')
    opened.add(socket)
    const diary = new Diary(kernel)
    socket.start({ ...diary, data: () => diary.lines.push('data'), overrun() {}, failed() {} })
    socket.send(messageBytes(thingMessage, { type: 99, flags: MessageFlag.REQUEST }, thing(1)), () => {})
    await turns()
    assert.equal(diary.lines, [])
  }),
)

fake('refusals to open, to join and to send', async () => {
  const kernel = new FakeKernel()
  const error = new NetlinkError(1, { operation: 'test' })
  const socket = kernel.open('notification')
  const is = (thrown: unknown): boolean => thrown === error
  kernel.openError = error
  assert.throws(() => kernel.open('dump'), is)
  kernel.joinError = error
  assert.throws(() => socket.join(9), is)
  assert.is(socket.groups.size, 0)
  socket.close()
})

fake('dump requests are told from others that have the same bits', () => {
  const { DUMP, REQUEST } = MessageFlag
  const request = { seq: 0, portId: 0, bytes: new Uint8Array(), decode: () => assert.unreachable() as never }
  assert.ok(isDump({ ...request, type: ThingType.GET, flags: REQUEST | DUMP }))
  assert.not(isDump({ ...request, type: ThingType.GET, flags: REQUEST | 0x200 }))
  assert.not(isDump({ ...request, type: ThingType.NEW, flags: REQUEST | DUMP }))
})

for (const [name, known, flags, code] of [
  ['create', false, MessageFlag.CREATE, undefined],
  ['create what is there', true, MessageFlag.CREATE, 'EEXIST'],
  ['create exclusively', false, MessageFlag.CREATE | MessageFlag.EXCL, undefined],
  ['create exclusively what is there', true, MessageFlag.CREATE | MessageFlag.EXCL, 'EEXIST'],
  ['replace', true, MessageFlag.REPLACE, undefined],
  ['replace what is not there', false, MessageFlag.REPLACE, 'ENOENT'],
  ['create or replace', true, MessageFlag.CREATE | MessageFlag.REPLACE, undefined],
  ['replace exclusively', true, MessageFlag.CREATE | MessageFlag.REPLACE | MessageFlag.EXCL, 'EEXIST'],
] as const) {
  fake(`a table: ${name}${code === undefined ? '' : ` is ${code}`}`, () =>
    withConnection(async ({ connection, table }) => {
      if (known) table.putSilently(thing(1, 'old'))
      const outcome = await connection.request(add(thing(1, 'new'), flags)).catch((error: NetlinkError) => error.code)
      assert.equal(outcome, code ?? [])
      assert.is(table.entries.get('1')?.label, code === undefined ? 'new' : known ? 'old' : undefined)
    }),
  )
}

fake('a table: get, delete and dump', () =>
  withConnection(async ({ connection, table }) => {
    const remove = { ...get(1), type: ThingType.DEL }
    assert.is(((await rejection(connection.request(get(1)))) as NetlinkError).code, 'ENOENT')
    assert.is(((await rejection(connection.request(remove))) as NetlinkError).code, 'ENOENT')
    table.putSilently(thing(1))
    assert.equal(await connection.request(get(1)), [thing(1)])
    assert.equal(await read(connection), [thing(1)])
    await connection.request(remove)
    assert.equal(await read(connection), [])
    assert.is(table.deleteSilently('1'), false)
  }),
)

fake('the notification of a change is there before its ack', () =>
  withConnection(async ({ connection, kernel }) => {
    const diary = new Diary(kernel, 9)
    kernel.hold('notification')
    await connection.request(add(thing(1)))
    assert.ok(diary.socket.stats().pending > 0)
    kernel.resume('notification')
    diary.socket.sync(() => diary.lines.push('fence'))
    await turns()
    assert.equal(diary.lines, ['+1', 'fence'])
  }),
)

fake('raw answers and silence', () =>
  withConnection(async ({ connection, kernel }) => {
    kernel.on(ThingType.NEW, (request) =>
      answer.raw(...answer.reply(thingMessage, ThingType.NEW, thing(3), thing(4))(request)),
    )
    assert.equal(await connection.request(add(thing(1))), [thing(3), thing(4)])
    kernel.on(ThingType.NEW, answer.silence)
    await rejection(connection.request(add(thing(1)), { timeout: 5 }))
  }),
)

fake.run()
