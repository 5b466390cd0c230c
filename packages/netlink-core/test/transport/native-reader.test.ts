import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NativeConstants, NativeSocket } from '../../src/transport/native-binding.ts'
import { NativeReader } from '../../src/transport/native-reader.ts'
import type { TransportHandler } from '../../src/transport/transport.ts'

const test = suite('reader of a socket')

const constants = {
  readBytes: 8192,
  Kind: { None: 0, Data: 1 },
  Detail: { Length: 0, Nsid: 1, Errno: 2, Token: 3, Settled: 4, Count: 5 },
} as NativeConstants

/** What a reader hands over of one datagram of 32-bit words. */
function handedOver(words: readonly number[]): number[][] {
  let isRead = false
  const socket: Partial<NativeSocket> = {
    start: () => {},
    read(target, details) {
      if (isRead) return constants.Kind.None
      isRead = true
      const datagram = new Uint8Array(Uint32Array.from(words).buffer)
      target.set(datagram)
      details[constants.Detail.Length] = datagram.length
      return constants.Kind.Data
    },
  }
  const reader = new NativeReader(socket as NativeSocket, constants, () => {})
  const parts: number[][] = []
  const handler: Partial<TransportHandler> = {
    data: (bytes) => parts.push([...new Uint32Array(bytes.slice().buffer)]),
  }
  reader.start({} as never, handler as TransportHandler)
  assert.not(reader.takeTurn(performance.now() + 60_000), 'nothing is left')
  return parts
}

const message = [16, 0, 0, 0]

test('hands over the rest at once behind a length that no message has', () => {
  // The largest ones are negative as 32-bit numbers.
  for (const length of [0, 15, 17, 0x7ffffffd, 0x80000000, 0xfffffff0, 0xfffffffd, 0xffffffff]) {
    const words = [...message, length, 0, 0, 0]
    assert.equal(handedOver(words), [words], String(length))
  }
})

test('hands over many messages in parts that end with a message', () => {
  const parts = handedOver(Array.from({ length: 300 }, () => message).flat())
  assert.ok(parts.length > 1)
  assert.is(parts.flat().length, 1200)
  for (const part of parts) assert.is(part.length % 4, 0)
})

test.run()
