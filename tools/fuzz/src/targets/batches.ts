import { DecodeError, messageHeaderLength, readMessages } from '@rtnl/netlink-core'
import { seeds } from '../seeds.ts'
import { Broken, everywhere } from '../surroundings.ts'
import type { Target } from '../target.ts'

function read({ view, start, end }: { readonly view: DataView; readonly start: number; readonly end: number }): string {
  const parts: string[] = []
  let last = 0
  // Whole words, as the transport hands them over.
  const bytes = new Uint8Array(view.buffer, start, end - start)
  try {
    readMessages(bytes, ({ start, body, end, type, flags, seq, pid }) => {
      if (start < last || body !== start + messageHeaderLength || end < body || end > bytes.length) {
        throw new Broken(`a message from ${start} to ${end}`)
      }
      last = end
      parts.push([start, end, type, flags, seq, pid].join())
    })
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    parts.push(String(error))
  }
  return parts.join(' ')
}

export const batches: Target = {
  name: 'batches',
  isAsync: false,
  promise: 'the messages of a datagram lie one behind the other inside of it, or a DecodeError says where they do not',
  sources: ['netlink-core/src/codec/message-reader.ts'],
  *seeds() {
    for (const { type, body } of seeds().slice(0, 40)) {
      const bytes = new Uint8Array(2 * (messageHeaderLength + body.length))
      const view = new DataView(bytes.buffer)
      for (const at of [0, messageHeaderLength + body.length]) {
        view.setUint32(at, messageHeaderLength + body.length, true)
        view.setUint16(at + 4, type, true)
        bytes.set(body, at + messageHeaderLength)
      }
      yield bytes
    }
  },
  run(input) {
    everywhere(input.slice(0, input.length & ~3), 'reading messages', read)
  },
}
