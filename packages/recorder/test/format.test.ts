import { Connection, header, message, u32 } from '@rtnl/netlink-core'
import { answer, FakeKernel, messageBytes } from '@rtnl/netlink-core/testing'
import { Recorder, readRecording } from '@rtnl/recorder'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { concatenated } from '../src/concatenated.ts'
import { interfaceDescription, packetLength, writePacket } from '../src/pcapng/encode.ts'
import { recordingOf, swapped } from './support/files.ts'

const format = suite('format')

const number = message('number', { header: { value: header(u32) }, attributes: {} })

format('what a connection sends and receives is in the file, in its order', async () => {
  const recorder = new Recorder()
  const kernel = new FakeKernel()
  kernel.on(18, () => answer.reply(number, 16, { value: 7 }))
  const connection = await Connection.open({ transports: recorder.record(kernel) })
  const [reply] = await connection.request({ message: number, type: 18, entry: { value: 1 }, operation: 'get number' })
  assert.equal(reply, { value: 7 })
  recorder.note('here')
  connection.close()
  const { events, problems, about } = readRecording(recorder.content())
  assert.equal(problems, [])
  assert.match(about.join(' '), /rtnl \d+\.\d+\.\d+/)
  assert.equal(
    events.map(({ kind, text }) => [kind, text]),
    [
      ['opened', 'port id 1, receive buffer 0 bytes'],
      ['sent', ''],
      ['received', ''],
      ['note', 'here'],
      ['closed', ''],
    ],
  )
  assert.equal(events[1]!.messages.length, 20)
  const view = new DataView(events[1]!.messages.buffer, events[1]!.messages.byteOffset)
  assert.is(view.getUint16(4, true), 18)
  assert.ok(events.every(({ socket }) => socket.namespace === 'fake kernel'))
  assert.ok(events.every(({ time }, index) => index === 0 || time >= events[index - 1]!.time))
})

format('losses, namespaces and ends are remarks', async () => {
  const recorder = new Recorder()
  const kernel = new FakeKernel()
  const connection = await Connection.open({ transports: recorder.record(kernel) })
  const socket = connection.openNotifications()
  const done = new Promise<void>((resolve) => {
    socket.start({ data: () => resolve(), overrun: () => {}, failed: () => {} })
  })
  socket.join(1)
  kernel.notify(1, messageBytes(number, { type: 16 }, { value: 3 }), 5)
  kernel.overrun()
  await done
  connection.closeNotifications(socket)
  connection.close()
  const events = readRecording(recorder.content()).events.filter(({ socket }) => socket.purpose === 'notification')
  assert.equal(
    events.map(({ kind, nsid, messages }) => [kind, nsid, messages.length]),
    [
      ['opened', undefined, 0],
      ['overrun', undefined, 0],
      ['received', 5, 20],
      ['closed', undefined, 0],
    ],
  )
  assert.is(recorder.stats.losses, 1)
})

format('a socket that is opened after another was closed takes its place', async () => {
  const recorder = new Recorder()
  const connection = await Connection.open({ transports: recorder.record(new FakeKernel()) })
  for (let count = 0; count < 100; count++) connection.closeNotifications(connection.openNotifications())
  connection.close()
  assert.is(new Set(readRecording(recorder.content()).events.map(({ socket }) => socket)).size, 2)
})

format('a ring keeps the latest half of its bytes at least, and says when the oldest half goes', async () => {
  let turns = 0
  const limit = 64 * 1024
  const recorder = new Recorder({ limit, turned: () => turns++ })
  const connection = await Connection.open({ transports: recorder.record(new FakeKernel()) })
  for (let count = 0; count < 5000; count++) recorder.note(`number ${count}`)
  connection.close()
  const content = recorder.content()
  const numbers = readRecording(content).events.flatMap(({ kind, text }) => (kind === 'note' ? [text] : []))
  assert.is(numbers.at(-1), 'number 4999')
  assert.ok(content.length > limit / 2 && content.length <= limit + 4096, `${content.length} bytes`)
  assert.is(numbers.length, 5000 - Number(numbers[0]!.slice('number '.length)), 'none is missing')
  assert.ok(turns >= 5, `${turns} turns`)
})

