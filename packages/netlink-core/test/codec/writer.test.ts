import { InvalidValue, Writer } from '@rtnl/netlink-core'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const writing = suite('the writer')

writing('grows as far as it must, and keeps what it has', () => {
  const writer = new Writer(4)
  writer.u16(0x0201)
  writer.raw(Uint8Array.from({ length: 70 }, (_, index) => index))
  writer.u8(9)
  assert.is(writer.length, 73)
  assert.equal([...writer.bytes()], [1, 2, ...Array.from({ length: 70 }, (_, index) => index), 9])
})

writing('appends words, as many as are asked for', () => {
  const writer = new Writer(4)
  writer.words(Int32Array.of(1, 2, 3, 4), 1, 2)
  writer.u8(9)
  assert.equal([...writer.bytes()], [2, 0, 0, 0, 3, 0, 0, 0, 9])
})

writing('leaves zeros behind what is taken back', () => {
  const writer = new Writer(8)
  writer.u32(0xffffffff)
  writer.truncate(1)
  assert.is(writer.zeros(3), 1)
  assert.equal([...writer.bytes()], [0xff, 0, 0, 0])
})

writing('an attribute has at most 65,535 bytes with its header', () => {
  const attributeOf = (length: number): Writer => {
    const writer = new Writer()
    const start = writer.begin(1)
    writer.zeros(length)
    writer.end(start)
    return writer
  }
  const largest = attributeOf(65_531)
  assert.is(largest.view.getUint16(0, true), 65_535)
  assert.is(largest.length, 65_536)
  assert.throws(
    () => attributeOf(65_532),
    (error: Error) => error instanceof InvalidValue && error.message.includes('takes 65536 bytes'),
  )
})

writing.run()
