import { DecodeError, readMessages, Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBatch } from '../../src/codec/message-reader.ts'

const reading = suite('messages of a batch')

/** Two messages: type 24 with 4 bytes, type 25 with 1 byte and its padding. */
function batch(): Uint8Array {
  const writer = new Writer()
  const first = writer.beginMessage(24, 0x305, 7, 9)
  writer.u32(0x01020304)
  writer.endMessage(first)
  const second = writer.beginMessage(25, 2, 0xffffffff, 0xfffffffe)
  writer.u8(5)
  writer.endMessage(second)
  return writer.bytes().slice()
}

reading('have their header, and end before their padding', () => {
  const seen: number[][] = []
  const count = readMessages(batch(), ({ type, flags, seq, pid, start, body, end }) => {
    seen.push([type, flags, seq, pid, start, body, end])
  })
  assert.is(count, 2)
  assert.equal(seen, [
    [24, 0x305, 7, 9, 0, 16, 20],
    [25, 2, 0xffffffff, 0xfffffffe, 20, 36, 37],
  ])
})

reading('of which one is refused: it is told, counted, and the others are read', () => {
  const counters = { receivedMessages: 0 }
  const [types, errors]: [number[], unknown[]] = [[], []]
  readBatch(
    batch(),
    ({ type }) => {
      types.push(type)
      if (type === 24) throw new Error('refused')
    },
    counters,
    (error) => errors.push(error),
  )
  assert.equal(types, [24, 25])
  assert.is(counters.receivedMessages, 2)
  assert.equal(
    errors.map((error) => (error as Error).message),
    ['refused'],
  )
})

reading('stop with the error of the one who reads them', () => {
  assert.throws(() => {
    readMessages(batch(), () => {
      throw new Error('enough')
    })
  }, /enough/)
})

reading('of which a length does not fit: those before it are delivered', () => {
  for (const [length, text] of [
    [15, 'message length 15 with 20 bytes left'],
    [21, 'message length 21 with 20 bytes left'],
    [0xffffffff, 'message length 4294967295 with 20 bytes left'],
  ] as const) {
    const bytes = batch()
    new DataView(bytes.buffer).setUint32(20, length, true)
    const types: number[] = []
    assert.throws(
      () => readMessages(bytes, ({ type }) => types.push(type)),
      (error: Error) => error instanceof DecodeError && error.message.includes(text),
    )
    assert.equal(types, [24])
  }
  const cut = batch().subarray(0, 32)
  assert.throws(() => readMessages(cut, () => {}), /message length 0 with 12 bytes left/)
})

reading.run()
