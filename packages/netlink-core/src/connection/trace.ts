import type { Message } from '../codec/message.ts'
import { type MessageCursor, readMessages } from '../codec/message-reader.ts'
import { formatHex } from '../codec/text.ts'
import { environmentVariable } from '../environment.ts'
import { ControlMessage } from '../netlink.ts'
import { readAck } from './ack.ts'

/** Prints every message, decoded and in hex, to standard error. Switched on by `RTNL_DEBUG=netlink`. */
export class MessageTrace {
  readonly #connection: string
  readonly #messages = new Map<number, Message<unknown>>()

  static fromEnvironment(connection: string): MessageTrace | undefined {
    const areas = environmentVariable('RTNL_DEBUG')?.split(',') ?? []
    return areas.includes('netlink') ? new MessageTrace(connection) : undefined
  }

  constructor(connection: string) {
    this.#connection = connection
  }

  describe(type: number, message: Message<unknown>): void {
    // In rtnetlink the types of one object are NEW, DEL, GET and SET, four in a row.
    const first = type & ~3
    for (let other = first; other < first + 4; other++) this.#messages.set(other, message)
  }

  print(direction: 'send' | 'receive', bytes: Uint8Array): void {
    try {
      readMessages(bytes, (cursor) => {
        const { type, flags, seq, pid, start, end } = cursor
        const head = `rtnl ${this.#connection} ${direction} type=${type} flags=0x${flags.toString(16)} seq=${seq} pid=${pid}`
        console.error(`${head} ${this.#decode(cursor)}\n  ${formatHex(cursor.view, start, end - start)}`)
      })
    } catch (error) {
      console.error(
        `rtnl ${this.#connection} ${direction} malformed: ${error instanceof Error ? error.message : error}`,
      )
    }
  }

  #decode(cursor: MessageCursor): string {
    if (cursor.type === ControlMessage.ERROR || cursor.type === ControlMessage.DONE) {
      return `${cursor.type === ControlMessage.ERROR ? 'ack' : 'done'} ${JSON.stringify(readAck(cursor))}`
    }
    const message = this.#messages.get(cursor.type)
    if (message === undefined) return '(no declaration)'
    try {
      const { entry, unknown } = message.decodeWhole(cursor.view, cursor.body, cursor.end)
      const types = unknown.length === 0 ? '' : ` unknown attributes ${unknown.map(({ type }) => type).join(',')}`
      return `${message.name} ${JSON.stringify(entry)}${types}`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}
