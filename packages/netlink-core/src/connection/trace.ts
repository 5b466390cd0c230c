import type { Message } from '../codec/message.ts'
import { type MessageCursor, readMessages } from '../codec/message-reader.ts'
import { formatHex } from '../codec/text.ts'
import { environmentVariable } from '../environment.ts'
import { ControlMessage } from '../netlink.ts'
import { readAck } from './ack.ts'

/** Prints every message, decoded and in hex, to standard error. Switched on by `RTNL_DEBUG=netlink`. */
export class MessageTrace {
  readonly #connection: string
  readonly #sent = new Map<number, Message<unknown>>()
  readonly #received = new Map<number, Message<unknown>>()

  static fromEnvironment(connection: string): MessageTrace | undefined {
    const areas = environmentVariable('RTNL_DEBUG')?.split(',') ?? []
    return areas.includes('netlink') ? new MessageTrace(connection) : undefined
  }

  constructor(connection: string) {
    this.#connection = connection
  }

  describe(type: number, message: Message<unknown>): void {
    this.#sent.set(type, message)
    // In rtnetlink the types of one object are NEW, DEL, GET and SET, four in a row. A request that writes may be declared in
    // another way than the messages in which the kernel shows the object.
    const first = type & ~3
    const isGet = type === first + 2
    for (let other = first; other < first + 4; other++) {
      if (isGet || !this.#received.has(other)) this.#received.set(other, message)
    }
  }

  print(direction: 'send' | 'receive', bytes: Uint8Array): void {
    try {
      readMessages(bytes, (cursor) => {
        const { type, flags, seq, pid, start, end } = cursor
        const head = `rtnl ${this.#connection} ${direction} type=${type} flags=0x${flags.toString(16)} seq=${seq} pid=${pid}`
        console.error(
          `${head} ${this.#decode(cursor, direction === 'send' ? this.#sent : this.#received)}\n  ${formatHex(cursor.view, start, end - start)}`,
        )
      })
    } catch (error) {
      console.error(
        `rtnl ${this.#connection} ${direction} malformed: ${error instanceof Error ? error.message : error}`,
      )
    }
  }

  #decode(cursor: MessageCursor, messages: ReadonlyMap<number, Message<unknown>>): string {
    if (cursor.type === ControlMessage.ERROR || cursor.type === ControlMessage.DONE) {
      return `${cursor.type === ControlMessage.ERROR ? 'ack' : 'done'} ${JSON.stringify(readAck(cursor))}`
    }
    const message = messages.get(cursor.type)
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