format('a limit that is none is refused', () => {
  for (const limit of [0, 1000, 1.5, Number.NaN, 2 ** 40]) assert.throws(() => new Recorder({ limit }), RangeError)
})

format('what is wrong with a file is named with its offset, and the rest is read', async () => {
  const file = await recordingOf(3)
  const all = readRecording(file).events.length
  assert.is(all, 8)
  const problemsOf = (bytes: Uint8Array): string[] =>
    readRecording(bytes).problems.map(({ offset, text }) => `${offset}: ${text}`)
  assert.equal(problemsOf(new Uint8Array()), ['0: the file is empty'])
  assert.match(problemsOf(new TextEncoder().encode('hello, world')).join(), /^0: no pcapng file/)
  const pcap = new Uint8Array(24)
  new DataView(pcap.buffer).setUint32(0, 0xa1b2c3d4, true)
  assert.match(problemsOf(pcap).join(), /^0: a file in the older format pcap/)

  const cut = readRecording(file.subarray(0, file.length - 5))
  assert.is(cut.events.length, all - 1)
  assert.match(cut.problems[0]!.text, /^the file ends within a block of \d+ bytes: \d+ are left$/)
  assert.is(cut.problems[0]!.offset, readRecording(file).events.at(-1)!.offset)
})

format('a section of the other byte order is named, and its messages are left out', async () => {
  const { events, problems } = readRecording(swapped(await recordingOf(1)))
  assert.equal(events, [])
  assert.match(problems.map(({ offset, text }) => `${offset}: ${text}`).join(), /^0: a section of a big-endian machine/)
})

format('packets of other links, families and programs are named', async () => {
  const file = await recordingOf(2)
  const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset)
  const { events } = readRecording(file)
  const section = view(file).getUint32(4, true)

  const ethernet = file.slice()
  view(ethernet).setUint16(section + 8, 1, true)
  const other = readRecording(ethernet)
  assert.equal(other.events, [])
  assert.equal(other.problems, [{ offset: section, text: 'interface request 1 has link type 1, not 253 (netlink)' }])

  const generic = file.slice()
  const at = events[1]!.offset
  view(generic).setUint16(at + 28 + 14, 16)
  const foreign = readRecording(generic)
  assert.is(foreign.events.length, events.length - 1)
  assert.equal(foreign.problems, [{ offset: at, text: 'a packet of netlink family 16, not 0 (NETLINK_ROUTE)' }])

  const short = file.slice()
  const answered = events[2]!.offset
  view(short).setUint32(answered + 24, 1000, true)
  const snapped = readRecording(short)
  assert.is(snapped.events[2]!.kind, 'truncated')
  assert.match(snapped.problems[0]!.text, /^a packet that was cut short: \d+ of its 1000 bytes are missing$/)
  assert.is(snapped.problems[0]!.offset, answered)
})

format('a socket of another program is named, and what it sent left out', async () => {
  const file = await recordingOf(1)
  const declared = interfaceDescription('nlmon0', 'all of netlink')
  const packet = { socket: 1, time: 1n, direction: 'sent', messages: new Uint8Array(16), comment: undefined } as const
  const bytes = new Uint8Array(packetLength(packet))
  writePacket({ bytes, view: new DataView(bytes.buffer), at: 0 }, packet)
  const { events, problems } = readRecording(concatenated([file, declared, bytes, bytes]))
  assert.equal(events, readRecording(file).events)
  const text = 'interface nlmon0 is no socket of a recording by rtnl'
  assert.equal(problems, [{ offset: file.length, text }])
})

format.run()
