import { Connection, header, message, u32 } from '@rtnl/netlink-core'
import { FakeKernel } from '@rtnl/netlink-core/testing'
import { Recorder } from '@rtnl/recorder'

const number = message('number', { header: { value: header(u32) }, attributes: {} })

/** The file of a connection that made so many requests, one after the other, which were acknowledged. */
export async function recordingOf(requests: number): Promise<Uint8Array> {
  const recorder = new Recorder()
  const connection = await Connection.open({ transports: recorder.record(new FakeKernel()) })
  for (let value = 0; value < requests; value++) {
    await connection.request({ message: number, type: 18, entry: { value }, operation: 'get number' })
  }
  connection.close()
  return recorder.content()
}

/** A file as a machine of the other byte order writes it, but for its messages. */
export function swapped(file: Uint8Array): Uint8Array {
  const bytes = file.slice()
  const view = new DataView(bytes.buffer)
  const swap16 = (at: number): void => view.setUint16(at, view.getUint16(at, true))
  const swap32 = (at: number): void => view.setUint32(at, view.getUint32(at, true))
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true)
    const type = view.getUint32(at, true)
    let options = at + 24
    if (type === 0x0a0d0d0a) {
      swap32(at + 8)
      swap16(at + 12)
      swap16(at + 14)
    } else if (type === 1) {
      swap16(at + 8)
      options = at + 16
    } else {
      options = at + 28 + ((view.getUint32(at + 20, true) + 3) & ~3)
      for (let place = at + 8; place < at + 28; place += 4) swap32(place)
    }
    while (options < at + length - 4) {
      const size = (view.getUint16(options + 2, true) + 3) & ~3
      swap16(options)
      swap16(options + 2)
      options += 4 + size
    }
    for (const place of [at, at + 4, at + length - 4]) swap32(place)
    at += length
  }
  return bytes
}
